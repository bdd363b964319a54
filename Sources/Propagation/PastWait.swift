package import Federation

package import struct Foundation.Date

/// How long one cause was waited for: what estimates are learned from.
package struct PastWait: Hashable, Sendable, Codable {
    package let mapping: RoleMapping.ID
    package let cause: WatchCause
    package let began: Date
    /// How long, in the clouds' time: what a fast lab shows is multiplied by its speed.
    package let duration: Duration
    /// Whether the cause passed; else it was given up or still lasts, and only the least duration is known.
    package let isComplete: Bool

    package init(
        mapping: RoleMapping.ID,
        cause: WatchCause,
        began: Date,
        duration: Duration,
        isComplete: Bool
    ) {
        self.mapping = mapping
        self.cause = cause
        self.began = began
        self.duration = duration
        self.isComplete = isComplete
    }
}

/// The waiting for one cause, as a watch sees it.
struct WaitSpan: Hashable, Sendable, Codable {
    let cause: WatchCause
    let began: Date
    /// Since when it seems to be over; `nil` while it lasts.
    var passed: Date?

    /// The wait as it is to be kept, over or not at `now`.
    func wait(of mapping: RoleMapping.ID, isComplete: Bool, now: Date, pace: PropagationTiming) -> PastWait {
        let end = isComplete ? passed ?? now : now
        return PastWait(
            mapping: mapping,
            cause: cause,
            began: began,
            duration: max(.zero, end.since(began)) * pace.speed,
            isComplete: isComplete
        )
    }
}
