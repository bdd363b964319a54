package import Foundation

/// An instant as it is told relative to now, with the moment when the words for it change.
package enum RelativeTime: Hashable, Sendable {
    /// Time left until it.
    case left(Date)
    /// Time gone since it, by the minute.
    case ago(Date)
    /// How long something lasts that began then, by the second.
    case lasting(Date)

    package func text(at now: Date) -> String {
        switch self {
        case .left(let date):
            let left = date.timeIntervalSince(now)
            return left <= 0 ? "expired" : DurationColumn.text(.seconds(left))
        case .ago(let date):
            let gone = now.timeIntervalSince(date)
            return gone < 60 ? "just now" : DurationColumn.unit(.seconds(gone)) + " ago"
        case .lasting(let date):
            return DurationColumn.text(.seconds(max(0, now.timeIntervalSince(date))))
        }
    }

    /// The first instant after `now` at which ``text(at:)`` may differ; `nil` when it stays.
    func nextChange(after now: Date) -> Date? {
        switch self {
        case .left(let date):
            let left = date.timeIntervalSince(now)
            if left <= 0 { return nil }
            let step: Double = left <= 600 ? 1 : 60
            return max(date - (left / step).rounded(.down) * step, now + 0.001)
        case .ago(let date):
            return date + ((now.timeIntervalSince(date) / 60).rounded(.down) + 1) * 60
        case .lasting(let date):
            let gone = now.timeIntervalSince(date)
            let step: Double = gone < 600 ? 1 : 60
            return date + ((gone / step).rounded(.down) + 1) * step
        }
    }
}
