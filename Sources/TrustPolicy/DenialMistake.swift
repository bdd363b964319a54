package import Federation

/// A probable mistake that keeps a Deny statement from matching a request.
///
/// For example, a condition's value is the caller's ID with a trailing slash.
package enum DenialMistake: Hashable, Sendable {
    /// A small difference between a condition and the request (for example, in letter case).
    case nearMiss(NearMiss)
    /// A defect in a condition's operator, key, or values; `reason` describes the defect as a clause.
    case ineffective(reason: String)

    /// Finds the first mistake of ``all(in:_:of:)``.
    ///
    /// The result is `nil` if there is no mistake, or if the statement may match the token.
    package init?(in outcome: StatementVerdict, _ statement: TrustStatement, of claims: Claims) {
        guard outcome.outcome == .no,
            let mistake = Self.all(in: outcome, statement, of: claims).first?.mistake
        else { return nil }
        self = mistake
    }

    /// Returns those conditions of a Deny statement that fail or may fail because of a mistake.
    ///
    /// The result is empty if any condition fails for another reason.
    ///
    /// - Parameters:
    ///   - outcome: The statement's outcome.
    ///   - statement: The statement.
    ///   - claims: The token's claims; `nil` for a request without a token.
    /// - Returns: The conditions, each with its mistake.
    package static func all(
        in outcome: StatementVerdict,
        _ statement: TrustStatement,
        of claims: Claims?
    ) -> [(condition: ConditionVerdict, mistake: DenialMistake)] {
        guard outcome.effect == .deny, outcome.matchesAction,
            outcome.matchesPrincipal || claims.map(statement.isIntended) == true
        else { return [] }
        let unmatched = outcome.conditions.filter { $0.outcome != .yes }
        let mistakes = unmatched.compactMap { condition in
            condition.denialMistake.map { (condition: condition, mistake: $0) }
        }
        let isMistaken =
            unmatched.count { $0.outcome == .no } == mistakes.count { $0.condition.outcome == .no }
        return isMistaken ? mistakes : []
    }

    /// Whether the mistake is ``ineffective(reason:)``, a misspelled AWS key, or a key with a blank character.
    package var isIndependentOfRequest: Bool {
        switch self {
        case .ineffective, .nearMiss(.misspelledKey), .nearMiss(.keyBlank): true
        case .nearMiss: false
        }
    }
}

extension ConditionVerdict {
    /// Whether a string operator compares the source address with a range that includes the address.
    package var isRangeUnderEquals: Bool {
        guard condition.operator.comparison.comparesTexts, !condition.operator.comparison.isNegated,
            condition.foldedKey == "aws:sourceip", let address = found.first.flatMap(IPNetwork.init)
        else { return false }
        return condition.values.contains { $0.contains("/") && IPNetwork($0)?.contains(address) == true }
    }

    /// The mistake in this condition of a Deny statement, if any.
    fileprivate var denialMistake: DenialMistake? {
        if refusedClaim != nil { return nil }
        if isRangeUnderEquals {
            return .ineffective(
                reason:
                    "\(condition.operator) compares texts, so a range of addresses matches no address"
            )
        }
        if let reason = ineffectiveReason { return .ineffective(reason: reason) }
        return nearMiss.flatMap { $0.isDenialMistake ? .nearMiss($0) : nil }
    }

    /// The defect of the condition's operator, key, or values, as a clause, if any.
    private var ineffectiveReason: String? {
        let comparison = condition.operator.comparison
        let unreadable = condition.unreadableValues
        // With a negated operator, a single matching value makes the condition fail, regardless of the other values.
        let isDecided = comparison.isNegated && outcome == .no
        if comparison == .null || isUnknown || found.contains(where: condition.canCompare),
            !unreadable.isEmpty,
            !isDecided
        {
            return "\(condition.operator) cannot parse \(unreadable.joined(separator: ", "))"
        }
        if found.isEmpty, !isUnknown {
            return condition.hasUndocumentedKeyOfAWS && nearMiss == nil
                ? "AWS does not document the key \(condition.key), so every request may lack the key" : nil
        }
        if condition.comparesDateAsText, !comparison.isNegated {
            return "\(condition.operator) compares texts, and the value of \(condition.key) is a date"
        }
        guard comparison != .null, !found.isEmpty, !found.contains(where: condition.canCompare) else {
            return nil
        }
        let isNamed = found.contains { value in
            unreadable.contains { WildcardPattern($0.lowercased()).matches(value.lowercased()) }
        }
        guard unreadable.isEmpty || isNamed != comparison.isNegated else { return nil }
        return
            "\(condition.operator) cannot compare the value of \(condition.key) (\(found.joined(separator: ", ")))"
    }
}
