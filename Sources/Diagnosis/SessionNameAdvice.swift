import Federation
import TrustPolicy

// The session names that a request can have, and those that conditions require.

extension ConditionVerdict {
    /// Returns advice on a session name that makes the condition match or, if `matching` is false, not match.
    ///
    /// If no session name has this effect, returns the reason.
    func sessionNameAdvice(matching: Bool, in context: DiagnosisContext) -> String {
        if let setting = RequiredSetting(of: self, in: context) { return setting.advice(matching: matching) }
        return SessionNames.impossibility(of: self)
    }
}

/// The session names that a condition can require.
enum SessionNames {
    /// Whether a valid session name can equal the text or, with wildcards, match the text.
    static func canMatch(_ text: String, hasWildcards: Bool) -> Bool {
        let wildcards: Set<Character> = hasWildcards ? ["*", "?"] : []
        let count = text.count { $0 != "*" || !hasWildcards }
        let lengths = RoleSessionName.lengths
        return text.allSatisfy { isAllowed($0) || wildcards.contains($0) } && count <= lengths.upperBound
            && (hasWildcards && text.contains("*") || count >= lengths.lowerBound)
    }

    /// Returns the sentence for a condition that no session name matches, or that every session name matches.
    fileprivate static func impossibility(of verdict: ConditionVerdict) -> String {
        let matchesAll =
            verdict.condition.operator.comparison.hasWildcards
            && verdict.required.contains { $0.allSatisfy { $0 == "*" } }
        return matchesAll
            ? "Every role session name matches \(verdict.requiredText)."
            : "A role session name has \(RoleSessionName.accepted), so no name can be \(verdict.requiredText)."
    }

    private static func isAllowed(_ character: Character) -> Bool {
        character.utf8.allSatisfy(RoleSessionName.isAllowed)
    }
}
