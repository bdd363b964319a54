/// Collects the violations in a request's parameters, which AWS reports all at once.
///
/// They are reported in alphabetical order of the parameters, whatever the order of the checks.
/// Source: replies recorded against AWS in localstack's snapshot tests, 2025 and 2026.
struct Constraints {
    /// Whether an error repeats the text that violates a rule; STS does, IAM does not.
    let showsValues: Bool
    private var violations: [(member: String, text: String)] = []

    init(showsValues: Bool) {
        self.showsValues = showsValues
    }

    /// Throws one error with every violation.
    func check() throws(AWSFault) {
        guard !violations.isEmpty else { return }
        let noun = violations.count == 1 ? "error" : "errors"
        let texts = violations.sorted { $0.member < $1.member }.map(\.text).joined(separator: "; ")
        throw .validation("\(violations.count) validation \(noun) detected: \(texts)")
    }

    /// Records that a member violates a rule.
    mutating func violate(_ member: String, value: String? = nil, _ rule: String) {
        let shown = showsValues ? value.map { "Value '\($0)'" } ?? "Value" : "Value"
        violations.append((member, "\(shown) at '\(member)' failed to satisfy constraint: \(rule)"))
    }

    /// Checks a required text and returns it, or an empty text after a violation.
    mutating func required(_ value: String?, _ member: String, _ rule: TextRule) -> String {
        guard let value else {
            violate(member, "Member must not be null")
            return ""
        }
        optional(value, member, rule)
        return value
    }

    /// Checks an optional text.
    mutating func optional(_ value: String?, _ member: String, _ rule: TextRule) {
        guard let value else { return }
        for violation in rule.violations(of: value) {
            violate(member, value: rule.isSensitive ? nil : value, violation)
        }
    }

    /// Checks an optional number.
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

    /// Checks the number of elements of a list.
    mutating func count(_ count: Int, _ member: String, atMost limit: Int) {
        if count > limit { violate(member, "Member must have length less than or equal to \(limit)") }
    }

    /// Checks the elements of a list of texts; AWS reports all rules at once.
    mutating func elements(_ values: [String]?, _ member: String, _ rule: TextRule) {
        guard let values, values.contains(where: { !rule.violations(of: $0).isEmpty }) else { return }
        violate(member, "Member must satisfy constraint: [\(rule.all.joined(separator: ", "))]")
    }
}

/// The constraints of a text.
struct TextRule: Sendable {
    /// In Unicode scalars.
    let length: ClosedRange<Int>
    let pattern: Pattern?
    /// Whether the text is a secret, which no error repeats.
    let isSensitive: Bool

    init(_ length: ClosedRange<Int>, _ pattern: Pattern? = nil, isSensitive: Bool = false) {
        self.length = length
        self.pattern = pattern
        self.isSensitive = isSensitive
    }

    /// A regular expression, and the same as code.
    struct Pattern: Sendable {
        /// As AWS shows it.
        let text: String
        let matches: @Sendable (String) -> Bool
    }

    /// The rules that a text violates.
    func violations(of value: String) -> [String] {
        let scalars = value.unicodeScalars
        var broken: [String] = []
        if scalars.count > length.upperBound { broken.append(longest) }
        if scalars.count < length.lowerBound { broken.append(shortest) }
        if let pattern, !pattern.matches(value) { broken.append(Self.rule(pattern)) }
        return broken
    }

    /// Every rule, as AWS lists them for the elements of a list.
    var all: [String] {
        [longest, shortest] + (pattern.map { [Self.rule($0), "Member must not be null"] } ?? [])
    }

    private var longest: String { "Member must have length less than or equal to \(length.upperBound)" }
    private var shortest: String { "Member must have length greater than or equal to \(length.lowerBound)" }

    private static func rule(_ pattern: Pattern) -> String {
        "Member must satisfy regular expression pattern: \(pattern.text)"
    }
}
