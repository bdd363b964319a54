import Federation
import FoundationEssentials
import Transport

/// Cloud Shell's token endpoint, which returns tokens of the signed-in user, not of a managed identity.
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
