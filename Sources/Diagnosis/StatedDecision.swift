package import TrustPolicy

/// A decision in a trust policy not to allow an identity.
///
/// The decision also counts if a mistake (for example, a misspelled key) makes AWS ignore the decision. Neither setup
/// nor a fix adds a statement that would undo the decision; the policy's author decides.
package struct StatedDecision: Hashable, Sendable {
    /// The decision, as a clause that names the statement: `Statement[0] is meant for another identity: …`.
    package let clause: String
    /// The open question for the policy's author, as one or more sentences.
    package let question: String

    /// Finds the decision that a change of a trust policy would undo; `nil` if there is none.
    ///
    /// - Parameters:
    ///   - change: The changed policy, which allows the token.
    ///   - evidence: The evidence, with the token and the policy before the change.
    package init?(liftedBy change: TrustPolicy, in evidence: Evidence) {
        let context = DiagnosisContext(evidence)
        if let decision = StatedDecision(in: context) {
            self = decision
            return
        }
        guard let policy = context.policy, context.verdict != nil else { return nil }
        do throws(NoProposal) {
            try PolicyComparison(of: change, with: policy, in: context)?.checkRestrictions()
            return nil
        } catch {
            self.init(error)
        }
    }

    /// Finds the decision that any further statement for the token would undo; `nil` if there is none.
    ///
    /// Also `nil` unless the policy denies the token without a matching Deny statement.
    init?(in context: DiagnosisContext) {
        guard let verdict = context.verdict, verdict.decision == .deny else { return nil }
        do throws(NoProposal) {
            let excluding = verdict.statementsExcludingToken()
            if !excluding.isEmpty { throw .excluded(statements: excluding) }
            try NoProposal.checkDecisions(of: verdict.decidingStatement, in: context)
            return nil
        } catch {
            self.init(error)
        }
    }

    private init(_ reason: NoProposal) {
        clause =
            if case .excluded(let statements) = reason {
                NoProposal.exclusionText(statements)
            } else {
                reason.clause
            }
        question = reason.decision ?? "Decide whether the token's identity may assume the role."
    }
}
