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
        let principal = principalMismatch(index)
        let reasons = reasons(index, principal)
        let refusal = refusal(of: reasons.compactMap(\.edit), in: index)
        return reasons.enumerated().map { order, reason in
            Cause(
                reason.id,
                reason.summary,
                evidence: "Statement[\(index)]\(reason.evidence)",
                fix: order == 0 || context.withheldChange != nil
                    ? refusal.map { fix(reason, instead: proposal, because: $0, in: index) }
                        ?? fix(reason.text, proposal, after: principal?.transition ?? "Alternatively")
                    : furtherFix(refusal == nil ? reason.text : reason.advice, proposal, reasons[0].id)
            )
        }
    }

    /// The changes of the nearest statement that the causes describe in words; empty if the changes would harm.
    var describedEdits: [PolicyEdit] {
        guard let index = verdict.decidingStatement else { return [] }
        let edits = reasons(index, principalMismatch(index)).compactMap(\.edit)
        return refusal(of: edits, in: index) == nil ? edits : []
    }

    private func principalMismatch(_ index: Int) -> PrincipalMismatch? {
        verdict.statements[index].matchesPrincipal ? nil : PrincipalMismatch(index, in: policy, context)
    }

    private func reasons(_ index: Int, _ principal: PrincipalMismatch?) -> [DenialReason] {
        let statement = verdict.statements[index]
        let reason = [principal?.reason].compactMap(\.self)
        guard principal?.isForOthers != true else { return reason }
        return reason + (statement.matchesAction ? [] : [actionReason(index)])
            + statement.conditions.filter { $0.outcome == .no }.map {
                $0.reason(in: policy.statements[index], context)
            }
    }

    /// The reason that the changes of the nearest statement would harm; `nil` if they would not.
    private func refusal(of edits: [PolicyEdit], in index: Int) -> NoProposal? {
        do throws(NoProposal) {
            try PolicyEdit.check(edits, of: index, in: context)
            return nil
        } catch {
            return error
        }
    }

    /// The fix if the changes would harm: the proposal alone, or the decision to make.
    private func fix(
        _ reason: DenialReason,
        instead proposal: Result<PolicyProposal, NoProposal>,
        because refusal: NoProposal,
        in index: Int
    ) -> Fix {
        let place = reason.edit?.changesVersion == true ? "Version" : "Statement[\(index)]"
        switch proposal {
        case .success(let change) where !change.addsStatement:
            return fix(reason.advice, proposal, after: "")
        case .success:
            let advice = Self.sentences(reason.advice, "Do not change \(place): \(refusal.clause).")
            return fix(advice, proposal, after: "Instead")
        case .failure(let failure) where failure.clause == refusal.clause:
            return fix(Self.sentences(reason.advice, "Do not change \(place) for this token."), proposal)
        case .failure(let failure):
            let advice = Self.sentences(reason.advice, "Do not change \(place): \(refusal.clause).")
            if let withheld = context.withheldChange { return withheld }
            let decision = failure.decision == nil ? refusal.decision ?? "" : ""
            return Fix(Self.sentences(advice, failure.text, decision))
        }
    }

    /// The fix with the proposal.
    ///
    /// - Parameters:
    ///   - advice: The advice before the proposal; may be empty.
    ///   - proposal: The proposal, or the reason that there is none.
    ///   - transition: The adverb that relates the proposal to the advice; empty without advice that it relates to.
    /// - Returns: The advice, and the proposal with its command or the reason that there is none.
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
                advice: Self.sentences(
                    advice,
                    "\(context.offeringSetup(orProposal: proposal.advice, after: transition)):"
                )
            )
        case .failure(let reason): Fix(Self.sentences(advice, reason.text))
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
                Self.sentences(
                    advice,
                    "The \(context.roleName == nil ? "policy" : "command") of the cause \(first) also fixes this."
                )
            )
        case .failure:
            Fix(Self.sentences(advice, "As for the cause \(first), cambist proposes no command."))
        }
    }

    private static func sentences(_ sentences: String...) -> String {
        sentences.filter { !$0.isEmpty }.joined(separator: " ")
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
            edit: PolicyEdit(
                words:
                    "Add sts:AssumeRoleWithWebIdentity to the actions if the statement is meant for this token.",
                part: .actions(["sts:AssumeRoleWithWebIdentity"])
            )
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
        let similar = arns.first { arn in
            let url = String(arn.resource.dropFirst("oidc-provider/".count))
            return context.claims?.issuer.flatMap { IssuerDifference(of: url, from: $0) } == difference
        }
        let sameProvider = arns.first { $0.resource == own?.resource }
        let (id, summary): (String, String)
        if let sameProvider {
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
            advice: isForOthers ? "Do not change this statement; it is for other principals." : "",
            edit: isForOthers ? nil : Self.edit(of: named, replacing: sameProvider ?? similar, by: provider)
        )
    }

    private static func edit(of named: [String], replacing former: ARN?, by provider: String) -> PolicyEdit {
        let wrong = former.map { [$0.description] } ?? named
        let change =
            wrong.count < named.count
            ? "In Principal.Federated, replace \(wrong.joined(separator: ", ")) with \(provider)"
            : "Set Principal.Federated to \(provider)"
        return PolicyEdit(
            words: "\(change) if the statement is meant for this token.",
            part: .providers(wrong, by: provider)
        )
    }
}

extension TrustPolicy {
    /// The evidence that all statements are Deny statements.
    var denyOnlyText: String {
        statements.count == 1 ? "the only statement is Deny" : "all \(statements.count) statements are Deny"
    }
}
