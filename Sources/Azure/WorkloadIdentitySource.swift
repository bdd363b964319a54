import Federation
import Foundation

/// An identity that proves itself by a token of another issuer: a Kubernetes service account's file, or
/// another identity's token where `federated_identity` names one.
///
/// The proof is fetched anew for every ask, since a kubelet rotates the file. Source: Azure AD Workload
/// Identity, "Introduction"; Microsoft Entra, "Configure an application to trust a managed identity".
struct WorkloadIdentitySource: TokenSource {
    /// A service account's token is a few kilobytes.
    static let fileSize = 64 * 1024

    let kind = TokenSourceKind.workloadIdentity
    private let client: EntraClient
    private let proof: Proof

    private enum Proof {
        case file(String)
        case identity(any TokenSource, TokenRequest)
    }

    /// The identity of a pod.
    init(_ site: SourceSite) throws(TokenSourceError) {
        let variable = "AZURE_FEDERATED_TOKEN_FILE"
        guard let file = site.identity.settings.tokenFile ?? site.environment.value(variable) else {
            throw .unavailable(source: .workloadIdentity, missing: "\(variable) or token_file")
        }
        client = try EntraClient(site, kind: .workloadIdentity, readsVariables: true)
        proof = .file(file)
    }

    /// The identity that trusts `other`, whose tokens `source` gives.
    init(
        _ site: SourceSite,
        trusting other: ManagedIdentity,
        _ source: any TokenSource
    ) throws(TokenSourceError) {
        client = try EntraClient(site, kind: .workloadIdentity, readsVariables: true)
        let audience = Self.exchangeAudience(authority: client.address.host() ?? "")
        proof = .identity(source, TokenRequest(identity: other, audience: audience))
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        try await client.token(for: request.audience, proof: .assertion(try await assertion()))
    }

    private func assertion() async throws(TokenSourceError) -> Secret {
        switch proof {
        case .identity(let source, let request):
            return try await source.token(for: request).rawValue
        case .file(let path):
            do throws(BoundedFile.Problem) {
                return Secret(try BoundedFile.text(path, limit: Self.fileSize))
            } catch {
                throw .unavailable(source: kind, missing: "a federated token (\(path) \(error))")
            }
        }
    }

    /// The audience that Entra wants in a token from elsewhere, which each national cloud names its own way.
    static func exchangeAudience(authority: String) -> String {
        let suffix =
            switch authority {
            case "login.microsoftonline.us": "USGov"
            case "login.chinacloudapi.cn", "login.partner.microsoftonline.cn": "China"
            default: ""
            }
        return "api://AzureADTokenExchange" + suffix
    }
}
