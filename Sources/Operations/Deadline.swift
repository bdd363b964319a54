package import Federation

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
