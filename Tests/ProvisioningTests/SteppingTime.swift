import Federation
import Foundation
import TestSupport

/// The clock of a client whose pauses move the clock of the lab that it talks to.
struct SteppingTime: TimeSource {
    let clock: ManualTime

    var now: Date { clock.now }
    var uptime: Duration { clock.uptime }

    func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        clock.advance(by: duration)
    }
}
