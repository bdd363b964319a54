package import Foundation

/// How instants are written: in which zone.
package struct ClockText: Hashable, Sendable {
    private let zone: TimeZone
    package var isUTC: Bool

    package init(zone: TimeZone, isUTC: Bool) {
        self.zone = zone
        self.isUTC = isUTC
    }

    /// `13:05:09`.
    package func time(_ date: Date) -> String {
        let second = localSecond(date)
        let ofDay = second - Int((Double(second) / 86400).rounded(.down)) * 86400
        return [ofDay / 3600, ofDay / 60 % 60, ofDay % 60].map(Self.padded).joined(separator: ":")
    }

    /// `2026-11-23 13:05:09`.
    package func dateAndTime(_ date: Date) -> String {
        let day = Self.civil(day: Int((Double(localSecond(date)) / 86400).rounded(.down)))
        return "\(day.year)-\(Self.padded(day.month))-\(Self.padded(day.day)) \(time(date))"
    }

    /// `UTC`, `UTC+02:00`.
    package func zoneName(at date: Date) -> String {
        let offset = isUTC ? 0 : zone.secondsFromGMT(for: date)
        if offset == 0 { return "UTC" }
        let minutes = abs(offset) / 60
        return "UTC\(offset < 0 ? "-" : "+")\(Self.padded(minutes / 60)):\(Self.padded(minutes % 60))"
    }

    private func localSecond(_ date: Date) -> Int {
        Int(date.timeIntervalSince1970.rounded(.down)) + (isUTC ? 0 : zone.secondsFromGMT(for: date))
    }

    private static func padded(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    /// The date of a day counted from 1970-01-01, by the proleptic Gregorian calendar.
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
