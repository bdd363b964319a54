import TestSupport
import Testing
import Transport

@testable import Azure

@Suite(.limited) struct SourceRetryPolicyTests {
    /// Returns the pauses if every attempt has the same outcome.
    private func pauses(_ policy: RetryPolicy, _ outcome: RetryPolicy.Outcome) -> [Duration] {
        var state = RetryState(policy)
        var elapsed = Duration.zero
        var pauses: [Duration] = []
        while pauses.count < 20, let pause = state.pause(after: outcome, elapsed: elapsed) {
            pauses.append(pause)
            elapsed += pause
        }
        return pauses
    }

    @Test(arguments: [404, 429])
    func `instance metadata is retried five times at growing intervals`(status: Int) {
        let expected: [Duration] = [.zero, .seconds(2), .seconds(6), .seconds(14), .seconds(30)]
        #expect(pauses(.imds, .answered(status: status)) == expected)
    }

    @Test(arguments: [500, 503])
    func `the pause after a server error of instance metadata is at least a second`(status: Int) {
        #expect(pauses(.imds, .answered(status: status)).first == .seconds(1))
    }

    @Test func `while instance metadata is updated, requests are retried for seventy seconds`() {
        #expect(pauses(.imds, .answered(status: 410)).reduce(.zero, +) == .seconds(70))
    }

    @Test(arguments: [200, 302, 400, 401, 403, 405])
    func `any other status is final`(status: Int) {
        #expect(pauses(.imds, .answered(status: status, retryAfter: .seconds(1))).isEmpty)
    }

    @Test func `Retry-After has precedence over the policy's pause`() {
        var state = RetryState(.imds)
        let pause = state.pause(after: .answered(status: 429, retryAfter: .seconds(40)), elapsed: .zero)
        #expect(pause == .seconds(40))
    }

    @Test(arguments: [Duration.seconds(3600), .seconds(Int.max)])
    func `a pause beyond the limit ends the retries`(retryAfter: Duration) {
        var state = RetryState(.imds)
        #expect(state.pause(after: .answered(status: 429, retryAfter: retryAfter), elapsed: .zero) == nil)
    }

    @Test func `a broken connection is retried once`() {
        #expect(pauses(.imds, .disconnected) == [.seconds(1)])
    }

    @Test(arguments: [RetryPolicy.Outcome.final, .timedOut])
    func `a final outcome is not retried`(outcome: RetryPolicy.Outcome) {
        #expect(pauses(.imds, outcome).isEmpty)
    }

    @Test func `waiting for an update does not use up other attempts`() {
        var state = RetryState(.imds)
        _ = state.pause(after: .answered(status: 410), elapsed: .zero)
        #expect(state.pause(after: .answered(status: 404), elapsed: .seconds(10)) == .zero)
    }
}
