import Federation
import Transport

/// The token endpoint of an Azure Machine Learning compute.
///
/// Source: MSAL for Go, `managedidentity/azure_ml.go`, api-version 2017-09-01.
struct AzureMLSource: TokenSource {
    let kind = TokenSourceKind.azureML
    private let legacy: LegacyIdentityEndpoint
    private let endpoint: TokenEndpoint

    init(_ site: SourceSite) throws(TokenSourceError) {
        legacy = try LegacyIdentityEndpoint(site, kind: .azureML)
        endpoint = site.endpoint(.azureML, .host)
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        try await endpoint.token(try legacy.request(for: request))
    }
}
