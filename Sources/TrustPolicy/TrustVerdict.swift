/// The predicted outcome of a trust policy for a request; AWS may decide differently.
package struct TrustVerdict: Hashable, Sendable {
    package let decision: Decision
    /// The outcome of each statement, in the document's order.
    package let statements: [StatementVerdict]
    /// The index of the first statement that determines the decision, if any.
    ///
    /// For an implicit denial, this statement is the Allow statement that is closest to a match.
    package let decidingStatement: Int?
    /// The keys whose unknown values can change an undetermined decision.
    package let unknownKeys: [String]
    /// The evaluated action; `nil` if the policy cannot be evaluated.
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

        package var isDenial: Bool { self == .deny || self == .explicitDeny }

        /// The code of the warning about this decision.
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
    /// - For an implicit denial: the first of the ``StatementVerdict/failedConditions``, but only in a statement that
    ///   includes the principal and the action.
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

    /// The index of the first Allow statement that applies to the request.
    ///
    /// If no Allow statement certainly applies, the value is the index of the first Allow statement that may apply.
    package var allowingStatement: Int? {
        let allowing = statements.filter { $0.effect == .allow }
        return (allowing.first { $0.outcome == .yes } ?? allowing.first { $0.outcome == .unknown })?.index
    }

    /// Returns the Allow statement with the lowest rank.
    ///
    /// - Parameter rank: Returns the rank of an Allow statement; `nil` excludes the statement.
    /// - Returns: The statement, if any. If several statements have the lowest rank, the statement nearest to the
    ///   request.
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

    /// Whether the statement was probably written for the caller.
    ///
    /// A new statement for the caller must keep the conditions of this statement.
    package var isAboutCaller: Bool { relation.isAboutCaller }

    /// Whether the statement includes the request's principal.
    package var matchesPrincipal: Bool { principalMatch != .none }

    /// The failed conditions; conditions on the caller and the audience come first.
    ///
    /// If a condition on the caller fails, the statement is for another caller.
    package var failedConditions: [ConditionVerdict] {
        let failed = conditions.filter { $0.outcome == .no }
        return failed.filter(\.testsCaller) + failed.filter { !$0.testsCaller }
    }

    /// The request's distance from the statement.
    ///
    /// These properties make the distance small, beginning with the most important:
    /// - The statement names the caller.
    /// - The statement was probably written for the caller.
    /// - The statement includes the principal.
    /// - The statement includes the action.
    /// - Few conditions fail.
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
    /// The condition's values.
    ///
    /// In a failed condition, the request's values replace policy variables.
    package let required: [String]
    package let outcome: TernaryResult
    /// Whether the request's values are unknown rather than absent.
    package let isUnknown: Bool
    /// The small difference that explains an unexpected outcome, if any.
    ///
    /// For example, a condition fails only because of letter case. In a Deny statement with StringNotEquals, a typing
    /// mistake in the listed ID of the caller makes the condition pass.
    package let nearMiss: NearMiss?
    /// A claim that AWS does not test (for example, `oid`) but the condition would refuse, if any.
    package let refusedClaim: RefusedClaim?
    /// The outcome for the claim or key that the policy's author probably wanted to test, if known.
    ///
    /// The value is `nil` if the request has the condition's key.
    package let meantOutcome: TernaryResult?

    /// Whether the condition tests the caller or the audience.
    fileprivate var testsCaller: Bool {
        refusedClaim?.identifiesCaller == true || condition.testsRequiredClaim
            || OIDCKey(condition.key).map { Condition.identityClaims.contains($0.name.lowercased()) } ?? false
    }

    /// Whether the author probably wanted to exclude the token, but the request lacks the condition's key.
    package var isIgnoredExclusion: Bool {
        let comparison = condition.operator.comparison
        guard let refusedClaim else { return false }
        return comparison.isNegated || comparison == .null && !refusedClaim.found.isEmpty
    }
}
