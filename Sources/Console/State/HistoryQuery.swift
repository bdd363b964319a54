package import Federation

/// What of the past is asked for; the store looks for all of it.
package struct HistoryQuery: Hashable, Sendable {
    /// Each must occur in a name, in the token's fingerprint, or in the failure's code or message.
    package let words: [String]
    /// Must be found in a name, or in the failure.
    package let expression: SearchExpression?
    /// `ok` or `failed`; `nil` for both.
    package let outcome: StepOutcome?
    /// Whether nothing can match it, so that nobody is asked.
    let isVain: Bool

    init(_ filter: Filter) {
        words = filter.plainWords
        expression = filter.expression
        let wanted = [StepOutcome.ok, .failed].filter { outcome in
            filter.wantedStates.allSatisfy(outcome.rawValue.hasPrefix)
        }
        outcome = wanted.count == 1 ? wanted[0] : nil
        isVain = filter.isBroken || !filter.wantedTags.isEmpty || wanted.isEmpty
    }

    /// Whether an exchange is what is asked for, as the store sees it.
    func matches(_ record: ExchangeRecord) -> Bool {
        if isVain || outcome.map({ $0 != record.outcome }) ?? false { return false }
        let failure = record.failure.map { "\($0.code) \($0.message)" }
        let names = [record.mapping, record.identity, record.roleARN.description, failure].compactMap(\.self)
        let texts = (names + [record.token?.fingerprint].compactMap(\.self)).map { $0.lowercased() }
        return words.allSatisfy { word in texts.contains { $0.contains(word) } }
            && (expression.map { sought in names.contains { sought.range(in: $0) != nil } } ?? true)
    }
}

/// A page of the past that is asked for.
package struct HistoryPage: Hashable, Sendable {
    package let query: HistoryQuery
    package let place: HistoryPlace
    /// How many exchanges at most.
    package let limit: Int
}

/// A page with the number of the request for it.
struct HistoryPageRequest: Hashable, Sendable {
    let request: Request
    let page: HistoryPage
}

/// Why the past cannot be read.
package struct HistoryProblem: Error, Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }
}
