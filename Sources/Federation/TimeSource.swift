package import struct Foundation.Date

/// Where the time comes from: the machine's clock in the program, a manual one in tests.
package protocol TimeSource: Sendable {
    /// The wall clock.
    var now: Date { get }
    /// Time since an arbitrary start that never jumps; measures how long something took.
    var uptime: Duration { get }
    /// Returns after `duration`, or throws `CancellationError` as soon as the task is cancelled.
    func sleep(for duration: Duration) async throws
}

extension Duration {
    /// Seconds with their fraction.
    package var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }

    /// Whole milliseconds, rounded down.
    package var milliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}

extension Date {
    /// The time from `earlier` until this instant; negative when `earlier` is the later one.
    package func since(_ earlier: Date) -> Duration {
        .seconds(timeIntervalSince(earlier))
    }
}
