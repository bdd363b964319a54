package import struct FoundationEssentials.Date

/// A source of time: the system clocks in production, a manual clock in tests.
package protocol TimeSource: Sendable {
    /// The wall clock.
    var now: Date { get }
    /// The monotonic time since an arbitrary start, for measuring durations.
    var uptime: Duration { get }
    /// Returns after `duration`, or throws `CancellationError` as soon as the task is canceled.
    func sleep(for duration: Duration) async throws
    /// Returns after `duration`, or earlier as soon as the wall clock is at or past `date`.
    ///
    /// - Throws: `CancellationError` as soon as the task is canceled.
    func sleep(for duration: Duration, orUntil date: Date) async throws
}

extension TimeSource {
    /// Ignores changes of the wall clock during the sleep.
    ///
    /// A type with a clock that can be set needs its own implementation.
    package func sleep(for duration: Duration, orUntil date: Date) async throws {
        try await sleep(for: min(duration, date.since(now)))
    }
}

/// Returns the operation's value, or `nil` if the limit passes or the task is canceled first.
///
/// After the result `nil`, the operation continues, and its value is ignored.
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
