import TestSupport
import Testing
import Transport

@testable import AWS

@Suite(.limited) struct AWSRetryPolicyTests {
    private func pause(after outcome: RetryPolicy.Outcome) -> Duration? {
        var state = RetryState(.aws(RetryQuota()))
        return state.pause(after: outcome, elapsed: .zero)
    }

    @Test(
        arguments: [
            (500, "InternalFailure"), (503, "ServiceUnavailable"), (400, "Throttling"),
            (429, "TooManyRequestsException"),
            (400, "IDPCommunicationError"), (400, "RequestTimeout"), (502, nil),
        ] as [(Int, String?)]
    )
    func `transient errors are retried`(_ status: Int, _ code: String?) {
        #expect(pause(after: .answered(status: status, code: code)) == .seconds(1))
    }

    @Test(
        arguments: [
            (403, "AccessDenied"), (400, "InvalidIdentityToken"), (400, "ExpiredTokenException"),
            (403, "IDPRejectedClaim"), (400, "ValidationError"), (403, "SignatureDoesNotMatch"), (413, nil),
        ] as [(Int, String?)]
    )
    func `permanent errors are not retried`(_ status: Int, _ code: String?) {
        #expect(pause(after: .answered(status: status, code: code)) == nil)
    }

    @Test func `a failure of STS to fetch the issuer's keys is retried`() {
        let message =
            "Couldn't retrieve verification key from your identity provider,  please reference "
            + "AssumeRoleWithWebIdentity documentation for requirements"
        let outcome = RetryPolicy.Outcome.answered(
            status: 400,
            code: "InvalidIdentityToken",
            message: message
        )
        #expect(pause(after: outcome) == .seconds(1))
    }

    @Test func `calls share a quota for retries`() {
        #expect(retries(.disconnected) == 100)
    }

    @Test func `a timeout uses twice the quota`() {
        #expect(retries(.timedOut) == 50)
    }

    private func retries(_ outcome: RetryPolicy.Outcome) -> Int {
        let quota = RetryQuota()
        var retries = 0
        for _ in 0..<200 {
            var state = RetryState(.aws(quota))
            while state.pause(after: outcome, elapsed: .zero) != nil { retries += 1 }
        }
        return retries
    }

    @Test func `a success refunds its retry`() {
        let quota = RetryQuota()
        for _ in 0..<1000 {
            var state = RetryState(.aws(quota))
            #expect(state.pause(after: .disconnected, elapsed: .zero) != nil)
            #expect(state.pause(after: .answered(status: 200), elapsed: .zero) == nil)
        }
    }

    @Test func `the third attempt is the last`() {
        var state = RetryState(.aws(RetryQuota()))
        #expect(state.pause(after: .disconnected, elapsed: .zero, jitter: 1) == .seconds(1))
        #expect(state.pause(after: .disconnected, elapsed: .zero, jitter: 0.5) == .seconds(1))
        #expect(state.pause(after: .disconnected, elapsed: .zero, jitter: 1) == nil)
    }

    @Test func `a pause is at most 20 seconds`() {
        var state = RetryState(.aws(RetryQuota(attempts: 10)))
        for _ in 0..<7 { _ = state.pause(after: .disconnected, elapsed: .zero) }
        #expect(state.pause(after: .disconnected, elapsed: .zero) == .seconds(20))
    }

    @Test(arguments: [(Int.min, 1), (0, 1), (3, 3), (Int.max, 100)])
    func `attempts are limited to 100`(configured: Int, attempts: Int) {
        #expect(RetryQuota(attempts: configured).attempts == attempts)
    }
}
