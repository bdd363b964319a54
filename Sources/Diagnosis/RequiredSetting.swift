package import Federation
package import TrustPolicy

/// A mapping's setting that a condition of the trust policy tests.
package struct RequiredSetting {
    /// The setting as a phrase: "external_id of `audit`" or "the role session name of the request".
    private let setting: String
    /// Whether the configuration has the setting.
    private let isConfigured: Bool
    private let condition: Condition
    /// The condition's values with the request's values in place of policy variables.
    private let required: [String]

    /// Recognizes the setting by the condition's key; `nil` for a key that no setting determines.
    ///
    /// Also `nil` if no value of the setting can change the result of the condition.
    ///
    /// - Parameters:
    ///   - verdict: The verdict on the condition.
    ///   - mapping: The mapping, if it is known.
    ///   - isChained: Whether the mapping's role is assumed with the credentials of a hub.
    package init?(of verdict: ConditionVerdict, mapping: RoleMapping.ID?, isChained: Bool) {
        let condition = verdict.condition
        guard let name = Self.name(of: condition, isChained: isChained) else { return nil }
        // A request without a mapping has no hub, so only the session name is possible.
        setting = mapping.map { "\(name) of `\($0)`" } ?? "the role session name of the request"
        isConfigured = mapping != nil
        self.condition = condition
        // In the old version of the policy language, a variable is literal text. No setting can have that text as its
        // value.
        let isVariable = { (value: String) in value.contains("${") && condition.version == .v2012 }
        // A failed condition needs a value that matches or, with a negated operator, a value that does not match. A
        // matching condition of a Deny statement needs the reverse.
        let mustMatch = (verdict.outcome == .yes) == condition.operator.comparison.isNegated
        if mustMatch, verdict.required.allSatisfy({ $0.contains("${") && !isVariable($0) }) { return nil }
        guard condition.foldedKey == "sts:rolesessionname", condition.operator.comparison != .null else {
            required = verdict.required
            return
        }
        let comparison = condition.operator.comparison
        let possible = verdict.required.filter {
            isVariable($0) || SessionNames.canMatch($0, hasWildcards: comparison.hasWildcards)
        }
        let matchesAll = comparison.hasWildcards && possible.contains { $0.allSatisfy { $0 == "*" } }
        guard mustMatch ? !possible.isEmpty : !matchesAll else { return nil }
        required = possible.isEmpty ? verdict.required : possible
    }

    init?(of verdict: ConditionVerdict, in context: DiagnosisContext) {
        self.init(
            of: verdict,
            mapping: context.chain?.mapping.id ?? context.request.mapping,
            isChained: context.chain != nil
        )
    }

    private static let tagKeys = "aws:tagkeys"

    private static func name(of condition: Condition, isChained: Bool) -> String? {
        let tag = "aws:requesttag/"
        return switch condition.foldedKey {
        case "sts:rolesessionname": "session_name"
        case "sts:externalid" where isChained: "external_id"
        case "sts:sourceidentity" where isChained: "source_identity"
        case tagKeys where isChained: "session_tags"
        case let key where isChained && key.hasPrefix(tag):
            "the tag \(condition.key.dropFirst(tag.count)) in session_tags"
        default: nil
        }
    }

    /// Returns the change as a sentence, with `cambist config edit` if the configuration has the setting.
    func advice(matching: Bool) -> String {
        "\(change(matching: matching))\(isConfigured ? " (`cambist config edit`)" : "")."
    }

    /// Returns the change that makes the condition match or, if `matching` is false, not match.
    ///
    /// For example: "Set external_id of `audit` to a".
    package func change(matching: Bool) -> String {
        let comparison = condition.operator.comparison
        if comparison == .null {
            let isAbsent = condition.values.contains { $0.lowercased() == "true" } == matching
            return "\(isAbsent ? "Remove" : "Set") \(setting)"
        }
        if condition.foldedKey == Self.tagKeys { return "Correct the keys of \(setting)" }
        let isIncluded = matching != comparison.isNegated
        let isPattern = { (value: String) in
            value.contains("${") || comparison.hasWildcards && value.contains { "*?".contains($0) }
        }
        let values = required.map { value in
            isIncluded && isPattern(value) ? "a value that matches \(value)" : value
        }
        let exclusion = required.contains(where: isPattern) ? "that does not match" : "other than"
        let list = values.joined(separator: " or ")
        let value = isIncluded ? list : "a value \(exclusion) \(list)"
        return "Set \(setting) to \(value)"
    }
}
