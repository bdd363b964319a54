import Federation
import TrustPolicy

/// The reasons that no statement of a trust policy allows a token, and the changes that would allow it.
struct TrustDenial {
    let policy: TrustPolicy
    let verdict: TrustVerdict
    let context: DiagnosisContext

    /// The causes in the nearest statement: its principal, its action, and each failed condition.
    ///
    /// The first cause has the command; one proposal covers all causes. A statement for principals other than
    /// the token's provider has a single cause, because it should not change for this token.
    var causes: [Cause] {
        let proposal = Result { () throws(NoProposal) in try PolicyProposal(for: verdict, in: context) }
        guard let index = verdict.decidingStatement else { return [noAllowStatement(proposal)] }
        let statement = verdict.statements[index]
        var reasons: [DenialReason] = []
        let principal = statement.matchesPrincipal ? nil : PrincipalMismatch(index, in: policy, context)
        if let principal { reasons.append(principal.reason) }
        if principal?.isForOthers != true {
            if !statement.matchesAction { reasons.append(actionReason(index)) }
            reasons += statement.conditions.filter { $0.outcome == .no }.map {
                $0.reason(in: policy.statements[index], context)
            }
        }
        return reasons.enumerated().map { order, reason in
            Cause(
                reason.id,
                reason.summary,
                evidence: "Statement[\(index)]\(reason.evidence)",
                fix: order == 0 || context.withheldChange != nil
                    ? fix(reason.advice, proposal, after: principal?.transition ?? "Alternatively")
                    : furtherFix(reason.advice, proposal, reasons[0].id)
            )
        }
    }

    private func fix(
        _ advice: String,
        _ proposal: Result<PolicyProposal, NoProposal>,
        after transition: String = "Alternatively"
    ) -> Fix {
        if let withheld = context.withheldChange { return withheld }
        return switch proposal {
        case .success(let proposal):
            context.storing(
                proposal.policy,
                advice: "\(advice) \(context.offeringSetup(orProposal: proposal.advice, after: transition)):"
            )
        case .failure(let reason): Fix("\(advice) \(reason.text)")
        }
    }

    /// The fix of a later cause, which shares the first cause's command or lack of a command.
    private func furtherFix(
        _ advice: String,
        _ proposal: Result<PolicyProposal, NoProposal>,
        _ first: String
    ) -> Fix {
        switch proposal {
        case .success:
            Fix(
                "\(advice) The \(context.roleName == nil ? "policy" : "command") of the cause \(first) also fixes this."
            )
        case .failure: Fix("\(advice) As for the cause \(first), cambist proposes no command.")
        }
    }

    private func noAllowStatement(_ proposal: Result<PolicyProposal, NoProposal>) -> Cause {
        Cause(
            "no-allow",
            "The trust policy has no Allow statement.",
            evidence: policy.denyOnlyText,
            fix: fix("Add an Allow statement for all identities that may assume the role.", proposal)
        )
    }

    private func actionReason(_ index: Int) -> DenialReason {
        let action = policy.statements[index].action
        return DenialReason(
            id: "action-mismatch",
            summary: "The statement does not allow sts:AssumeRoleWithWebIdentity.",
            evidence: " has \(action.elementName) \(action.names.joined(separator: ", "))",
            advice:
                "Add sts:AssumeRoleWithWebIdentity to the actions if the statement is meant for this token."
        )
    }
}

/// The reason that the principals of a statement do not include a token's provider.
private struct PrincipalMismatch {
    let reason: DenialReason
    /// Whether the statement is for other principals, so that its actions and conditions are irrelevant to the token.
    let isForOthers: Bool
    /// The adverb that relates a proposed statement to the advice.
    let transition: String

    init(_ index: Int, in policy: TrustPolicy, _ context: DiagnosisContext) {
        let statement = policy.statements[index]
        let provider = context.federatedPrincipal ?? ""
        let named = statement.principal.members[.federated, default: []]
        let callers = statement.principal.members[.aws, default: []]
        if named.isEmpty, !callers.isEmpty, !statement.action.matches("sts:AssumeRoleWithWebIdentity") {
            isForOthers = true
            transition = "Alternatively"
            reason = DenialReason(
                id: "role-chaining",
                summary: "The role trusts only AWS principals: it is intended for role chaining.",
                evidence: " allows \(statement.action.names.joined(separator: ", ")) to "
                    + "\(callers.joined(separator: ", ")), and no OIDC provider",
                advice:
                    "Create a mapping for the trusted role, and set `via` of "
                    + "\(context.request.mapping ?? "this mapping") to the new mapping: cambist then assumes this role "
                    + "with the trusted role's credentials."
            )
            return
        }
        let arns = named.compactMap(ARN.init).filter { $0.resource.hasPrefix("oidc-provider/") }
        let own = ARN(provider)
        let difference = context.claims?.issuer.flatMap { issuer in
            IssuerDifference.smallest(
                of: arns.map { String($0.resource.dropFirst("oidc-provider/".count)) },
                from: issuer
            )
        }
        let (id, summary): (String, String)
        if let sameProvider = arns.first(where: { $0.resource == own?.resource }) {
            isForOthers = false
            (id, summary) =
                sameProvider.partition == own?.partition
                ? (
                    "principal-account",
                    "The Federated ARN names a provider in an account other than the role's."
                )
                : (
                    "principal-partition",
                    "The Federated ARN names a provider in a partition other than the role's."
                )
        } else if let difference {
            isForOthers =
                difference == .tenant || difference == .path
                || difference == .version && context.hasProviderOfVersionTwo
            id = "principal-\(difference.rawValue)"
            summary = "The URL in the Federated ARN \(difference.predicate)."
        } else {
            isForOthers = true
            (id, summary) = ("principal-mismatch", "The statement does not trust the token's provider.")
        }
        transition = isForOthers ? "Instead" : "Alternatively"
        reason = DenialReason(
            id: id,
            summary: summary,
            evidence:
                " trusts \(named.isEmpty ? "no OIDC provider" : named.joined(separator: ", ")); the token's "
                + "provider is \(provider)",
            advice: isForOthers
                ? "Do not change this statement; it is for other principals."
                : "Set Principal.Federated to \(provider) if the statement is meant for this token."
        )
    }
}

extension TrustPolicy {
    /// The evidence that all statements are Deny statements.
    var denyOnlyText: String {
        statements.count == 1 ? "the only statement is Deny" : "all \(statements.count) statements are Deny"
    }
}

/// The reason that one part of a statement does not match a token.
struct DenialReason {
    let id: String
    let summary: String
    /// The observed facts, which directly follow the statement's path: a space and a verb, or a colon.
    let evidence: String
    let advice: String
}
