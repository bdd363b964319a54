/// The predicted outcome of a trust policy for a request; AWS may decide differently.
package struct TrustVerdict: Hashable, Sendable {
    package let decision: Decision
    /// The outcome of each statement, in the document's order.
    package let statements: [StatementVerdict]
    /// The index of the first statement that determines the decision; for an implicit denial, of the Allow statement
    /// that is closest to a match; `nil` if there is none.
    package let decidingStatement: Int?
    /// The unknown keys on which an undetermined decision may depend.
    package let unknownKeys: [String]
    /// The action that was evaluated; `nil` if the policy cannot be evaluated.
    package let action: String?

    package enum Decision: String, CaseIterable, Hashable, Sendable, Codable {
        case allow
        /// An implicit denial: no statement allows the request.
        case deny
        /// A statement denies the request.
        case explicitDeny = "explicit-deny"
        case undetermined
        /// The policy cannot be evaluated.
        case invalid

        /// Whether the request is denied.
        package var isDenial: Bool { self == .deny || self == .explicitDeny }

        /// The code of the warning about this predicted decision.
        package var code: String { "trust-\(rawValue)" }
    }

    package init(decision: Decision) {
        self.decision = decision
        statements = []
        decidingStatement = nil
        unknownKeys = []
        action = nil
    }

    init(statements: [StatementVerdict], of action: String) {
        self.statements = statements
        self.action = action
        let denyStatements = statements.lazy.filter { $0.effect == .deny }
        let allowStatements = statements.lazy.filter { $0.effect == .allow }
        let denied = denyStatements.anyHolds(\.outcome)
        let allowed = allowStatements.anyHolds(\.outcome)
        decision =
            switch (denied, allowed) {
            case (.yes, _): .explicitDeny
            case (_, .no): .deny
            case (.no, .yes): .allow
            default: .undetermined
            }
        let deciding: StatementVerdict? =
            switch decision {
            case .explicitDeny: denyStatements.first { $0.outcome == .yes }
            case .allow: allowStatements.first { $0.outcome == .yes }
            case .undetermined where allowed == .yes: denyStatements.first { $0.outcome == .unknown }
            case .undetermined: allowStatements.first { $0.outcome == .unknown }
            case .deny, .invalid: allowStatements.min { $0.distance < $1.distance }
            }
        decidingStatement = deciding?.index
        unknownKeys = decision == .undetermined ? Self.unknownKeys(of: statements) : []
    }

    /// The condition of the deciding statement that explains the decision, if any.
    ///
    /// - For an implicit denial: the first of the ``StatementVerdict/failedConditions``, if the statement includes the
    ///   principal and the action.
    /// - For an undetermined decision: the first condition with an unknown outcome.
    /// - For an explicit denial: the first condition.
    package var decidingCondition: ConditionVerdict? {
        guard let decidingStatement else { return nil }
        let statement = statements[decidingStatement]
        switch decision {
        case .deny where statement.matchesPrincipal && statement.matchesAction:
            return statement.failedConditions.first
        case .undetermined:
            return statement.conditions.first { $0.outcome == .unknown }
        case .explicitDeny:
            return statement.conditions.first
        default:
            return nil
        }
    }

    /// The index of the first Allow statement that applies to the request or, if there is none, that may apply.
    package var allowingStatement: Int? {
        let allowing = statements.filter { $0.effect == .allow }
        return (allowing.first { $0.outcome == .yes } ?? allowing.first { $0.outcome == .unknown })?.index
    }

    /// Returns the Allow statement with the lowest rank.
    ///
    /// - Parameter rank: Returns the rank of an Allow statement; `nil` excludes it.
    /// - Returns: Of several statements with the lowest rank, the statement nearest to the request; `nil` if no
    ///   statement has a rank.
    func nearestAllowStatement(ranked rank: (StatementVerdict) -> Int?) -> StatementVerdict? {
        let candidates = statements.compactMap { statement -> (rank: Int, statement: StatementVerdict)? in
            guard statement.effect == .allow, let value = rank(statement) else { return nil }
            return (value, statement)
        }
        return candidates.min { left, right in
            (left.rank, left.statement.distance) < (right.rank, right.statement.distance)
        }?.statement
    }

    private static func unknownKeys(of statements: [StatementVerdict]) -> [String] {
        let undecided = statements.filter { $0.outcome == .unknown }
        let conditions = undecided.flatMap(\.conditions).filter { $0.outcome == .unknown }
        let keys = conditions.flatMap { $0.found.isEmpty ? [$0.condition.key] : $0.condition.variableKeys }
        return Array(Set(keys)).sorted()
    }
}

/// The outcome of one statement.
package struct StatementVerdict: Hashable, Sendable {
    /// The statement's index in the document, from 0.
    package let index: Int
    package let sid: String?
    package let effect: TrustStatement.Effect
    package let principalMatch: PrincipalMatch
    package let matchesAction: Bool
    package let conditions: [ConditionVerdict]
    private let relation: CallerRelation
    /// Whether the statement applies to the request.
    package let outcome: TernaryResult

    init(
        index: Int,
        sid: String?,
        effect: TrustStatement.Effect,
        principalMatch: PrincipalMatch,
        matchesAction: Bool,
        relation: CallerRelation,
        conditions: [ConditionVerdict]
    ) {
        self.index = index
        self.sid = sid
        self.effect = effect
        self.principalMatch = principalMatch
        self.matchesAction = matchesAction
        self.relation = relation
        self.conditions = conditions
        outcome = TernaryResult(principalMatch != .none && matchesAction) && conditions.allHold(\.outcome)
    }

    /// Whether the statement is about the caller, so that a new statement for the caller must keep its conditions.
    package var isAboutCaller: Bool { relation.isAboutCaller }

    /// Whether the statement includes the request's principal.
    package var matchesPrincipal: Bool { principalMatch != .none }

    /// The failed conditions: those on the caller and the audience, then the others.
    ///
    /// A statement for another caller is not about this request, whatever its other conditions require.
    package var failedConditions: [ConditionVerdict] {
        let failed = conditions.filter { $0.outcome == .no }
        return failed.filter(\.testsCaller) + failed.filter { !$0.testsCaller }
    }

    /// The request's distance from the statement.
    ///
    /// A statement that names the caller is nearest, then a statement about the caller, then any other statement.
    /// Within each group, the principal weighs more than the action, and the action weighs more than the failed
    /// conditions.
    fileprivate var distance: Int {
        let failed = conditions.count { $0.outcome == .no }
        return (relation.namesCaller ? 0 : isAboutCaller ? 5_000_000 : 10_000_000)
            + (matchesPrincipal ? 0 : 1_000_000) + (matchesAction ? 0 : 1_000) + failed
    }
}

/// The outcome of one condition.
package struct ConditionVerdict: Hashable, Sendable {
    package let condition: Condition
    /// The request's values; empty if the key is absent or unknown.
    package let found: [String]
    /// The condition's values; if the condition failed, with the request's values in place of policy variables.
    package let required: [String]
    package let outcome: TernaryResult
    /// Whether the request's values are unknown rather than absent.
    package let isUnknown: Bool
    /// The small difference that made the condition fail or, in a Deny statement, that made its exemption fail, if any.
    package let nearMiss: NearMiss?
    /// The claim that the condition is meant to refuse by a key that the request does not have, if any.
    package let refusedClaim: RefusedClaim?
    /// The outcome for the key or claim that the condition is intended to test; `nil` if the request has the
    /// condition's key, or the intention is not known.
    package let meantOutcome: TernaryResult?

    /// Whether the condition is about the caller or the audience.
    fileprivate var testsCaller: Bool {
        refusedClaim?.identifiesCaller == true || condition.testsRequiredClaim
            || OIDCKey(condition.key).map { Condition.identityClaims.contains($0.name.lowercased()) } ?? false
    }

    /// Whether the condition is meant to exclude the token by a key that the request does not have.
    package var isIgnoredExclusion: Bool {
        let comparison = condition.operator.comparison
        guard let refusedClaim else { return false }
        return comparison.isNegated || comparison == .null && !refusedClaim.found.isEmpty
    }
}
