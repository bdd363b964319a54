import Federation
import Foundation
import Transport

/// An application that authenticates with a token of another issuer.
///
/// The token is that of a Kubernetes service account, read from a file, or that of the identity named by
/// `federated_identity`. It is read for each request, because the kubelet rotates the file. Source: Azure AD Workload
/// Identity, "Introduction"; Microsoft Entra, "Configure an application to trust a managed identity".
struct WorkloadIdentitySource: TokenSource {
    static let declaration = SourceDeclaration(
        kind: .workloadIdentity,
        detectionVariables: ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"],
        otherVariables: ["AZURE_AUTHORITY_HOST", "AZURE_POD_IDENTITY_AUTHORITY_HOST"]
    ) { site throws(TokenSourceError) in
        try WorkloadIdentitySource(site)
    } obstacle: { site in
        site.identity.settings.federatedIdentity == nil ? site.missingFile(file(site)) : nil
    }

    let kind = TokenSourceKind.workloadIdentity
    private let client: EntraClient
    private let proof: Proof

    private enum Proof {
        case file(String)
        case identity(any TokenSource, TokenRequest)
    }

    init(_ site: SourceContext) throws(TokenSourceError) {
        let settings = site.identity.settings
        guard let name = settings.federatedIdentity else {
            guard let file = Self.file(site) else {
                throw .unavailable(
                    source: .workloadIdentity,
                    missing: "AZURE_FEDERATED_TOKEN_FILE or token_file"
                )
            }
            client = try EntraClient(site, kind: .workloadIdentity, readsVariables: true)
            proof = .file(file)
            return
        }
        let other = site.sources.identities.first { $0.id == name }
        guard let other, other.settings.federatedIdentity == nil else {
            throw .unavailable(
                source: .workloadIdentity,
                missing: "an identity \(name) with a source of its own"
            )
        }
        client = try EntraClient(site, kind: .workloadIdentity, readsVariables: true)
        let audience = Self.exchangeAudience(authority: client.address.host() ?? "")
        proof = .identity(
            try site.sources.source(for: other),
            TokenRequest(identity: other, audience: audience)
        )
    }

    /// Returns the path of the federated token file, if configured.
    static func file(_ site: SourceContext) -> String? {
        site.identity.settings.tokenFile ?? site.environment.value("AZURE_FEDERATED_TOKEN_FILE")
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        try await client.token(for: request.audience, proof: .assertion(try await assertion()))
    }

    private func assertion() async throws(TokenSourceError) -> Secret {
        switch proof {
        case .identity(let source, let request):
            return try await source.token(for: request).rawValue
        case .file(let path):
            do throws(FileReadError) {
                return Secret(try BoundedFile.text(path, limit: TokenAnswer.size))
            } catch {
                throw .unavailable(source: kind, missing: "a federated token (\(error))")
            }
        }
    }

    /// Returns the audience that Entra requires in federated tokens; it differs between national clouds.
    static func exchangeAudience(authority: String) -> String {
        (MicrosoftCloud(host: authority) ?? .public).exchangeAudience
    }
}
