/// The pauses between attempts to reach the database: from one second, doubled up to one minute, with jitter.
struct ReconnectBackoff {
    private static let longest = Duration.seconds(60)
    private var next = Duration.seconds(1)

    /// Returns the pause before the next attempt; `jitter` in 0…1 selects it from the upper half of the interval.
    mutating func pause(jitter: Double) -> Duration {
        defer { next = min(next * 2, Self.longest) }
        return next * (0.5 + jitter / 2)
    }

    /// Starts again after a success.
    mutating func reset() { self = ReconnectBackoff() }
}
