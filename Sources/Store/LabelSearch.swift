import Federation
import GRDB
import Synchronization

/// One search for an expression in all labels, as a function of SQL.
final class LabelSearch: Sendable {
    /// Its name in a query.
    static let name = "searched_for"
    /// The steps of backtracking, a second or two; simple expressions need none.
    private static let patience = 10_000

    private let expression: SearchExpression
    private let patience = Mutex(patience)

    init(for expression: SearchExpression) {
        self.expression = expression
    }

    /// Whether the search stopped before the last label.
    var isExhausted: Bool { patience.withLock { $0 <= 0 } }

    /// The function, to be added to a connection while a query runs.
    var function: DatabaseFunction {
        DatabaseFunction(Self.name, argumentCount: 1) { values in
            guard let text = String.fromDatabaseValue(values[0]) else { return false }
            return self.patience.withLock { self.expression.range(in: text, budget: &$0) != nil }
        }
    }
}
