import Federation
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Azure

@Suite(.limited) struct RequestGateTests {
    @Test func `concurrent requests are limited`() async throws {
        let gate = RequestGate(concurrent: 5, perSecond: 1000, time: InstantTime())
        let counter = Counter()
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let (release, releaser) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup { group in
            for _ in 0..<50 {
                group.addTask {
                    try await gate.run {
                        counter.enter()
                        start.yield()
                        for await _ in release { break }
                        counter.leave()
                    }
                }
            }
            // All but the five that run are queued before the first one ends.
            await gate.semaphore.waitForQueue(45)
            var begun = started.makeAsyncIterator()
            for _ in 0..<5 { await begun.next() }
            for _ in 0..<50 { releaser.yield() }
            releaser.finish()
            try await group.waitForAll()
        }
        #expect(counter.most == 5)
    }

    @Test func `the twenty-first request within a second waits until the second is over`() async throws {
        let time = InstantTime()
        let gate = RequestGate(concurrent: 5, perSecond: 20, time: time)
        for _ in 0..<20 { try await gate.run {} }
        #expect(time.slept.isEmpty)
        try await gate.run {}
        #expect(time.slept == [.seconds(1)])
    }

    @Test func `a request that is canceled in the queue passes its place to the next`() async throws {
        let time = ManualTime()
        let gate = RequestGate(concurrent: 1, perSecond: 1000, time: time)
        let first = Task { try await gate.run { try await time.sleep(for: .seconds(1)) } }
        while time.sleeperCount == 0 { await Task.yield() }
        let second = Task { try await gate.run {} }
        let third = Task { try await gate.run {} }
        await gate.semaphore.waitForQueue(2)
        second.cancel()
        time.advance(by: .seconds(1))
        try await first.value
        try await third.value
        await #expect(throws: CancellationError.self) { try await second.value }
    }
}

/// Counts concurrent entries.
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
