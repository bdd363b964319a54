import Federation
import TrustPolicy

/// Why no statement of a trust policy allows a token, and what would.
struct TrustDenial {
    let policy: TrustPolicy
    let verdict: TrustVerdict
    let context: DiagnosisContext

    /// One cause for the principal, one for the action, and one for each failed condition of the nearest statement.
    ///
    /// The first cause has the command; one proposal covers all of them.
    var causes: [Cause] {
        let proposal = PolicyProposal(for: verdict, in: context)
        guard let index = verdict.decidingStatement else { return [noAllowance(proposal)] }
        let statement = verdict.statements[index]
        var reasons: [DenialReason] = []
        if !statement.matchesPrincipal { reasons.append(principalReason(index)) }
        if !statement.matchesAction { reasons.append(actionReason(index)) }
        reasons += statement.conditions.filter { $0.outcome == .no }.map(\.reason)
        return reasons.enumerated().map { order, reason in
            Cause(
                reason.id,
                reason.summary,
                evidence: "Statement[\(index)] \(reason.evidence)",
                fix: order == 0
                    ? fix(reason.advice, proposal)
                    : Fix(
                        proposal == nil
                            ? reason.advice
                            : "\(reason.advice) The command of the first cause covers this too."
                    )
            )
        }
    }

    private func fix(_ advice: String, _ proposal: PolicyProposal?) -> Fix {
        guard let proposal else { return Fix(advice) }
        return Fix(
            "\(advice) Or add a statement that allows only this identity\(proposal.remark):",
            commands: [context.storing(proposal.policy)]
        )
    }

    private func noAllowance(_ proposal: PolicyProposal?) -> Cause {
        Cause(
            "no-allow",
            "The trust policy has no Allow statement.",
            evidence: "all \(policy.statements.count) statements are Deny",
            fix: fix("Decide which identities the role should allow.", proposal)
        )
    }

    private func principalReason(_ index: Int) -> DenialReason {
        let provider = context.federatedPrincipal ?? ""
        let named = policy.statements[index].principal.members[.federated, default: []]
        let (id, summary) = Self.title(ofTrusting: named, insteadOf: provider)
        return DenialReason(
            id: id,
            summary: summary,
            evidence:
                "trusts \(named.isEmpty ? "no OIDC provider" : named.joined(separator: ", ")); the token's "
                + "provider is \(provider)",
            advice: "Write \(provider) under Federated if the statement is meant for this token."
        )
    }

    private static func title(ofTrusting named: [String], insteadOf provider: String) -> (
        id: String, summary: String
    ) {
        let resources = named.compactMap { ARN($0)?.resource }
        if named.contains(where: { $0.droppingFinalSlash == provider.droppingFinalSlash }) {
            return ("principal-slash", "The Federated ARN differs in its trailing slash.")
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

    private func actionReason(_ index: Int) -> DenialReason {
        let action = policy.statements[index].action
        return DenialReason(
            id: "action-mismatch",
            summary: "The statement does not allow sts:AssumeRoleWithWebIdentity.",
            evidence: "has \(action.elementName) \(action.names.joined(separator: ", "))",
            advice:
                "Add sts:AssumeRoleWithWebIdentity to the actions if the statement is meant for this token."
        )
    }
}

/// Why one part of a statement does not match a token.
struct DenialReason {
    let id: String
    let summary: String
    /// The observed facts, to follow the statement's path.
    let evidence: String
    let advice: String
}

extension ConditionVerdict {
    /// The condition, what it requires and what the request has, in one line.
    var text: String {
        let seen = !found.isEmpty ? foundText : outcome == .unknown ? "unknown" : "absent"
        return
            "\(condition.operator) on \(condition.key) requires \(requiredText); the request's value is \(seen)"
    }

    private var requiredText: String { condition.values.joined(separator: " or ") }
    private var foundText: String { found.joined(separator: ", ") }

    /// The claim of a provider's key, or the key itself, in lower case.
    private var name: String { OIDCKey(condition.key)?.name.lowercased() ?? condition.foldedKey }

    /// Why the condition failed, and what would make it pass.
    fileprivate var reason: DenialReason {
        func reason(_ id: String, _ summary: String, _ advice: String) -> DenialReason {
            DenialReason(
                id: id,
                summary: summary,
                evidence: text + (nearMiss.map { "; \($0)" } ?? ""),
                advice: advice
            )
        }
        switch nearMiss {
        case .keySlash(let correct):
            return reason(
                "condition-key-slash",
                "The condition key differs from the provider's URL in its trailing slash.",
                "Write the key as \(correct)."
            )
        case .otherIssuer(let correct):
            return reason(
                "condition-key-issuer",
                "The condition key belongs to another issuer than the token's.",
                "Write the key as \(correct)."
            )
        case .unsupportedClaim:
            return reason(
                "condition-key-unsupported",
                "AWS has no condition key for this claim.",
                "Test sub instead, which is the identity's object id."
            )
        case .finalSlash(let found):
            return reason(
                "value-final-slash",
                "The value differs in its trailing slash.",
                "Write the value as \(found)."
            )
        case .letterCase(let found):
            return reason("value-case", "The value differs in letter case.", "Write the value as \(found).")
        case .blanks(let found):
            return reason(
                "value-blanks",
                "The value differs in leading or trailing spaces.",
                "Write the value as \(found)."
            )
        case .uriForGUID(let found):
            return reason(
                "value-uri-for-guid",
                "The policy has a URI where the token has a GUID.",
                "Write the value as \(found)."
            )
        case .guidForURI(let found):
            return reason(
                "value-guid-for-uri",
                "The policy has a GUID where the token has a URI.",
                "Write the value as \(found)."
            )
        case .clientID(let found):
            return reason(
                "sub-is-client-id",
                "The policy has the identity's client id instead of its object id.",
                "To allow this identity, write its object id \(found)."
            )
        case .authorizedParty(let found):
            return reason(
                "aud-is-not-azp",
                "AWS compares the token's azp, but the policy has its aud.",
                "Write \(found), and move the aud to the provider's :oaud."
            )
        case .wildcardUnderEquals:
            return reason(
                "wildcard-under-equals",
                "A wildcard under StringEquals is a plain character.",
                name == "sub" ? "Write the identity's exact sub \(foundText)." : "Use StringLike."
            )
        case .setOperatorMissing:
            return reason(
                "set-operator-missing",
                "The request has several values, but the condition has no set operator.",
                "Put ForAnyValue: before the operator."
            )
        case .variableInOldVersion:
            return reason(
                "variable-in-old-version",
                "The policy's version does not support variables.",
                "Set \"Version\" to \"2012-10-17\"."
            )
        case nil where found.isEmpty:
            return reason(
                "key-absent",
                "The request does not carry the condition's key.",
                "AWS does not set \(condition.key) for this token, so the condition never passes; test the provider's "
                    + ":sub instead."
            )
        case nil: break
        }
        switch name {
        case "sub":
            return reason(
                "sub-mismatch",
                "The role trusts another identity.",
                "To allow this identity, add its sub \(foundText); remove \(requiredText) if that identity no longer "
                    + "exists."
            )
        case "aud":
            return reason(
                "aud-mismatch",
                "The role trusts tokens for another audience.",
                "To allow tokens for this audience, add \(foundText)."
            )
        case "sts:rolesessionname":
            return reason(
                "session-name-mismatch",
                "The policy requires another session name.",
                "Set the mapping's session_name to a value that the policy allows (\(requiredText)), or add "
                    + "\(foundText) to the policy."
            )
        case "aws:sourceip":
            return reason(
                "source-ip-mismatch",
                "The policy requires another source address.",
                "Exchange from an address in \(requiredText), or add \(foundText)."
            )
        case "aws:currenttime", "aws:epochtime":
            return reason(
                "outside-dates",
                "The policy's period has ended or not begun.",
                "Change the dates of the condition."
            )
        default:
            return reason(
                "condition-failed",
                "A condition of the trust policy does not match.",
                "Change the condition, or the request's value (\(foundText))."
            )
        }
    }
}
