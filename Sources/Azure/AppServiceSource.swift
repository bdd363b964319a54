import Federation
import FoundationEssentials
import Transport

/// The token endpoint of App Service, Functions, Container Apps, and Automation.
///
/// The api-version is 2019-08-01 by default. The api-version is 2017-09-01 under two conditions:
/// - The host sets `MSI_ENDPOINT` and `MSI_SECRET`.
/// - The host does not set `IDENTITY_ENDPOINT` or does not set `IDENTITY_HEADER`.
///
/// Source: Microsoft, "How to use managed identities for App Service and Azure Functions".
struct AppServiceSource: TokenSource {
    static let declaration = SourceDeclaration(
        kind: .appService,
        detectionVariables: ["IDENTITY_ENDPOINT", "IDENTITY_HEADER"],
        otherVariables: ["MSI_ENDPOINT", "MSI_SECRET", "DEFAULT_IDENTITY_CLIENT_ID", "WEBSITE_DISABLE_MSI"]
    ) { context throws(TokenSourceError) in
        try AppServiceSource(context)
    }

    private static let parameterNames = IdentitySelector.ParameterNames(
        clientID: "client_id",
        resourceID: "mi_res_id",
        objectID: "principal_id"
    )

    let kind = TokenSourceKind.appService
    private let version: Version
    private let endpoint: TokenEndpoint

    private enum Version {
        case current(address: URL, header: Secret)
        case legacy(LegacyIdentityEndpoint)
    }

    init(_ context: SourceContext) throws(TokenSourceError) {
        endpoint = context.endpoint(.appService, .host)
        let variables = ["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET"]
        let isSet = variables.map { context.environment.value($0) != nil }
        if isSet[2], isSet[3], !(isSet[0] && isSet[1]) {
            version = .legacy(try LegacyIdentityEndpoint(context, kind: .appService))
        } else {
            version = .current(
                address: try context.address("IDENTITY_ENDPOINT", for: .appService),
                header: try context.variable("IDENTITY_HEADER", for: .appService)
            )
        }
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        switch version {
        case .legacy(let legacy):
            return try await endpoint.token(try legacy.request(for: request))
        case .current(let address, let header):
            let query = [("resource", request.audience), ("api-version", "2019-08-01")]
            let selector = IdentitySelector(request.identity).parameters(Self.parameterNames)
            let headers = [HTTPRequest.HeaderField("X-IDENTITY-HEADER", header)]
            return try await endpoint.token(
                HTTPRequest(.get, address.appending(query: query + selector), headers: headers)
            )
        }
    }
}
