package import TrustPolicy

// The texts about a condition. An Allow statement requires or excludes values. A Deny statement denies values or, if
// the condition is negated, exempts values.

/// The meaning of a condition's values in its statement.
package enum ConditionValueRole: String, Hashable, Sendable {
    case required
    case excluded
    case denied
    case exempted

    /// Creates the meaning of values; a negated condition (for example, StringNotEquals) inverts the meaning.
    package init(in effect: TrustStatement.Effect, isNegated: Bool) {
        self =
            switch effect {
            case .allow: isNegated ? .excluded : .required
            case .deny: isNegated ? .exempted : .denied
            }
    }

    /// The verb between a policy and the values, as in "the policy requires …".
    package var verb: String {
        switch self {
        case .required: "requires"
        case .excluded: "excludes"
        case .denied: "denies"
        case .exempted: "exempts"
        }
    }
}

extension StatementVerdict {
    /// The path of the statement.
    var place: String { "Statement[\(index)]" }

    /// Returns one line with a condition of the statement, the condition's values, and the request's values.
    func text(of condition: ConditionVerdict) -> String {
        switch effect {
        case .allow: return "\(place): \(condition.requirementText)"
        case .deny:
            return "\(denialClause(condition, " (\(condition.condition.operator))")); \(condition.denialText)"
        }
    }

    /// Returns a clause about the requests that this Deny statement denies because of a condition.
    ///
    /// In the clause, `remark` follows the text of the condition.
    func denialClause(_ condition: ConditionVerdict, _ remark: String = "") -> String {
        let rest = otherConditions(than: condition).map { " and that \($0)" } ?? ""
        return "\(place) denies requests \(condition.deniedRequests)\(remark)\(rest)"
    }

    /// Returns a predicate about the other conditions of the statement: `meet the condition on aws:SourceIp`.
    ///
    /// `nil` without other conditions.
    func otherConditions(than condition: ConditionVerdict) -> String? {
        let others = conditions.map(\.condition).filter { $0 != condition.condition }
        guard !others.isEmpty else { return nil }
        let isKeySufficient = Set(conditions.map(\.condition.foldedKey)).count == conditions.count
        let names = others.map { isKeySufficient ? "on \($0.key)" : "\($0.operator) on \($0.key)" }
        return "meet the condition\(names.count == 1 ? "" : "s") \(names.joined(separator: " and "))"
    }
}

extension TrustVerdict {
    /// The path of the deciding statement; of the first statement if no statement decides.
    var decidingPlace: String { "Statement[\(decidingStatement ?? 0)]" }

    /// The deciding condition, the condition's values, and the request's values, in one line.
    ///
    /// For a Deny statement without conditions, the text states that there are none. For other decisions without a
    /// deciding condition, the text is `nil`.
    var decidingText: String? {
        guard let index = decidingStatement else { return nil }
        if let condition = decidingCondition { return statements[index].text(of: condition) }
        return decision == .explicitDeny ? "\(decidingPlace) has no condition" : nil
    }

    /// Returns the predicted denial, with the deciding condition, if any, and without a final period.
    ///
    /// - Parameter caller: The denied caller: `this token`.
    /// - Returns: The message.
    package func denialText(of caller: String) -> String {
        if decision == .explicitDeny {
            return "The trust policy denies \(caller)" + (decidingText.map { ": \($0)" } ?? "")
        }
        let message = "The trust policy does not allow \(caller)"
        guard let verdict = decidingCondition else { return message }
        let found = verdict.found.isEmpty ? "nothing" : verdict.foundText
        return
            "\(message): \(verdict.condition.operator) \(verdict.condition.key) \(verdict.role.verb) "
            + "\(verdict.condition.values.joined(separator: ", ")), found \(found)"
    }
}

extension StatementVerdict {
    /// Returns the failed conditions under which the statement allows an action, as a clause.
    func restrictionText(of action: String) -> String {
        let failed = conditions.filter { $0.outcome == .no }.map(\.requirementText)
        return "Statement[\(index)] allows \(action) only if \(failed.joined(separator: "; and "))"
    }
}

extension ConditionVerdict {
    /// The condition of an Allow statement, the condition's values, and the request's values, in one line.
    var requirementText: String {
        "\(condition.operator) on \(condition.key) \(role.verb) \(requiredText)\(escapeText); \(requestText)"
    }

    /// The meaning of the condition's values in an Allow statement.
    fileprivate var role: ConditionValueRole {
        ConditionValueRole(in: .allow, isNegated: condition.operator.comparison.isNegated)
    }

    /// A clause in parentheses that explains the spellings of literal characters, such as `${*}`; may be empty.
    private var escapeText: String {
        let spellings = condition.escapes.map { "\($0) is the character \($0.dropFirst(2).dropLast())" }
        return spellings.isEmpty ? "" : " (\(spellings.joined(separator: ", ")))"
    }

    var requiredText: String { condition.values.joined(separator: " or ") }
    var foundText: String { found.joined(separator: ", ") }

    /// The rest of the clause "denies requests …", such as `whose aws:SourceIp is in …`.
    var deniedRequests: String {
        let key = condition.key
        let values = condition.values.map { $0.lowercased() }
        if condition.operator.comparison == .null, let value = values.first, values.count == 1 {
            return value == "true" ? "without \(key)" : "with \(key)"
        }
        return "whose \(key) \(condition.operator.comparison.predicate) \(requiredText)\(escapeText)"
    }

    /// The request's values, with a remark if the match is surprising (for example, the request lacks the key).
    fileprivate var denialText: String {
        let comparison = condition.operator.comparison
        guard outcome == .yes, comparison != .null else { return requestText }
        if found.isEmpty {
            return "\(requestText), and \(condition.operator) matches requests without the key"
        }
        return comparison.isNegated ? requestText : "\(requestText), which matches"
    }

    private var requestText: String {
        found.isEmpty
            ? isUnknown ? "the request's value is unknown" : "the request has no value"
            : "the request's value is \(foundText)"
    }
}

extension Comparison {
    fileprivate var predicate: String {
        switch self {
        case .stringEquals, .stringEqualsIgnoreCase, .numericEquals, .dateEquals, .bool, .binaryEquals, .null:
            "is"
        case .stringNotEquals, .stringNotEqualsIgnoreCase, .numericNotEquals, .dateNotEquals: "is not"
        case .stringLike, .arnEquals, .arnLike: "matches"
        case .stringNotLike, .arnNotEquals, .arnNotLike: "does not match"
        case .numericLessThan: "is less than"
        case .numericLessThanEquals: "is at most"
        case .numericGreaterThan: "is greater than"
        case .numericGreaterThanEquals: "is at least"
        case .dateLessThan: "is before"
        case .dateLessThanEquals: "is not after"
        case .dateGreaterThan: "is after"
        case .dateGreaterThanEquals: "is not before"
        case .ipAddress: "is in"
        case .notIPAddress: "is not in"
        }
    }
}
