import Federation
import GRDB
import Synchronization

/// One search for an expression in all labels, as a function of SQL.
final class LabelSearch: Sendable {
    /// What it is called in a query.
    static let name = "searched_for"
    /// A second or two of backtracking; expressions that do little of it take nothing from it.
    private static let patience = 10_000

    private let expression: SearchExpression
    private let patience = Mutex(patience)

    init(for expression: SearchExpression) {
        self.expression = expression
    }

    /// Whether the labels could not be looked through to the end.
    var hasGivenUp: Bool { patience.withLock { $0 <= 0 } }

    /// To be known to a connection while a query runs.
    var function: DatabaseFunction {
        DatabaseFunction(Self.name, argumentCount: 1) { values in
            guard let text = String.fromDatabaseValue(values[0]) else { return false }
            return self.patience.withLock { self.expression.range(in: text, budget: &$0) != nil }
        }
    }
}
