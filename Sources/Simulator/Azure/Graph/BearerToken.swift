import Federation
import FoundationEssentials

/// The verified bearer token of a request to Graph or Azure Resource Manager.
struct BearerToken: Sendable {
    let claims: Claims

    /// The reason for refusing a token.
    enum Problem: Error, Hashable, Sendable {
        case missing
        case malformed
        case wrongAudience
        case expired
    }

    /// Verifies the token in the `Authorization` header: signature, issuer, audience, and times.
    init(_ request: WireRequest, audiences: Set<String>, in state: AzureState) throws(Problem) {
        guard let header = request.header("authorization"), header.lowercased().hasPrefix("bearer ") else {
            throw .missing
        }
        guard let token = ClientAssertion(String(header.dropFirst("bearer ".count))),
            token.claims.issuer == Issuer.version1(state.directory.tenantID),
            state.tokens.keys.signed(token)
        else { throw .malformed }
        guard !audiences.isDisjoint(with: token.claims.audiences) else { throw .wrongAudience }
        guard let notBefore = token.claims.notBefore, let expiry = token.claims.expiry,
            notBefore <= request.at, request.at < expiry
        else { throw .expired }
        claims = token.claims
    }

    /// The caller's object ID; empty if the token has none.
    var objectID: String { claims.objectID ?? "" }

    /// Whether the token's `roles` claim contains one of these permissions.
    func holds(anyOf permissions: GraphPermission...) -> Bool {
        permissions.contains { claims.roles.contains($0.rawValue) }
    }
}

/// The Graph permissions that the lab checks, with Microsoft's app role IDs.
enum GraphPermission: String, CaseIterable, Sendable {
    case readApplications = "Application.Read.All"
    case writeApplications = "Application.ReadWrite.All"
    case writeOwnApplications = "Application.ReadWrite.OwnedBy"
    case readDirectory = "Directory.Read.All"
    case writeAssignments = "AppRoleAssignment.ReadWrite.All"

    /// The app role defined by Graph's service principal.
    var role: AppRole {
        AppRole(
            id: id,
            value: rawValue,
            displayName: rawValue,
            description: rawValue,
            memberTypes: [.application]
        )
    }

    private var id: String {
        switch self {
        case .readApplications: "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"
        case .writeApplications: "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"
        case .writeOwnApplications: "18a4783c-866b-4cc7-a460-3d5e5662c884"
        case .readDirectory: "7ab1d382-f21e-4acd-a863-ba3e13f7da61"
        case .writeAssignments: "06b708a9-e830-4db3-a914-8e69da51d44f"
        }
    }
}
