import Federation
import FoundationEssentials
import Transport

/// The 2017 protocol of App Service, which Azure Machine Learning still uses.
///
/// A request is sent to `MSI_ENDPOINT`, with `MSI_SECRET` in a header; only a client ID can select an
/// identity.
struct LegacyIdentityEndpoint: Sendable {
    private let kind: TokenSourceKind
    private let address: URL
    private let secret: Secret
    private let defaultClientID: String?

    init(_ context: SourceContext, kind: TokenSourceKind) throws(TokenSourceError) {
        self.kind = kind
        address = try context.address("MSI_ENDPOINT", for: kind)
        secret = try context.variable("MSI_SECRET", for: kind)
        defaultClientID = context.environment.value("DEFAULT_IDENTITY_CLIENT_ID")
    }

    /// Returns the HTTP request for a token.
    func request(for request: TokenRequest) throws(TokenSourceError) -> HTTPRequest {
        var query = [("api-version", "2017-09-01"), ("resource", request.audience)]
        switch IdentitySelector(request.identity) {
        case .systemAssigned:
            break
        case .clientID(let id):
            query.append(("clientid", id))
        case .resourceID, .objectID:
            throw .unavailable(source: kind, missing: "client_id")
        case .unspecified:
            if let defaultClientID { query.append(("clientid", defaultClientID)) }
        }
        return HTTPRequest(.get, address.appending(query: query), headers: [.init("secret", secret)])
    }
}

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

/// Cloud Shell's token endpoint, which returns the signed-in user's tokens; it has no managed identities.
///
/// ``TokenCheck`` reports that the token belongs to a user. Source: MSAL for Go, `managedidentity/cloud_shell.go`.
struct CloudShellSource: TokenSource {
    static let declaration = SourceDeclaration(
        kind: .cloudShell,
        detectionVariables: ["MSI_ENDPOINT"]
    ) { context throws(TokenSourceError) in
        try CloudShellSource(context)
    }

    let kind = TokenSourceKind.cloudShell
    private let address: URL
    private let endpoint: TokenEndpoint

    init(_ context: SourceContext) throws(TokenSourceError) {
        address = try context.address("MSI_ENDPOINT", for: .cloudShell)
        endpoint = context.endpoint(.cloudShell, .host)
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        try await endpoint.token(
            HTTPRequest(
                .post,
                address,
                headers: [.init("Metadata", "true"), .form],
                body: Secret(FormEncoding.encode([("resource", request.audience)]))
            )
        )
    }
}

extension HTTPRequest.HeaderField {
    /// The content type of a URL-encoded form.
    static let form = HTTPRequest.HeaderField("Content-Type", "application/x-www-form-urlencoded")
}
