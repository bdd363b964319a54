import Federation
import Foundation
import Synchronization

/// A clock on which a pause takes no time to wait for: sleeping moves it and is noted.
final class InstantTime: TimeSource {
    private let start: Date
    private let pauses = Mutex<[Duration]>([])

    init(start: Date = Date(timeIntervalSince1970: 1_800_000_000)) {
        self.start = start
    }

    /// Every pause so far, in order.
    var slept: [Duration] { pauses.withLock { $0 } }

    var now: Date { start + uptime.seconds }

    var uptime: Duration { slept.reduce(.zero, +) }

    func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        pauses.withLock { $0.append(duration) }
    }
}
