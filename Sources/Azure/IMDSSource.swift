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
    /// The base address, when not the link-local one.
    let base: URL?
    let endpoint: TokenEndpoint

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        guard let selector = IdentitySelector(request.identity) else {
            throw .unavailable(source: kind, missing: IdentitySelector.missing)
        }
        let query =
            [("api-version", "2018-02-01"), ("resource", request.audience)]
            + selector.parameters(Self.spelling)
        guard let url = (base ?? Self.publicAddress)?.appending("metadata/identity/oauth2/token", query)
        else {
            throw .unavailable(source: kind, missing: "a usable address under endpoints.imds")
        }
        return try await endpoint.token(HTTPRequest(.get, url, headers: [.init("Metadata", "true")]))
    }
}

extension URL {
    /// This address with a path below it and a query.
    func appending(_ path: String, _ query: [(name: String, value: String)]) -> URL? {
        let base = absoluteString.hasSuffix("/") ? absoluteString : absoluteString + "/"
        return URL(string: base + path + "?" + FormEncoding.encode(query))
    }
}
