import Federation
import Transport

/// The token endpoint of an Azure Machine Learning compute instance.
///
/// Source: MSAL for Go, `managedidentity/azure_ml.go`, api-version 2017-09-01.
struct AzureMLSource: TokenSource {
    static let declaration = SourceDeclaration(
        kind: .azureML,
        detectionVariables: ["MSI_ENDPOINT", "MSI_SECRET"],
        otherVariables: ["DEFAULT_IDENTITY_CLIENT_ID"]
    ) { context throws(TokenSourceError) in
        try AzureMLSource(context)
    }

    let kind = TokenSourceKind.azureML
    private let legacy: LegacyIdentityEndpoint
    private let endpoint: TokenEndpoint

    init(_ context: SourceContext) throws(TokenSourceError) {
        legacy = try LegacyIdentityEndpoint(context, kind: .azureML)
        endpoint = context.endpoint(.azureML, .host)
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        try await endpoint.token(try legacy.request(for: request))
    }
}
