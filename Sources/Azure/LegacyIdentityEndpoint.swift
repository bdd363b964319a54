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
