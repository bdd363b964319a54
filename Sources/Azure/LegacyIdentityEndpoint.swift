import Federation
import Foundation
import Transport

/// The protocol of 2017 that App Service once had and Azure Machine Learning still has: `MSI_ENDPOINT` with
/// `MSI_SECRET` in a header; only a client id selects.
struct LegacyIdentityEndpoint: Sendable {
    private let kind: TokenSourceKind
    private let address: URL
    private let secret: Secret
    private let defaultClientID: String?

    init(_ site: SourceSite, kind: TokenSourceKind) throws(TokenSourceError) {
        self.kind = kind
        address = try site.address("MSI_ENDPOINT", for: kind)
        secret = try site.variable("MSI_SECRET", for: kind)
        defaultClientID = site.environment.value("DEFAULT_IDENTITY_CLIENT_ID")
    }

    /// The request for a token.
    func request(for request: TokenRequest) throws(TokenSourceError) -> HTTPRequest {
        var query = [("api-version", "2017-09-01"), ("resource", request.audience)]
        switch IdentitySelector(request.identity) {
        case .systemAssigned:
            break
        case .clientID(let id):
            query.append(("clientid", id))
        case .resourceID, .objectID:
            throw .unavailable(source: kind, missing: "client_id, by which alone it selects")
        case .unnamed:
            if let defaultClientID { query.append(("clientid", defaultClientID)) }
        }
        return HTTPRequest(.get, address.asking(query), headers: [.init("secret", secret)])
    }
}
