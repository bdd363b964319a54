import Federation
package import Foundation

/// The system clocks; no other code reads them.
package struct SystemTime: TimeSource {
    private static let start = ContinuousClock.now

    package init() {}

    package var now: Date { Date() }

    package var uptime: Duration { Self.start.duration(to: .now) }

    package func sleep(for duration: Duration) async throws {
        try await ContinuousClock().sleep(for: duration)
    }
}
