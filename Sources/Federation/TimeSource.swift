package import struct Foundation.Date

/// The clock: the machine's in the program, a manual one in tests.
package protocol TimeSource: Sendable {
    /// The wall clock.
    var now: Date { get }
    /// The time since an arbitrary start; it never jumps, hence measures durations.
    var uptime: Duration { get }
    /// Returns after `duration`, or throws `CancellationError` as soon as the task is canceled.
    func sleep(for duration: Duration) async throws
}
