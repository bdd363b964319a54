package import Federation
package import FoundationEssentials

extension Int {
    /// Truncates a number toward zero and clamps it to a range; NaN counts as zero.
    init(clamping value: Double, to range: ClosedRange<Int>) {
        self = Swift.min(Swift.max(Int(saturating: value), range.lowerBound), range.upperBound)
    }
}

/// Formats instants in UTC or in local time.
///
/// Instants outside the years 1 to 9999 are clamped to that range.
package struct ClockText: Hashable, Sendable {
    private let localTime: LocalTime
    package var isUTC: Bool

    package init(_ localTime: LocalTime, isUTC: Bool) {
        self.localTime = localTime
        self.isUTC = isUTC
    }

    /// `13:05:09`.
    package func time(_ date: Date) -> String {
        let second = localSecond(date)
        let ofDay = second - Self.day(of: second) * 86_400
        return [ofDay / 3600, ofDay / 60 % 60, ofDay % 60].map(Self.padded).joined(separator: ":")
    }

    /// `2026-11-23 13:05:09`.
    package func dateAndTime(_ date: Date) -> String {
        let day = Self.civil(day: Self.day(of: localSecond(date)))
        return "\(day.year)-\(Self.padded(day.month))-\(Self.padded(day.day)) \(time(date))"
    }

    /// `13:05` on the day of `now`, otherwise `2026-11-23 13:05`.
    package func timeOfDay(_ date: Date, seenFrom now: Date) -> String {
        let text = short(date, now: now)
        return text.contains(" ") ? text : String(text.dropLast(3))
    }

    /// `13:05:09` on the day of `now`, otherwise `2026-11-23 13:05`.
    package func short(_ date: Date, now: Date) -> String {
        if Self.day(of: localSecond(date)) == Self.day(of: localSecond(now)) { return time(date) }
        return String(dateAndTime(date).dropLast(3))
    }

    /// `UTC`, `UTC+02:00`.
    package func zoneName(at date: Date) -> String {
        let offset = isUTC ? 0 : localTime.offset(at: date)
        return offset == 0 ? "UTC" : "UTC" + LocalTime.text(ofOffset: offset)
    }

    private static func second(of date: Date) -> Int {
        Int(saturating: Instant(clamping: date).date.timeIntervalSince1970.rounded(.down))
    }

    private func localSecond(_ date: Date) -> Int {
        let second = Self.second(of: date)
        return isUTC ? second : second + localTime.offset(at: date)
    }

    private static func day(of second: Int) -> Int {
        second >= 0 ? second / 86_400 : (second + 1) / 86_400 - 1
    }

    private static func padded(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    /// Returns the date of a day counted from 1970-01-01, in the proleptic Gregorian calendar.
    ///
    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    private static func civil(day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        return (
            yearOfEra + era * 400 + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9,
            dayOfYear - (153 * month + 2) / 5 + 1
        )
    }
}

/// Formats durations in few columns.
package enum DurationColumn {
    /// Ten thousand years; longer durations show as this limit.
    private static let limit = Duration.longest.wholeSeconds

    /// `1d 04h`, `23h 05m`, `48m`, `9m 59s`, `42s`; at most seven columns below 100,000 days.
    ///
    /// Seconds show only below ten minutes, because each change costs a redraw.
    package static func text(_ duration: Duration) -> String {
        text(seconds: Double(duration.wholeSeconds))
    }

    /// Formats seconds like ``text(_:)``; a negative number shows as zero.
    static func text(seconds: Double) -> String {
        let seconds = Int(clamping: seconds, to: 0...limit)
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<600: return "\(seconds / 60)m \(padded(seconds % 60))s"
        case ..<3600: return "\(seconds / 60)m"
        case ..<86400: return "\(seconds / 3600)h \(padded(seconds / 60 % 60))m"
        case ..<8_640_000: return "\(seconds / 86400)d \(padded(seconds / 3600 % 24))h"
        default: return "\(seconds / 86400)d"
        }
    }

    /// Formats the largest unit alone: `3m`, `23h`, `2d`.
    static func largestUnit(seconds: Double) -> String {
        let seconds = Int(clamping: seconds, to: 0...limit)
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<3600: return "\(seconds / 60)m"
        case ..<86400: return "\(seconds / 3600)h"
        default: return "\(seconds / 86400)d"
        }
    }

    /// Formats the duration of a request: `118 ms`, `1.2 s`, `75 s`.
    package static func latency(_ duration: Duration) -> String {
        let milliseconds = max(0, duration.milliseconds)
        switch milliseconds {
        case ..<1000: return "\(milliseconds) ms"
        case ..<10_000: return "\(milliseconds / 1000).\(milliseconds / 100 % 10) s"
        default: return "\(milliseconds / 1000) s"
        }
    }

    private static func padded(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}

/// An instant that is shown relative to now.
package enum RelativeTime: Hashable, Sendable {
    /// The time left until the instant.
    case left(Date)
    /// The time since the instant, in its largest unit.
    case ago(Date)
    /// The time since the instant, as ``DurationColumn/text(_:)`` formats it.
    case lasting(Date)

    /// A century, in seconds; the text of a more distant instant is not updated.
    private static let longestInterval = 3_155_760_000.0

    package func text(at now: Date) -> String {
        switch self {
        case .left(let date):
            let left = date.timeIntervalSince(now)
            return left > 0 ? DurationColumn.text(seconds: left) : "expired"
        case .ago(let date):
            let elapsed = now.timeIntervalSince(date)
            return elapsed >= 1 ? DurationColumn.largestUnit(seconds: elapsed) + " ago" : "just now"
        case .lasting(let date):
            return DurationColumn.text(seconds: now.timeIntervalSince(date))
        }
    }

    /// Returns the first instant after `now` at which ``text(at:)`` may differ; `nil` if no update is needed.
    func nextChange(after now: Date) -> Date? {
        switch self {
        case .left(let date):
            let left = date.timeIntervalSince(now)
            guard left > 0, left < Self.longestInterval else { return nil }
            let step: Double = left <= 600 ? 1 : 60
            return max(date - (left / step).rounded(.down) * step, now + 0.001)
        case .ago(let date):
            let elapsed = now.timeIntervalSince(date)
            guard abs(elapsed) < Self.longestInterval else { return nil }
            let step: Double = elapsed < 60 ? 1 : 60
            return date + ((elapsed / step).rounded(.down) + 1) * step
        case .lasting(let date):
            let elapsed = now.timeIntervalSince(date)
            guard abs(elapsed) < Self.longestInterval else { return nil }
            let step: Double = elapsed < 600 ? 1 : 60
            return date + ((elapsed / step).rounded(.down) + 1) * step
        }
    }
}
