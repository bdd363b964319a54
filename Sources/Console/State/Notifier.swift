package import Federation
import Foundation
package import Propagation

/// What somebody who does not look at the screen is told, and how.
package struct Notification: Hashable, Sendable {
    package let watch: Watch
    package let ringsBell: Bool
    package let channel: NotificationChannel

    /// One short line, with nothing in it that a terminal could take for anything else.
    package var text: String {
        let outcome =
            switch watch.ending?.verdict {
            case .works: "works"
            case .cannot: "cannot work: \(watch.ending?.code ?? "")"
            case .timedOut: "did not work in time"
            case .stopped, nil: "is watched no more"
            }
        return VisibleText.oneLine("cambist: \(watch.mapping) \(outcome)", limit: 200)
    }
}

/// Decides whether an end is announced: as the configuration says, and not too often.
struct Notifier: Hashable, Sendable {
    /// So many in a minute; what is more can be read on the screen.
    private static let most = 5
    private static let window = 60.0

    private var ringsBell = true
    private var channel = NotificationChannel.osc9
    private var recent: [Date] = []

    mutating func use(_ settings: ConsoleSettings) {
        ringsBell = settings.ringsBell
        channel = settings.notification
    }

    /// What to tell of a watch that ended; `nil` when nothing is to be told.
    mutating func announcement(of watch: Watch, at now: Date) -> Notification? {
        guard let ending = watch.ending, ending.verdict != .stopped, ringsBell || channel != .off else {
            return nil
        }
        recent.removeAll { now.timeIntervalSince($0) >= Self.window || $0 > now }
        guard recent.count < Self.most else { return nil }
        recent.append(now)
        return Notification(watch: watch, ringsBell: ringsBell, channel: channel)
    }
}
