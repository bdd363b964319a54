import Federation
package import Foundation

/// A client's clock whose pauses advance the manual clock of the lab that it calls.
package struct SteppingTime: TimeSource {
    package let clock: ManualTime

    package init(clock: ManualTime) {
        self.clock = clock
    }

    package var now: Date { clock.now }
    package var uptime: Duration { clock.uptime }

    package func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        clock.advance(by: duration)
    }
}
