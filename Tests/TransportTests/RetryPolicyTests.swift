import Federation
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Transport

@Suite(.limited) struct RetryPolicyTests {
    private static let simple: RetryPolicy = {
        var policy = RetryPolicy(pauses: [.seconds(1), .seconds(2)])
        policy.statuses = [503]
        return policy
    }()

    /// Runs a policy whose attempts have these outcomes in turn and then the last one repeatedly.
    private func run(
        _ policy: RetryPolicy,
        _ outcomes: [RetryPolicy.Outcome]
    ) async -> (attempts: Int, pauses: [Duration]) {
        let time = InstantTime()
        let count = Mutex(0)
        let attempts = await policy.run(time: time) {
            let number = count.withLock { count in
                count += 1
                return count
            }
            return (outcomes[min(number, outcomes.count) - 1], number)
        }
        return (attempts, time.slept)
    }

    @Test func `a transient status is retried until the pauses are used up`() async {
        let (attempts, pauses) = await run(Self.simple, [.answered(status: 503)])
        #expect(attempts == 3 && pauses == [.seconds(1), .seconds(2)])
    }

    @Test func `the value of the last attempt is returned`() async {
        let (attempts, pauses) = await run(Self.simple, [.answered(status: 503), .answered(status: 200)])
        #expect(attempts == 2 && pauses == [.seconds(1)])
    }

    @Test(arguments: [RetryPolicy.Outcome.final, .answered(status: 400), .timedOut])
    func `other outcomes are final`(outcome: RetryPolicy.Outcome) async {
        #expect(await run(Self.simple, [outcome]).attempts == 1)
    }

    @Test func `the last pause repeats until the limit if the policy requires it`() async {
        var policy = RetryPolicy(pauses: [.seconds(1), .seconds(4)])
        policy.repeatsLastPause = true
        policy.limit = .seconds(20)
        let (_, pauses) = await run(policy, [.pending])
        #expect(pauses == [.seconds(1), .seconds(4), .seconds(4), .seconds(4), .seconds(4)])
    }

    @Test(
        arguments: [
            (nil, [.zero, .seconds(2), .seconds(6), .seconds(14), .seconds(30)]),
            (.seconds(10), [.zero, .seconds(2), .seconds(6)]), (.seconds(1), [.zero]),
        ] as [(Duration?, [Duration])]
    )
    func `a diagnosis ends the retries early`(limit: Duration?, expected: [Duration]) async {
        var policy = RetryPolicy(pauses: [.zero, .seconds(2), .seconds(6), .seconds(14), .seconds(30)])
        policy.statuses = [500]
        let pauses = await RetryPolicy.$diagnosisLimit.withValue(limit) {
            await run(policy, [.answered(status: 500)]).pauses
        }
        #expect(pauses == expected)
    }

    @Test func `a code is retried with any status, and a message only with its code`() {
        var policy = Self.simple
        policy.codes = ["SlowDown"]
        policy.messages = [("Invalid", "retrieve key")]
        for (outcome, isRetried) in [
            (RetryPolicy.Outcome.answered(status: 400, code: "SlowDown"), true),
            (.answered(status: 400, code: "Invalid", message: "cannot retrieve key"), true),
            (.answered(status: 400, code: "Invalid", message: "no"), false),
            (.answered(status: 400, code: "Other", message: "cannot retrieve key"), false),
        ] {
            var state = RetryState(policy)
            #expect((state.pause(after: outcome, elapsed: .zero) != nil) == isRetried)
        }
    }

    @Test func `a retry policy can have separate pauses for failed connections`() {
        var policy = Self.simple
        policy.reconnectPauses = [.seconds(7)]
        var state = RetryState(policy)
        #expect(state.pause(after: .disconnected, elapsed: .zero) == .seconds(7))
        #expect(state.pause(after: .disconnected, elapsed: .zero) == nil)
        #expect(state.pause(after: .answered(status: 503), elapsed: .zero) == .seconds(1))
    }

    @Test func `a canceled pause ends the retries`() async {
        let time = ManualTime()
        let attempts = Mutex(0)
        let task = Task {
            await Self.simple.run(time: time) {
                (.answered(status: 503), attempts.withLock { $0 += 1 })
            }
        }
        await time.waitForSleeper()
        task.cancel()
        await task.value
        #expect(attempts.withLock(\.self) == 1)
    }

    @Test func `an empty quota ends the retries of all callers`() {
        var policy = RetryPolicy(pauses: Array(repeating: .zero, count: 1000))
        policy.statuses = [503]
        policy.quota = RetryQuota()
        var retries = 0
        for _ in 0..<3 {
            var state = RetryState(policy)
            while state.pause(after: .answered(status: 503), elapsed: .zero) != nil { retries += 1 }
        }
        #expect(retries == 100)
    }

    @Test(arguments: [(Duration.seconds(10), true), (.seconds(12), true), (.seconds(13), false)])
    func `a timeout is repeated only while little time has passed`(elapsed: Duration, isRepeated: Bool) {
        var policy = RetryPolicy(pauses: [.seconds(1)])
        policy.retriesTimeouts = true
        var state = RetryState(policy)
        #expect((state.pause(after: .timedOut, elapsed: elapsed) != nil) == isRepeated)
    }
}
