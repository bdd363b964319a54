import Federation
import Foundation

/// A value of a directory that is written in one place and read in others, each of which lags behind.
struct Versioned<Value: Sendable>: Sendable {
    private var versions: [(value: Value?, written: Date)] = []

    /// A value that every reader has had for ever.
    init(settled value: Value) {
        versions = [(value, .distantPast)]
    }

    /// A value written now.
    init(_ value: Value, at date: Date) {
        versions = [(value, date)]
    }

    /// What the writer sees: the newest version, `nil` when that is a deletion.
    var newest: Value? {
        versions.last?.value
    }

    /// When the newest version was written.
    var written: Date {
        versions.last?.written ?? .distantPast
    }

    /// What a reader that lags behind by `lag` sees at `date`.
    func value(at date: Date, lag: Duration) -> Value? {
        versions.last { date.since($0.written) >= lag }?.value
    }

    /// Writes another version; `nil` deletes.
    mutating func write(_ value: Value?, at date: Date) {
        versions.append((value, date))
    }
}
