import Federation
import TrustPolicy

extension Check {
    /// Checks that the policy allows the actions that session tags or a source identity require.
    static let sessionActions = Check(
        .trust,
        [
            CheckRow { context in
                guard let decision = context.verdict?.decision, decision != .invalid else { return [] }
                let denials = context.denialsOfFurtherActions
                // If the call itself is denied, the fix for that denial also allows the additional actions.
                guard denials.isEmpty, !decision.isDenial else { return denials }
                let missing = context.missingActions
                let ids = missing.map {
                    $0 == "sts:TagSession" ? "tag-session-missing" : "set-source-identity-missing"
                }
                // All causes have the same fix. The explanation shows the fix once, with references to the first cause.
                let fix = context.addition(of: missing)
                return zip(ids, missing).map { id, action in
                    Cause(
                        id,
                        "The token's issuer \(action == "sts:TagSession" ? "sets session tags" : "sets a source identity"), "
                            + "so the trust policy must also allow \(action).",
                        evidence: context.absence(of: action),
                        fix: fix
                    )
                }
            }
        ]
    )
}

extension DiagnosisContext {
    /// The actions that the token requires but no statement allows.
    fileprivate var missingActions: [String] {
        (claims?.additionalActions ?? []).filter { furtherVerdict(on: $0)?.decision == .deny }
    }

    /// Returns the Allow statements for the token's provider and an action, regardless of the conditions.
    fileprivate func conditionalStatements(allowing action: String) -> [StatementVerdict] {
        let statements = furtherVerdict(on: action)?.statements ?? []
        return statements.filter { $0.effect == .allow && $0.matchesPrincipal && $0.matchesAction }
    }

    fileprivate func absence(of action: String) -> String {
        let texts = conditionalStatements(allowing: action).map { $0.restrictionText(of: action) }
        return texts.isEmpty
            ? "no statement allows \(action) to the token's provider" : texts.joined(separator: "; ")
    }

    /// The causes if a Deny statement denies an additional action of the call (for example, sts:TagSession).
    ///
    /// Ignores the Deny statement that denies the call itself.
    fileprivate var denialsOfFurtherActions: [Cause] {
        guard !isTokenUnintended else { return [] }
        let denying = verdict?.decision == .explicitDeny ? verdict?.decidingStatement : nil
        return (claims?.additionalActions ?? []).compactMap { action in
            guard let verdict = furtherVerdict(on: action), verdict.decision == .explicitDeny,
                verdict.decidingStatement != denying
            else { return nil }
            let isTag = action == "sts:TagSession"
            let claim = "https://aws.amazon.com/\(isTag ? "tags" : "source_identity")"
            return ExplicitDenial(in: verdict, self)?.cause(
                "A Deny statement of the trust policy denies \(action), which the token's "
                    + "\(isTag ? "session tags require" : "source identity requires").",
                or: "A token without the claim \(claim) does not need \(action)."
            )
        }
    }

    /// Returns a reason not to add actions to the statement that allows the token, as a clause.
    ///
    /// For example, the statement also allows other callers. `nil` if cambist knows no reason.
    fileprivate func reasonAgainstAddition(of actions: [String]) -> String? {
        guard let index = verdict?.allowingStatement else { return nil }
        let edit = PolicyEdit(words: "", part: .actions(actions))
        guard let refusal = PolicyEdit.refusal(of: [edit], in: index, self) else { return nil }
        let subjects = (policy?.statements[index].conditions ?? []).filter { condition in
            OIDCKey(condition.key)?.name.lowercased() == "sub" && !condition.operator.comparison.isNegated
                && condition.operator.comparison != .null
        }
        .flatMap(\.values)
        let others = subjects.filter { $0 != claims?.subject }
        if subjects.isEmpty { return "that statement requires no sub" }
        return others.isEmpty
            ? refusal.clause : "that statement also allows the sub \(others.joined(separator: ", "))"
    }

    /// Allows additional actions, in the statement that allows the token or in a separate statement.
    fileprivate func addition(of actions: [String]) -> Fix {
        let names = actions.map { "\"\($0)\"" }.joined(separator: " and ")
        let place = verdict?.allowingStatement.map { "Statement[\($0)]" } ?? "the statement"
        let restriction = actions.lazy.compactMap { action in
            self.conditionalStatements(allowing: action).first(where: \.isAboutCaller)
        }.first
        if let restriction {
            return Fix(
                "Change the claims of the token at its issuer so that they meet the conditions of "
                    + "Statement[\(restriction.index)], or ask the statement's author to change the conditions. cambist "
                    + "proposes no command to change the trust policy, because the statement restricts \(callerNoun)."
            )
        }
        if let proposal = try? PolicyProposal(allowing: actions, in: self) {
            return storing(
                proposal.policy,
                advice: "Add \(names) to the Action of \(place)"
                    + "\(proposal.remark.isEmpty ? "" : "; the policy then allows the token")\(proposal.remark)"
                    + "\(proposal.notes):"
            )
        }
        let reason = reasonAgainstAddition(of: actions)
        let advice =
            reason.map { "Do not add \(names) to the Action of \(place): \($0)." }
            ?? "Add \(names) to the Action of \(place)."
        guard let verdict else { return Fix(advice) }
        guard !issuerKind.hasVolatileSubject else {
            let decision =
                reason.map {
                    "Decide whether every caller that \(place) allows may use \(names): \($0). If so, add "
                        + "\(names) to the Action of \(place)."
                } ?? advice
            return Fix(
                "\(decision) cambist proposes no command to change the trust policy, because the sub of this issuer's "
                    + "tokens changes from token to token."
            )
        }
        do throws(NoProposal) {
            let proposal = try PolicyProposal(for: verdict, in: self)
            return storing(
                proposal.policy,
                advice:
                    "\(advice) \(reason == nil ? "Alternatively" : "Instead"), add a statement that allows only "
                    + "\(callerNoun)\(proposal.remark)\(proposal.notes):"
            )
        } catch {
            return Fix("\(advice) \(error.text)")
        }
    }
}
