/// What a trust policy says; never what AWS will do.
package struct TrustVerdict: Hashable, Sendable {
    package let decision: Decision
    /// How each statement came out, in the document's order.
    package let statements: [StatementVerdict]
    /// The statement that decided: the one that matched or, for a denial by default, the one that came nearest.
    package let decidingStatement: Int?
    /// The keys of which the outcome depends and which this side does not know.
    package let unknownKeys: [String]

    package enum Decision: String, CaseIterable, Hashable, Sendable, Codable {
        case allow
        /// No statement allows it.
        case deny
        /// A statement denies it.
        case explicitDeny = "explicit-deny"
        case undetermined
        /// There is no policy that could be evaluated.
        case invalid

        /// Whether the token is not let in.
        package var isDenial: Bool { self == .deny || self == .explicitDeny }

        /// The code of the warning that foretells it.
        package var code: String { "trust-\(rawValue)" }
    }

    package init(decision: Decision) {
        self.decision = decision
        statements = []
        decidingStatement = nil
        unknownKeys = []
    }

    init(statements: [StatementVerdict]) {
        self.statements = statements
        let denials = statements.filter { $0.effect == .deny }
        let allowances = statements.filter { $0.effect == .allow }
        let denied = denials.someHolds(\.outcome)
        let allowed = allowances.someHolds(\.outcome)
        decision =
            switch (denied, allowed) {
            case (.yes, _): .explicitDeny
            case (_, .no): .deny
            case (.no, .yes): .allow
            default: .undetermined
            }
        let deciding: StatementVerdict? =
            switch decision {
            case .explicitDeny: denials.first { $0.outcome == .yes }
            case .allow: allowances.first { $0.outcome == .yes }
            case .undetermined: (allowed == .yes ? denials : allowances).first { $0.outcome == .unknown }
            case .deny, .invalid: allowances.min { $0.distance < $1.distance }
            }
        decidingStatement = deciding?.index
        unknownKeys = decision == .undetermined ? Self.unknownKeys(of: statements) : []
    }

    /// The condition that decided, `nil` when none did: where all passed, or principal or action did not match.
    package var decidingCondition: ConditionVerdict? {
        guard let decidingStatement else { return nil }
        let statement = statements[decidingStatement]
        switch decision {
        case .deny where statement.matchesPrincipal && statement.matchesAction:
            return statement.conditions.first { $0.outcome == .no }
        case .undetermined:
            return statement.conditions.first { $0.outcome == .unknown }
        case .explicitDeny:
            return statement.conditions.first
        default:
            return nil
        }
    }

    private static func unknownKeys(of statements: [StatementVerdict]) -> [String] {
        let open = statements.filter { $0.outcome == .unknown }
        let conditions = open.flatMap(\.conditions).filter { $0.outcome == .unknown }
        let keys = conditions.flatMap { $0.found.isEmpty ? [$0.condition.key] : $0.condition.variableKeys }
        return Array(Set(keys)).sorted()
    }
}

/// How one statement came out.
package struct StatementVerdict: Hashable, Sendable {
    /// Its place in the document, from 0.
    package let index: Int
    package let sid: String?
    package let effect: TrustStatement.Effect
    package let matchesPrincipal: Bool
    package let matchesAction: Bool
    package let conditions: [ConditionVerdict]
    /// Whether the request falls under it.
    package let outcome: TernaryResult

    init(
        index: Int,
        sid: String?,
        effect: TrustStatement.Effect,
        matchesPrincipal: Bool,
        matchesAction: Bool,
        conditions: [ConditionVerdict]
    ) {
        self.index = index
        self.sid = sid
        self.effect = effect
        self.matchesPrincipal = matchesPrincipal
        self.matchesAction = matchesAction
        self.conditions = conditions
        outcome = TernaryResult(matchesPrincipal && matchesAction) && conditions.allHold(\.outcome)
    }

    /// How far the request is from falling under it: first principal, then action, then conditions.
    fileprivate var distance: Int {
        let failed = conditions.count { $0.outcome == .no }
        return (matchesPrincipal ? 0 : 1_000_000) + (matchesAction ? 0 : 1_000) + failed
    }
}

/// How one condition came out.
package struct ConditionVerdict: Hashable, Sendable {
    package let condition: Condition
    /// The request's values; none when it does not carry the key, or they are unknown.
    package let found: [String]
    package let outcome: TernaryResult
    /// What nearly was right, when it did not pass.
    package let nearMiss: NearMiss?
}
