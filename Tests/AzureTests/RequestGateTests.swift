import Federation
import Synchronization
import TestSupport
import Testing

@testable import Azure

@Suite struct RequestGateTests {
    @Test func `no more run at once than the endpoint bears`() async throws {
        let gate = RequestGate(concurrent: 5, perSecond: 1000, time: InstantTime())
        let crowd = Crowd()
        try await withThrowingTaskGroup { group in
            for _ in 0..<50 {
                group.addTask {
                    try await gate.pass {
                        crowd.enter()
                        for _ in 0..<20 { await Task.yield() }
                        crowd.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(crowd.most == 5)
    }

    @Test func `the twenty-first within a second waits for the second to end`() async throws {
        let time = InstantTime()
        let gate = RequestGate(concurrent: 5, perSecond: 20, time: time)
        for _ in 0..<20 { try await gate.pass {} }
        #expect(time.slept.isEmpty)
        try await gate.pass {}
        #expect(time.slept == [.seconds(1)])
    }

    @Test func `whoever is cancelled while waiting leaves the place to the next`() async throws {
        let time = ManualTime()
        let gate = RequestGate(concurrent: 1, perSecond: 1000, time: time)
        let first = Task { try await gate.pass { try await time.sleep(for: .seconds(1)) } }
        while time.sleeperCount == 0 { await Task.yield() }
        let second = Task { try await gate.pass {} }
        let third = Task { try await gate.pass {} }
        for _ in 0..<20 { await Task.yield() }
        second.cancel()
        time.advance(by: .seconds(1))
        try await first.value
        try await third.value
        await #expect(throws: CancellationError.self) { try await second.value }
    }
}

/// Counts how many are inside at once.
private final class Crowd: Sendable {
    private let state = Mutex((now: 0, most: 0))

    var most: Int { state.withLock { $0.most } }

    func enter() {
        state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
    }

    func leave() {
        state.withLock { $0.now -= 1 }
    }
}
