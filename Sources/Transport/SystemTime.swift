import Dispatch
package import Federation
package import FoundationEssentials
import Glibc

/// The system clocks.
///
/// Other code reads a system clock only for NIO's deadlines.
package struct SystemTime: TimeSource {
    private static let start = ContinuousClock.now

    package init() {}

    package var now: Date { Date() }

    package var uptime: Duration { Self.start.duration(to: .now) }

    /// The monotonic clock that all processes on this host share, in microseconds.
    package static var monotonicMicroseconds: UInt64 {
        var time = timespec()
        guard clock_gettime(CLOCK_MONOTONIC, &time) == 0 else { return 0 }
        return UInt64(clamping: time.tv_sec) &* 1_000_000 &+ UInt64(clamping: time.tv_nsec) / 1000
    }

    package func sleep(for duration: Duration) async throws {
        try await ContinuousClock().sleep(for: duration)
    }

    package func sleep(for duration: Duration, orUntil date: Date) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await sleep(for: duration) }
            group.addTask { await wallClock(reaches: date) }
            defer { group.cancelAll() }
            try await group.next()
        }
        try Task.checkCancellation()
    }

    /// Returns as soon as the wall clock shows `date` or the task is canceled.
    private func wallClock(reaches date: Date) async {
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        let timer = DispatchSource.makeTimerSource()
        timer.setEventHandler { continuation.finish() }
        timer.schedule(wallDeadline: Self.wallTime(of: date))
        timer.activate()
        for await _ in stream {}
        timer.cancel()
    }

    /// Returns the date in whole seconds, limited to the range that Dispatch supports.
    ///
    /// Dispatch counts nanoseconds, which overflow in the year 2262. A timer for a time before 1970-01-01T00:00:01Z
    /// would never fire.
    private static func wallTime(of date: Date) -> DispatchWallTime {
        let seconds = Int(saturating: date.timeIntervalSince1970.rounded(.up))
        return DispatchWallTime(timespec: timespec(tv_sec: min(max(seconds, 1), 9_000_000_000), tv_nsec: 0))
    }
}

extension LocalTime {
    /// The time zone of this host, from `TZ` or `/etc/localtime`.
    ///
    /// The C library determines the offset, because FoundationEssentials has no zones with daylight saving time.
    package static let host = LocalTime(name: "host") { date in
        var seconds = time_t(saturating: date.timeIntervalSince1970.rounded(.down))
        var parts = tm()
        return localtime_r(&seconds, &parts) == nil ? 0 : parts.tm_gmtoff
    }
}
