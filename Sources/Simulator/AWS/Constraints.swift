/// Collects constraint violations in a request's parameters; AWS reports all violations in one error.
///
/// The error lists the violations alphabetically by parameter.
///
/// Source: AWS responses in localstack's snapshot tests, 2025 and 2026.
struct Constraints {
    /// Whether errors contain the invalid value: true for STS, false for IAM.
    let showsValues: Bool
    private var violations: [(member: String, text: String)] = []

    init(showsValues: Bool) {
        self.showsValues = showsValues
    }

    /// Throws a single error with all violations, if there are any.
    func check() throws(AWSFault) {
        guard !violations.isEmpty else { return }
        let noun = violations.count == 1 ? "error" : "errors"
        let texts = violations.sorted { $0.member < $1.member }.map(\.text).joined(separator: "; ")
        throw .validation("\(violations.count) validation \(noun) detected: \(texts)")
    }

    /// Records that a parameter violates a rule.
    mutating func violate(_ member: String, value: String? = nil, _ rule: String) {
        let shown = showsValues ? value.map { "Value '\($0)'" } ?? "Value" : "Value"
        violations.append((member, "\(shown) at '\(member)' failed to satisfy constraint: \(rule)"))
    }

    /// Validates a required string and returns it, or an empty string if it is missing.
    mutating func required(_ value: String?, _ member: String, _ rule: TextRule) -> String {
        guard let value else {
            violate(member, "Member must not be null")
            return ""
        }
        optional(value, member, rule)
        return value
    }

    /// Validates an optional string.
    mutating func optional(_ value: String?, _ member: String, _ rule: TextRule) {
        guard let value else { return }
        for violation in rule.violations(of: value) {
            violate(member, value: rule.isSensitive ? nil : value, violation)
        }
    }

    /// Validates an optional number.
    mutating func optional(_ value: Int?, _ member: String, _ range: ClosedRange<Int>) {
        guard let value else { return }
        if value < range.lowerBound {
            let rule = "Member must have value greater than or equal to \(range.lowerBound)"
            violate(member, value: String(value), rule)
        } else if value > range.upperBound {
            violate(
                member,
                value: String(value),
                "Member must have value less than or equal to \(range.upperBound)"
            )
        }
    }

    /// Validates the number of elements in a list.
    mutating func count(_ count: Int, _ member: String, atMost limit: Int) {
        if count > limit { violate(member, "Member must have length less than or equal to \(limit)") }
    }

    /// Validates a list of strings; like AWS, an error lists all rules, not only the violated rules.
    mutating func elements(_ values: [String]?, _ member: String, _ rule: TextRule) {
        guard let values, values.contains(where: { !rule.violations(of: $0).isEmpty }) else { return }
        violate(member, "Member must satisfy constraint: [\(rule.all.joined(separator: ", "))]")
    }
}

/// The constraints on a string.
struct TextRule: Sendable {
    /// The range of lengths, in Unicode scalars.
    let length: ClosedRange<Int>
    let pattern: Pattern?
    /// Whether the string is a secret, which errors must not contain.
    let isSensitive: Bool

    init(_ length: ClosedRange<Int>, _ pattern: Pattern? = nil, isSensitive: Bool = false) {
        self.length = length
        self.pattern = pattern
        self.isSensitive = isSensitive
    }

    /// A regular expression, with an equivalent function for matching.
    struct Pattern: Sendable {
        /// The expression as shown in AWS's errors.
        let text: String
        let matches: @Sendable (String) -> Bool
    }

    /// Returns the rules that a string violates.
    func violations(of value: String) -> [String] {
        let scalars = value.unicodeScalars
        var broken: [String] = []
        if scalars.count > length.upperBound { broken.append(longest) }
        if scalars.count < length.lowerBound { broken.append(shortest) }
        if let pattern, !pattern.matches(value) { broken.append(Self.rule(pattern)) }
        return broken
    }

    /// All rules, as AWS lists them for the elements of a list.
    var all: [String] {
        [longest, shortest] + (pattern.map { [Self.rule($0), "Member must not be null"] } ?? [])
    }

    private var longest: String { "Member must have length less than or equal to \(length.upperBound)" }
    private var shortest: String { "Member must have length greater than or equal to \(length.lowerBound)" }

    private static func rule(_ pattern: Pattern) -> String {
        "Member must satisfy regular expression pattern: \(pattern.text)"
    }
}
