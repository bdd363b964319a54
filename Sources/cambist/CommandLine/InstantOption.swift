import ArgumentParser
import Federation
import FoundationEssentials

/// An instant as the value of an option: a date or a time in ISO 8601, or an age such as `90m`.
enum InstantOption: Hashable, Sendable {
    static let accepted =
        "accepted: 2026-01-31, 2026-01-31T12:00:00Z (years 1 to 9999), or a duration up to \(longestText), such as 90m or 7d"
    private static let longestText = "36525d"
    private static let longest = Duration.seconds(36_525 * 86_400)
    /// The instants of the years 1 to 9999.
    private static let range = -62_135_596_800.0...253_402_300_799

    case instant(Date)
    case ago(Duration)

    /// Parses a date (`2026-01-31`), a time (`2026-01-31T12:00:00Z`), or an age (`90m`, `7d`).
    ///
    /// A date means the start of the day in UTC. A time can have an offset instead of `Z`.
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

    /// Returns whether a date is in the years 1 to 9999.
    static func isInRange(_ date: Date) -> Bool { range.contains(date.timeIntervalSince1970) }

    /// Returns the instant; an age counts back from `now`.
    func date(at now: Date) -> Date {
        switch self {
        case .instant(let date): date
        case .ago(let duration): now - duration.seconds
        }
    }
}

/// A duration as the value of an option with a limited range.
struct BoundedDurationOption: Sendable {
    let value: Duration

    /// Parses a duration such as `90s`, `15m`, `1h30m`, or `2d`.
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
