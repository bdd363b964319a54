import Federation
import FoundationEssentials
import Transport

/// An application or a user-assigned identity that authenticates with a federated token.
///
/// The federated token is one of:
/// - a Kubernetes service account token in a file, read for each request because the kubelet rotates it
/// - Entra's token for the identity in `federated_identity`
///
/// Source: Azure AD Workload Identity, "Introduction"; Microsoft Entra, "Configure an application to trust a managed
/// identity".
struct WorkloadIdentitySource: TokenSource {
    static let declaration = SourceDeclaration(
        kind: .workloadIdentity,
        detectionVariables: ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"],
        otherVariables: ["AZURE_AUTHORITY_HOST", "AZURE_POD_IDENTITY_AUTHORITY_HOST"]
    ) { context throws(TokenSourceError) in
        try WorkloadIdentitySource(context)
    } obstacle: { context in
        context.identity.settings.federatedIdentity == nil ? context.missingFile(file(context)) : nil
    }

    let kind = TokenSourceKind.workloadIdentity
    private let client: EntraClient
    private let assertionSource: AssertionSource

    private enum AssertionSource {
        case file(String)
        case identity(any TokenSource, TokenRequest)
    }

    init(_ context: SourceContext) throws(TokenSourceError) {
        let settings = context.identity.settings
        guard let name = settings.federatedIdentity else {
            guard let file = Self.file(context) else {
                throw .unavailable(
                    source: .workloadIdentity,
                    missing: "AZURE_FEDERATED_TOKEN_FILE or token_file"
                )
            }
            client = try EntraClient(context, kind: .workloadIdentity, readsVariables: true)
            assertionSource = .file(file)
            return
        }
        let other = context.sources.identities.first { $0.id == name }
        guard let other, other.settings.federatedIdentity == nil else {
            throw .unavailable(
                source: .workloadIdentity,
                missing: "an identity \(name) with its own source"
            )
        }
        client = try EntraClient(context, kind: .workloadIdentity, readsVariables: true)
        let audience = Self.exchangeAudience(authority: client.address.host() ?? "")
        assertionSource = .identity(
            try context.sources.source(for: other),
            TokenRequest(identity: other, audience: audience)
        )
    }

    /// Returns the path of the federated token file, from the configuration or the environment, if any.
    static func file(_ context: SourceContext) -> String? {
        context.identity.settings.tokenFile ?? context.environment.value("AZURE_FEDERATED_TOKEN_FILE")
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        try await client.token(for: request.audience, clientCredential: .assertion(try await assertion()))
    }

    private func assertion() async throws(TokenSourceError) -> Secret {
        switch assertionSource {
        case .identity(let source, let request):
            return try await source.token(for: request).rawValue
        case .file(let path):
            do throws(FileReadError) {
                return Secret(try BoundedFile.text(path, limit: TokenAnswer.size))
            } catch {
                throw .unavailable(source: kind, reason: "\(error)")
            }
        }
    }

    /// Returns the audience that Entra requires in federated tokens; it differs between national clouds.
    static func exchangeAudience(authority: String) -> String {
        (MicrosoftCloud(host: authority) ?? .public).exchangeAudience
    }
}
