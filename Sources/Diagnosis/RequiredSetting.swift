import Federation
import TrustPolicy

/// The setting of a mapping whose value a condition of the trust policy tests.
struct RequiredSetting {
    /// The setting and its mapping: `external_id of audit`.
    private let setting: String
    private let condition: Condition
    /// The condition's values with the request's values in place of policy variables.
    private let required: [String]

    /// Recognizes the setting by the condition's key; `nil` for a key that no setting determines.
    init?(of verdict: ConditionVerdict, in context: DiagnosisContext) {
        let condition = verdict.condition
        guard let name = Self.name(of: condition, isChained: context.chain != nil) else { return nil }
        let mapping = context.chain?.mapping.id ?? context.request.mapping
        setting = mapping.map { "\(name) of \($0)" } ?? "the mapping's \(name)"
        self.condition = condition
        required = verdict.required
    }

    private static func name(of condition: Condition, isChained: Bool) -> String? {
        let tag = "aws:requesttag/"
        return switch condition.foldedKey {
        case "sts:rolesessionname": "session_name"
        case "sts:externalid" where isChained: "external_id"
        case "sts:sourceidentity" where isChained: "source_identity"
        case let key where isChained && key.hasPrefix(tag):
            "the tag \(condition.key.dropFirst(tag.count)) in session_tags"
        default: nil
        }
    }

    /// Returns the change of the configuration after which the condition matches the request, or does not match it.
    func advice(matching: Bool) -> String {
        let comparison = condition.operator.comparison
        if comparison == .null {
            let isAbsent = condition.values.contains { $0.lowercased() == "true" } == matching
            return "\(isAbsent ? "Remove" : "Set") \(setting) (`cambist config edit`)."
        }
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
        return "Set \(setting) to \(value) (`cambist config edit`)."
    }
}
