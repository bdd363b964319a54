import Foundation

extension Date {
    /// The instant in UTC to the whole second, as AWS and ISO 8601 write it: `2026-01-31T12:00:00Z`.
    ///
    /// The same text as `formatted(.iso8601)`, without the calendars that takes, which cost a short-lived program
    /// more than all else it does with a date.
    package var utcText: String {
        var seconds = time_t(timeIntervalSince1970.rounded(.down))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map(Int.init)
        return date.map(Self.padded).joined(separator: "-") + "T"
            + time.map(Self.padded).joined(separator: ":")
            + "Z"
    }

    private static func padded(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
