import Federation
package import Foundation
import Synchronization

/// A clock whose sleeps return at once, advance the time, and are recorded.
package final class InstantTime: TimeSource {
    private let start: Date
    private let pauses = Mutex<[Duration]>([])

    package init(start: Date = Date(timeIntervalSince1970: 1_800_000_000)) {
        self.start = start
    }

    /// The durations of all sleeps so far, in order.
    package var slept: [Duration] { pauses.withLock { $0 } }

    package var now: Date { start + uptime.seconds }

    package var uptime: Duration { slept.reduce(.zero, +) }

    package func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        pauses.withLock { $0.append(duration) }
    }
}
