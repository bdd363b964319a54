import Federation
import Foundation
import GRDB

// Conversions between stored numbers and instants. None of them traps: values outside the years 1 to 9999 are
// moved to the nearest end.

extension Date {
    /// Creates the instant of a stored number of seconds since 1970.
    init(storedSeconds seconds: Double) {
        // bounded: Instant(clamping:) moves it into the years 1 to 9999
        self = Instant(clamping: Date(timeIntervalSince1970: seconds)).date
    }

    /// Whether the instant lies in the years 1 to 9999.
    var isStorable: Bool { Instant(self) != nil }

    /// Seconds since 1970.
    var storedSeconds: Double {
        Date(storedSeconds: timeIntervalSince1970).timeIntervalSince1970
    }

    /// Whole microseconds since 1970.
    var microseconds: Int {
        Int(saturating: (storedSeconds * 1_000_000).rounded())
    }
}

extension Duration {
    /// Creates the duration of a stored number of seconds, from 0 to 31 years.
    init(storedSeconds seconds: Double) {
        self.init(clampingSeconds: min(max(seconds, 0), 1e9))
    }
}

extension Row {
    /// The value of a column; `nil` when it is absent or of another type.
    func value<Value: DatabaseValueConvertible>(_ column: String) -> Value? {
        let stored: DatabaseValue? = self[column]
        return stored.flatMap(Value.fromDatabaseValue)
    }
}
