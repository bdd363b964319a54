import ArgumentParser
import Federation
import Foundation

/// An instant as an option names it: a date or a time of day in ISO 8601, or how long ago.
enum Moment: Hashable, Sendable {
    case instant(Date)
    case ago(Duration)

    /// The instant that is meant at `now`.
    func date(at now: Date) -> Date {
        switch self {
        case .instant(let date): date
        case .ago(let duration): now - duration.seconds
        }
    }
}

extension Moment: ExpressibleByArgument {
    /// Reads `2026-01-31` (its start in UTC), `2026-01-31T12:00:00Z` or with another offset, `90m`, `7d`.
    init?(argument: String) {
        let day = Date.ISO8601FormatStyle().year().month().day()
        let fractional = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        if let duration = DurationText.parse(argument) {
            self = .ago(duration)
        } else if let date = try? Date(argument, strategy: .iso8601) {
            self = .instant(date)
        } else if let date = try? fractional.parse(argument) {
            self = .instant(date)
        } else if argument.utf8.count == 10, let date = try? day.parse(argument) {
            self = .instant(date)
        } else {
            return nil
        }
    }
}
