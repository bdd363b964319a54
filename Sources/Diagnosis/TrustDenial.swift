import Federation
import TrustPolicy

/// Why no statement of a trust policy lets a token in, and how it would.
struct TrustDenial {
    let policy: TrustPolicy
    let verdict: TrustVerdict
    let examination: DiagnosisContext

    /// One finding for the principal, one for the action, one for each condition of the statement that came nearest.
    var findings: [Finding] {
        guard let index = verdict.decidingStatement else { return [.blocking(noAllowance)] }
        let statement = verdict.statements[index]
        var reasons: [Reason] = []
        if !statement.matchesPrincipal { reasons.append(principalReason(index)) }
        if !statement.matchesAction { reasons.append(actionReason(index)) }
        reasons += statement.conditions.filter { $0.outcome == .no }.map(\.reason)
        return reasons.enumerated().map { order, reason in
            let cause = Cause(
                reason.id,
                reason.summary,
                evidence: "Statement[\(index)] \(reason.evidence)",
                fix: reason.advice + (order == 0 ? command : commandReference)
            )
            return .blocking(cause)
        }
    }

    /// A cause before the command is known that puts all of them right.
    struct Reason {
        let id: String
        let summary: String
        /// What was seen, as what follows the statement's place.
        let evidence: String
        let advice: String
    }

    private var noAllowance: Cause {
        Cause(
            "no-allow",
            "No statement of the trust policy allows anything.",
            evidence: "all \(policy.statements.count) statements are Deny",
            fix: "Add a statement that lets in the identity and no other:\n\(allowance.compactText)"
        )
    }

    /// A statement for the token's identity and audience.
    private var allowance: JSONValue {
        let claims = examination.claims
        let key = OIDCProvider.hostAndPath(of: claims?.issuer ?? "ISSUER")
        return .object([
            "Effect": .string("Allow"),
            "Principal": .object(["Federated": .string(examination.federatedPrincipal ?? "PROVIDER_ARN")]),
            "Action": .string("sts:AssumeRoleWithWebIdentity"),
            "Condition": .object([
                "StringEquals": .object([
                    "\(key):aud": .string(claims?.effectiveAudiences.first ?? "AUDIENCE"),
                    "\(key):sub": .string(claims?.subject ?? "OBJECT_ID"),
                ])
            ]),
        ])
    }

    private func principalReason(_ index: Int) -> Reason {
        let provider = examination.federatedPrincipal ?? ""
        let named = policy.statements[index].principal.members[.federated, default: []]
        let seen = named.isEmpty ? "no OIDC provider" : named.joined(separator: ", ")
        let (id, summary) = Self.title(ofNaming: named, insteadOf: provider)
        return Reason(
            id: id,
            summary: summary,
            evidence: "trusts \(seen); the token's provider is \(provider)",
            advice: "Name \(provider) under Federated."
        )
    }

    private static func title(ofNaming named: [String], insteadOf provider: String) -> (
        id: String, summary: String
    ) {
        let resources = named.compactMap { ARN($0)?.resource }
        if named.contains(where: { $0.droppingFinalSlash == provider.droppingFinalSlash }) {
            return ("principal-slash", "The Federated ARN differs by its final slash.")
        }
        if resources.contains(where: { $0 == ARN(provider)?.resource }) {
            return (
                "principal-account", "The Federated ARN names a provider in another account or partition."
            )
        }
        if resources.contains(where: {
            OIDCKey("\($0.dropFirst("oidc-provider/".count)):aud")?.isOfEntra == true
        }) {
            return (
                "principal-tenant", "The Federated ARN names a provider of another tenant or token version."
            )
        }
        return ("principal-mismatch", "The statement does not trust the token's provider.")
    }

    private func actionReason(_ index: Int) -> Reason {
        let action = policy.statements[index].action
        return Reason(
            id: "action-mismatch",
            summary: "The statement does not allow sts:AssumeRoleWithWebIdentity.",
            evidence: "has \(action.elementName) \(action.names.joined(separator: ", "))",
            advice: "Add sts:AssumeRoleWithWebIdentity to the actions."
        )
    }

    /// The policy with all that stands in the way put right; `nil` when it cannot be done from here.
    private var corrected: TrustPolicy? {
        PolicyCorrection(policy: policy, verdict: verdict, examination: examination).policy
    }

    /// The command that stores the corrected policy.
    private var command: String {
        corrected.map { "\n\(examination.storing($0))" } ?? ""
    }

    private var commandReference: String {
        corrected == nil ? "" : " The policy in the first cause has it so."
    }
}
