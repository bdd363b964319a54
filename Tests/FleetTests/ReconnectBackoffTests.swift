import TestSupport
import Testing

@testable import Fleet

/// The pauses between attempts to reach the database.
@Suite(.limited) struct ReconnectBackoffTests {
    @Test func `pauses double from one second to one minute`() {
        var backoff = ReconnectBackoff()
        let pauses = (0..<8).map { _ in backoff.pause(jitter: 1) }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
    }

    @Test func `jitter halves a pause at most`() {
        var backoff = ReconnectBackoff()
        #expect(backoff.pause(jitter: 0) == .milliseconds(500))
        #expect(backoff.pause(jitter: 0.5) == .milliseconds(1500))
    }

    @Test func `a success starts again`() {
        var backoff = ReconnectBackoff()
        for _ in 0..<5 { _ = backoff.pause(jitter: 1) }
        backoff.reset()
        #expect(backoff.pause(jitter: 1) == .seconds(1))
    }
}
