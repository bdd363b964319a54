import Federation
import TrustPolicy

/// The reason not to make any cloud accept the token.
///
/// If the token is forged or belongs to another identity, a change would grant access to an unknown caller. If
/// cambist read an outdated policy, a change would remove identities that were added later.
enum TokenDistrust: Hashable {
    case signature
    /// The issuer is not an HTTPS URL; IAM accepts no other URL for a provider.
    case issuer(String)
    case tenant(expected: String)
    case identity
    /// One configured ID belongs to a different identity than the other configured IDs.
    case configuration(ConfiguredID)
    case user
    case policy

    /// Texts that identify commands that can make a cloud accept a token.
    private static let changes = [
        "aws iam update-open-id-connect-provider-thumbprint", "aws iam create-open-id-connect-provider",
        "aws iam add-client-id-to-open-id-connect-provider",
        "aws iam update-assume-role-policy", "az rest -m PATCH", "az rest -m POST",
    ]

    /// Whether the command can make a cloud accept a token.
    static func isChange(_ command: String) -> Bool {
        changes.contains { command.contains($0) }
    }

    /// The advice instead of a change.
    var fix: Fix {
        let (reason, step) =
            switch self {
            case .signature: ("the issuer did not sign this token", "get a token that the issuer signed")
            case .issuer(let issuer):
                (
                    "the token's iss is \(issuer), and the URL of a provider in IAM must begin with https://",
                    "get a token of an issuer with an HTTPS URL"
                )
            case .tenant(let expected):
                (
                    "this token is not from the configured tenant \(expected)",
                    "get a token of that tenant, or correct tenant_id"
                )
            case .identity:
                (
                    "this token belongs to a different identity",
                    "get a token of the configured identity, or correct the configured IDs"
                )
            case .configuration(let id):
                ("the configured \(id.key) is not the token's \(id.claim)", "correct \(id.key)")
            case .user:
                (
                    "this token is not a managed identity's token for the mapping",
                    "get a token as the managed identity for the mapping's audience"
                )
            case .policy: ("the policy that was read is out of date", "get the role's current policy")
            }
        return Fix("Change nothing in the clouds yet: \(reason). First \(step), then run `cambist explain`.")
    }
}

extension DiagnosisContext {
    /// The fix to show instead of a change that makes a cloud accept the token, if any.
    var withheldChange: Fix? { distrust?.fix ?? tokenReplacement }

    /// The reason not to make any cloud accept the token, if any.
    var distrust: TokenDistrust? {
        if case .succeeded = evidence.exchange, verdict?.decision.isDenial == true { return .policy }
        guard let claims else { return nil }
        if evidence.signatureProblem != nil || hasUnverifiableSignature { return .signature }
        if let issuer = claims.issuer, !issuer.hasPrefix("https://") { return .issuer(issuer) }
        if let tenant = evidence.identity?.tenantID {
            let issuer = claims.issuer?.lowercased().contains(tenant.lowercased()) == true
            let claimed = claims.tenantID.map { $0.lowercased() == tenant.lowercased() } ?? true
            if !issuer || !claimed { return .tenant(expected: tenant) }
        }
        if needsOtherToken { return .user }
        if let wrongID { return .configuration(wrongID) }
        // The token of an identity that was recreated under the same name is the right token.
        if let id = evidence.identity?.resourceID?.lowercased(),
            claims.payload["xms_mirid"]?.string?.lowercased() == id
        {
            return nil
        }
        return identityDifferences == nil ? nil : .identity
    }
}
