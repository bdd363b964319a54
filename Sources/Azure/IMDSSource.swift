import Federation
import Foundation
import Transport

/// The instance metadata service of a virtual machine, a scale set or an AKS node.
///
/// Source: Microsoft, "How to use managed identities on an Azure VM to acquire an access token",
/// api-version 2018-02-01.
struct IMDSSource: TokenSource {
    private static let publicAddress = URL(string: "http://169.254.169.254/")
    private static let spelling = IdentitySelector.Spelling(
        clientID: "client_id",
        resourceID: "msi_res_id",
        objectID: "object_id"
    )

    let kind = TokenSourceKind.imds
    private let address: URL
    private let endpoint: TokenEndpoint

    init(_ site: SourceSite, gate: RequestGate) throws(TokenSourceError) {
        guard let base = site.endpoints.imds ?? Self.publicAddress else {
            throw .unavailable(source: .imds, missing: "its address")
        }
        address = base.appending(path: "metadata/identity/oauth2/token")
        endpoint = site.endpoint(.imds, .imds, gate: gate)
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        try await endpoint.token(HTTPRequest(.get, url(for: request), headers: [.init("Metadata", "true")]))
    }

    private func url(for request: TokenRequest) -> URL {
        let query = [("api-version", "2018-02-01"), ("resource", request.audience)]
        return address.asking(query + IdentitySelector(request.identity).parameters(Self.spelling))
    }
}

extension IMDSSource {
    /// Whether the service is there: without its header it refuses with status 400 and gives nothing away.
    func answers() async -> Bool {
        var probe = endpoint
        probe.limit = .seconds(2)
        let url = address.asking([("api-version", "2018-02-01")])
        return await probe.status(HTTPRequest(.get, url)) == 400
    }
}
