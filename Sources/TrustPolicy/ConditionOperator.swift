import Federation

/// A condition operator: `StringLike`, `ForAnyValue:StringEqualsIfExists`, `Null`.
///
/// Source: IAM user guide, "Condition operators" and "Conditions with multiple context keys or values".
package struct ConditionOperator: Hashable, Sendable {
    /// The rule for a request key with several values.
    package enum Quantifier: String, CaseIterable, Hashable, Sendable {
        case forAllValues = "ForAllValues"
        case forAnyValue = "ForAnyValue"
    }

    package let quantifier: Quantifier?
    package let comparison: Comparison
    /// Whether the name has the suffix `IfExists`, so that the condition passes if the key is absent.
    package let ifExists: Bool

    /// Parses an operator's name; `nil` for a name that IAM does not define.
    package init?(_ name: String) {
        var rest = name[...]
        let prefix = Quantifier.allCases.first { rest.hasPrefix($0.rawValue + ":") }
        if let prefix { rest = rest.dropFirst(prefix.rawValue.count + 1) }
        let suffix = "IfExists"
        let hasSuffix = rest.hasSuffix(suffix)
        if hasSuffix { rest = rest.dropLast(suffix.count) }
        guard let comparison = Comparison(rawValue: String(rest)), !(hasSuffix && comparison == .null) else {
            return nil
        }
        self.init(quantifier: prefix, comparison: comparison, ifExists: hasSuffix)
    }

    private init(quantifier: Quantifier?, comparison: Comparison, ifExists: Bool) {
        self.quantifier = quantifier
        self.comparison = comparison
        self.ifExists = ifExists
    }

    /// Returns advice on a name that IAM does not define.
    ///
    /// The advice never adds or removes a negation.
    static func advice(on name: String) -> String {
        let stem = Comparison.null.rawValue + "IfExists"
        if name.lowercased().hasSuffix(stem.lowercased()) {
            return
                "Null has no form with IfExists: decide whether the key must be absent (Null with \"true\") or present "
                + "(Null with \"false\")."
        }
        let prefixes = [""] + Quantifier.allCases.map { $0.rawValue + ":" }
        let names = Comparison.allCases.filter { $0.rawValue.isNegation == name.isNegation }.flatMap {
            comparison in
            prefixes.flatMap { prefix in
                ["", comparison == .null ? nil : "IfExists"].compactMap { $0 }.map {
                    prefix + comparison.rawValue + $0
                }
            }
        }
        return NearestName.of(name, among: names).map {
            "Correct the operator to \($0); letter case matters."
        }
            ?? "Use an operator of IAM, such as StringEquals, StringLike, IpAddress, or DateLessThan."
    }

    /// Returns the operator with a different comparison.
    func comparing(by comparison: Comparison) -> ConditionOperator {
        ConditionOperator(quantifier: quantifier, comparison: comparison, ifExists: ifExists)
    }
}

extension ConditionOperator: CustomStringConvertible {
    package var description: String {
        (quantifier.map { $0.rawValue + ":" } ?? "") + comparison.rawValue + (ifExists ? "IfExists" : "")
    }
}

/// The comparison part of an operator's name, without quantifier and suffix.
package enum Comparison: String, CaseIterable, Hashable, Sendable {
    case stringEquals = "StringEquals"
    case stringNotEquals = "StringNotEquals"
    case stringEqualsIgnoreCase = "StringEqualsIgnoreCase"
    case stringNotEqualsIgnoreCase = "StringNotEqualsIgnoreCase"
    case stringLike = "StringLike"
    case stringNotLike = "StringNotLike"
    case numericEquals = "NumericEquals"
    case numericNotEquals = "NumericNotEquals"
    case numericLessThan = "NumericLessThan"
    case numericLessThanEquals = "NumericLessThanEquals"
    case numericGreaterThan = "NumericGreaterThan"
    case numericGreaterThanEquals = "NumericGreaterThanEquals"
    case dateEquals = "DateEquals"
    case dateNotEquals = "DateNotEquals"
    case dateLessThan = "DateLessThan"
    case dateLessThanEquals = "DateLessThanEquals"
    case dateGreaterThan = "DateGreaterThan"
    case dateGreaterThanEquals = "DateGreaterThanEquals"
    case bool = "Bool"
    case binaryEquals = "BinaryEquals"
    case ipAddress = "IpAddress"
    case notIPAddress = "NotIpAddress"
    case arnEquals = "ArnEquals"
    case arnNotEquals = "ArnNotEquals"
    case arnLike = "ArnLike"
    case arnNotLike = "ArnNotLike"
    case null = "Null"

    package enum ValueType {
        case string
        case number
        case date
        case bool
        case binary
        case address
        case arn
        case existence
    }

    /// The relation that a request's value must have to a policy's value.
    package enum Relation {
        case equal
        case less
        case lessOrEqual
        case greater
        case greaterOrEqual
    }

    package var family: ValueType {
        switch self {
        case .stringEquals, .stringNotEquals, .stringEqualsIgnoreCase, .stringNotEqualsIgnoreCase,
            .stringLike,
            .stringNotLike:
            .string
        case .numericEquals, .numericNotEquals, .numericLessThan, .numericLessThanEquals, .numericGreaterThan,
            .numericGreaterThanEquals:
            .number
        case .dateEquals, .dateNotEquals, .dateLessThan, .dateLessThanEquals, .dateGreaterThan,
            .dateGreaterThanEquals:
            .date
        case .bool: .bool
        case .binaryEquals: .binary
        case .ipAddress, .notIPAddress: .address
        case .arnEquals, .arnNotEquals, .arnLike, .arnNotLike: .arn
        case .null: .existence
        }
    }

    /// Whether the compared values are texts.
    package var comparesTexts: Bool { family == .string }

    /// Whether AWS replaces policy variables in the values.
    ///
    /// Source: IAM user guide, policy variables.
    var supportsVariables: Bool { [.string, .arn, .bool].contains(family) }

    /// Whether the compared values are instants.
    package var comparesInstants: Bool { family == .date }

    /// Whether the comparison passes only if no value matches (for example, `StringNotEquals`).
    package var isNegated: Bool {
        switch self {
        case .stringNotEquals, .stringNotEqualsIgnoreCase, .stringNotLike, .numericNotEquals, .dateNotEquals,
            .notIPAddress, .arnNotEquals, .arnNotLike:
            true
        default: false
        }
    }

    /// The comparison without negation: `stringEquals` for `stringNotEquals`.
    var affirmed: Comparison {
        switch self {
        case .stringNotEquals: .stringEquals
        case .stringNotEqualsIgnoreCase: .stringEqualsIgnoreCase
        case .stringNotLike: .stringLike
        case .numericNotEquals: .numericEquals
        case .dateNotEquals: .dateEquals
        case .notIPAddress: .ipAddress
        case .arnNotEquals: .arnEquals
        case .arnNotLike: .arnLike
        default: self
        }
    }

    /// The relation that the comparison without negation requires (`equal` for `stringNotEquals`).
    package var relation: Relation {
        switch self {
        case .numericLessThan, .dateLessThan: .less
        case .numericLessThanEquals, .dateLessThanEquals: .lessOrEqual
        case .numericGreaterThan, .dateGreaterThan: .greater
        case .numericGreaterThanEquals, .dateGreaterThanEquals: .greaterOrEqual
        default: .equal
        }
    }

    package var hasWildcards: Bool {
        switch self {
        case .stringLike, .stringNotLike: true
        default: family == .arn
        }
    }

    var foldsCase: Bool {
        switch self {
        case .stringEqualsIgnoreCase, .stringNotEqualsIgnoreCase, .bool: true
        default: false
        }
    }
}

extension Comparison.Relation {
    /// Returns whether `found` has this relation to `required`.
    func holds<Value: Comparable>(_ found: Value, _ required: Value) -> Bool {
        switch self {
        case .equal: found == required
        case .less: found < required
        case .lessOrEqual: found <= required
        case .greater: found > required
        case .greaterOrEqual: found >= required
        }
    }
}
