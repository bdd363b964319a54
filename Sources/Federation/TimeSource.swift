package import struct FoundationEssentials.Date

/// A source of time: the system clocks in production, a manual clock in tests.
package protocol TimeSource: Sendable {
    /// The wall clock.
    var now: Date { get }
    /// The time since an arbitrary start, monotonic; used to measure durations.
    var uptime: Duration { get }
    /// Returns after `duration`, or throws `CancellationError` as soon as the task is canceled.
    func sleep(for duration: Duration) async throws
    /// Returns after `duration`, or as soon as the wall clock reaches `date`, even if the clock was set to reach it.
    ///
    /// - Throws: `CancellationError` as soon as the task is canceled.
    func sleep(for duration: Duration, orUntil date: Date) async throws
}

extension TimeSource {
    /// Ignores changes of the wall clock during the sleep; a type whose clock can be set replaces this implementation.
    package func sleep(for duration: Duration, orUntil date: Date) async throws {
        try await sleep(for: min(duration, date.since(now)))
    }
}

/// Returns the operation's value, or `nil` when the limit passes or the task is canceled first.
///
/// The operation then continues, and its value is ignored.
package func withDeadline<Value: Sendable>(
    _ limit: Duration,
    time: any TimeSource,
    _ operation: @escaping @Sendable () async -> Value
) async -> Value? {
    let (results, continuation) = AsyncStream.makeStream(of: Value?.self)
    Task { continuation.yield(await operation()) }
    let alarm = Task { if (try? await time.sleep(for: limit)) != nil { continuation.yield(nil) } }
    defer { alarm.cancel() }
    for await result in results { return result }
    return nil
}
