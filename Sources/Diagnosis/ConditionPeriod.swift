import Federation
import FoundationEssentials
import TrustPolicy

// The instants of date conditions.

extension Condition {
    /// The sentence about values that the condition operator cannot parse.
    ///
    /// If the values lack only a time zone, the sentence contains the values in UTC.
    var unreadableText: String {
        let values = unreadableValues
        let text = values.joined(separator: ", ")
        let corrected = values.map { "\($0)Z" }
        let isWithoutZone =
            `operator`.comparison.comparesInstants && !changing(values: corrected).hasUnreadableValue
        return isWithoutZone
            ? "\(text) has no time zone; in UTC, it is \(corrected.joined(separator: ", "))."
            : "\(`operator`) cannot read \(text)."
    }
}

extension ConditionVerdict {
    /// Returns sentences about the beginning or the end of the period in which a date condition passes.
    ///
    /// `nil` if the condition has no such period.
    ///
    /// A condition passes if any value matches, so the earliest or the latest value limits the period.
    ///
    /// - Parameter isDenied: `true` for a passing condition of a Deny statement, `false` for a failing condition of an
    ///   Allow statement.
    /// - Returns: The sentences, with instants in UTC.
    func period(isDenied: Bool) -> String? {
        let comparison = condition.operator.comparison
        guard ["aws:currenttime", "aws:epochtime"].contains(condition.foldedKey), !comparison.isNegated else {
            return nil
        }
        let instants = condition.values.compactMap { Date(policyText: $0) }
        guard let first = instants.min()?.text, let last = instants.max()?.text else { return nil }
        let now = "The request's time is \(foundText) (UTC)."
        switch comparison.relation {
        case .less, .lessOrEqual:
            return isDenied
                ? "\(now) The denial ends at \(last): wait until then."
                : "\(now) The allowed period ended at \(last)."
        case .greater, .greaterOrEqual:
            return isDenied
                ? "\(now) The denial began at \(first)."
                : "\(now) The allowed period begins at \(first): wait until then."
        case .equal:
            let instants = condition.values.joined(separator: " or ")
            return "\(now) Only the instant \(instants) is \(isDenied ? "denied" : "allowed")."
        }
    }
}
