import Federation
import Foundation
import Transport

/// Cloud Shell's token endpoint, which gives the signed-in user's token and knows no managed identity.
///
/// ``TokenCheck`` says of what it gives that it is a user's. Source: MSAL for Go,
/// `managedidentity/cloud_shell.go`.
struct CloudShellSource: TokenSource {
    let kind = TokenSourceKind.cloudShell
    private let address: URL
    private let endpoint: TokenEndpoint

    init(_ site: SourceSite) throws(TokenSourceError) {
        address = try site.address("MSI_ENDPOINT", for: .cloudShell)
        endpoint = site.endpoint(.cloudShell, .host)
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
    /// The type of a form.
    static let form = HTTPRequest.HeaderField("Content-Type", "application/x-www-form-urlencoded")
}
