import ArgumentParser
import Federation
import FoundationEssentials

/// An instant in an option: a date or a time in ISO 8601, or a duration before now.
enum InstantOption: Hashable, Sendable {
    /// The values that the option accepts.
    static let accepted =
        "accepted: 2026-01-31, 2026-01-31T12:00:00Z (years 1 to 9999), or a duration up to \(longestText), such as 90m or 7d"
    private static let longestText = "36525d"
    private static let longest = Duration.seconds(36_525 * 86_400)
    /// The instants of the years 1 to 9999.
    private static let range = -62_135_596_800.0...253_402_300_799

    case instant(Date)
    case ago(Duration)

    /// Reads `2026-01-31` (the start of this day in UTC), `2026-01-31T12:00:00Z` (or an offset in place of `Z`), `90m`,
    /// or `7d`.
    ///
    /// - Throws: `ValidationError` with the accepted values.
    init(option text: String) throws {
        guard let moment = Self.read(text) else { throw ValidationError(Self.accepted) }
        self = moment
    }

    private static func read(_ text: String) -> InstantOption? {
        let day = Date.ISO8601FormatStyle().year().month().day()
        let fractional = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        if let duration = DurationText.parse(text) { return duration <= longest ? .ago(duration) : nil }
        let date =
            (try? Date(text, strategy: .iso8601)) ?? (try? fractional.parse(text))
            ?? (text.utf8.count == 10 ? try? day.parse(text) : nil)
        return date.flatMap { isInRange($0) ? .instant($0) : nil }
    }

    /// Whether a date is in the years 1 to 9999.
    static func isInRange(_ date: Date) -> Bool { range.contains(date.timeIntervalSince1970) }

    /// The instant; a duration is relative to `now`.
    func date(at now: Date) -> Date {
        switch self {
        case .instant(let date): date
        case .ago(let duration): now - duration.seconds
        }
    }
}

/// A duration in an option, with the range that the option accepts.
struct BoundedDurationOption: Sendable {
    let value: Duration

    /// Reads `90s`, `15m`, `1h30m`, or `2d`.
    ///
    /// - Throws: `ValidationError` with the accepted range.
    init(option text: String, in range: ClosedRange<Duration>) throws {
        guard let value = DurationText.parse(text), range.contains(value) else {
            let (shortest, longest) = (
                DurationText.format(range.lowerBound), DurationText.format(range.upperBound)
            )
            throw ValidationError("accepted: \(shortest) to \(longest), such as 30m or 1h30m")
        }
        self.value = value
    }
}
