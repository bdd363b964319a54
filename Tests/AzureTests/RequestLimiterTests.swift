import Federation
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Azure

@Suite(.limited) struct RequestLimiterTests {
    @Test func `concurrent requests are limited`() async throws {
        let limiter = RequestLimiter(concurrent: 5, perSecond: 1000, time: InstantTime())
        let counter = Counter()
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let (release, releaser) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup { group in
            for _ in 0..<50 {
                group.addTask {
                    try await limiter.run {
                        counter.enter()
                        start.yield()
                        for await _ in release { break }
                        counter.leave()
                    }
                }
            }
            // All but the five that run are queued before the first one ends.
            await limiter.semaphore.waitForQueue(45)
            var begun = started.makeAsyncIterator()
            for _ in 0..<5 { await begun.next() }
            for _ in 0..<50 { releaser.yield() }
            releaser.finish()
            try await group.waitForAll()
        }
        #expect(counter.most == 5)
    }

    @Test func `the twenty-first request within a second waits until the second ends`() async throws {
        let time = InstantTime()
        let limiter = RequestLimiter(concurrent: 5, perSecond: 20, time: time)
        for _ in 0..<20 { try await limiter.run {} }
        #expect(time.slept.isEmpty)
        try await limiter.run {}
        #expect(time.slept == [.seconds(1)])
    }

    @Test func `a request that is canceled in the queue does not delay the next one`() async throws {
        let time = ManualTime()
        let limiter = RequestLimiter(concurrent: 1, perSecond: 1000, time: time)
        let first = Task { try await limiter.run { try await time.sleep(for: .seconds(1)) } }
        await time.waitForSleeper()
        let second = Task { try await limiter.run {} }
        let third = Task { try await limiter.run {} }
        await limiter.semaphore.waitForQueue(2)
        second.cancel()
        time.advance(by: .seconds(1))
        try await first.value
        try await third.value
        await #expect(throws: CancellationError.self) { try await second.value }
    }
}

/// Counts concurrent requests.
private final class Counter: Sendable {
    private let state = Mutex((now: 0, most: 0))

    var most: Int { state.withLock { $0.most } }

    func enter() {
        state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
    }

    func leave() {
        state.withLock { $0.now -= 1 }
    }
}
