package import Federation

/// The mistake because of which a Deny statement does not match a token that the statement is, or may be, meant to deny.
package enum DenialMistake: Hashable, Sendable {
    /// A small difference between a condition and the request.
    case nearMiss(NearMiss)
    /// An operator that cannot match the request's value; the reason, as a clause.
    case operatorMismatch(reason: String)

    /// Finds the mistake of the first failed condition; `nil` if a condition fails without a mistake.
    ///
    /// - Parameters:
    ///   - outcome: The statement's outcome.
    ///   - statement: The statement.
    ///   - claims: The token's claims.
    package init?(in outcome: StatementVerdict, _ statement: TrustStatement, of claims: Claims) {
        guard outcome.effect == .deny, outcome.matchesAction,
            outcome.matchesPrincipal || statement.isIntended(for: claims)
        else { return nil }
        let failed = outcome.conditions.filter { $0.outcome == .no }
        let mistakes = failed.compactMap(\.denialMistake)
        guard let mistake = mistakes.first, mistakes.count == failed.count else { return nil }
        self = mistake
    }
}

extension ConditionVerdict {
    /// Whether a string operator compares the source address with a range that contains it.
    package var isRangeUnderEquals: Bool {
        guard condition.operator.comparison.comparesTexts, !condition.operator.comparison.isNegated,
            condition.foldedKey == "aws:sourceip", let address = found.first.flatMap(IPNetwork.init)
        else { return false }
        return condition.values.contains { $0.contains("/") && IPNetwork($0)?.contains(address) == true }
    }

    /// The mistake because of which this condition of a Deny statement fails for a request that the condition may be meant
    /// to match.
    fileprivate var denialMistake: DenialMistake? {
        if refusedClaim != nil { return nil }
        if isRangeUnderEquals {
            return .operatorMismatch(
                reason:
                    "\(condition.operator) compares texts, so that a range of addresses matches no address"
            )
        }
        if let reason = operatorMistake { return .operatorMismatch(reason: reason) }
        return nearMiss.flatMap { $0.isDenialMistake ? .nearMiss($0) : nil }
    }

    /// The reason that the condition's operator cannot match the request's value, as a clause.
    ///
    /// `nil` if the operator can compare the value, or if the condition's values are texts that exclude the request's value.
    private var operatorMistake: String? {
        let comparison = condition.operator.comparison
        guard comparison != .null, !found.isEmpty else { return nil }
        guard !found.contains(where: condition.canCompare) else {
            let isUnreadable = condition.unreadableValues.count == condition.values.count
            return isUnreadable && !comparison.isNegated
                ? "\(condition.operator) cannot parse \(condition.values.joined(separator: ", "))" : nil
        }
        let texts = condition.unreadableValues
        let isNamed = found.contains { value in
            texts.contains { WildcardPattern($0.lowercased()).matches(value.lowercased()) }
        }
        guard texts.isEmpty || isNamed != comparison.isNegated else { return nil }
        return
            "\(condition.operator) cannot compare the value of \(condition.key) (\(found.joined(separator: ", ")))"
    }
}
