import Federation
import FoundationEssentials

// Conversions between stored numbers and dates. The conversions clamp dates to the years 1 to 9999 and never trap.

extension Date {
    /// Creates a date from stored seconds since 1970.
    init(storedSeconds seconds: Double) {
        // bounded: Instant(clamping:) limits the value to the years 1 to 9999
        self = Instant(clamping: Date(timeIntervalSince1970: seconds)).date
    }

    /// Whether the date is between the years 1 and 9999.
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
    /// Creates a duration from stored seconds, limited to 0…1e9 s (31 years).
    init(storedSeconds seconds: Double) {
        self.init(clampingSeconds: min(max(seconds, 0), 1e9))
    }
}
