import Federation
import Synchronization

/// A search for a regular expression in the labels, as an SQL function.
///
/// A label is the name of a mapping or an identity, the ARN of a role, or the code and message of a failure. The file
/// stores each label once.
final class LabelSearch: Sendable {
    /// The name of the function in queries.
    static let name = "searched_for"
    /// The maximum number of regex engine steps per query, which take about 1–2 s.
    ///
    /// Searches with little backtracking do not count.
    private static let budget = 100_000_000

    private let expression: SearchExpression
    private let budget = Mutex(budget)

    init(for expression: SearchExpression) {
        self.expression = expression
    }

    /// Whether the search stopped at the maximum number of steps.
    var isExhausted: Bool { budget.withLock { $0 <= 0 } }

    /// The function; a connection has this function only during a query.
    var function: SQLFunction {
        SQLFunction(name: Self.name, argumentCount: 1) { values in
            guard let text = values[0].text else { return false }
            return self.budget.withLock { self.expression.range(in: text, budget: &$0) != nil }
        }
    }
}

/// A search for the terms of a filter, as an SQL function of a term's number and a text.
struct TermSearch: Sendable {
    /// The name of the function in queries.
    static let name = "matches_term"

    let terms: [HistoryTerm]

    /// The function; a connection has this function only during a query.
    var function: SQLFunction {
        SQLFunction(name: Self.name, argumentCount: 2) { [terms] values in
            guard let number = values[0].integer, terms.indices.contains(number), let text = values[1].text
            else { return false }
            return terms[number].matches(text)
        }
    }
}
