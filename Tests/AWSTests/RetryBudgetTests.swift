import Testing

@testable import AWS

struct RetryBudgetTests {
    @Test(
        arguments: [
            (500, "InternalFailure"), (503, "ServiceUnavailable"), (400, "Throttling"),
            (429, "TooManyRequestsException"),
            (400, "IDPCommunicationError"), (400, "RequestTimeout"), (502, nil),
        ] as [(Int, String?)]
    )
    func `what may pass is tried again`(_ status: Int, _ code: String?) {
        var budget = RetryBudget()
        #expect(budget.event(.answered(status: status, code: code), jitter: 1) == .retry(after: .seconds(1)))
    }

    @Test(
        arguments: [
            (403, "AccessDenied"), (400, "InvalidIdentityToken"), (400, "ExpiredTokenException"),
            (403, "IDPRejectedClaim"), (400, "ValidationError"), (403, "SignatureDoesNotMatch"), (413, nil),
        ] as [(Int, String?)]
    )
    func `what will not pass is not tried again`(_ status: Int, _ code: String?) {
        var budget = RetryBudget()
        #expect(budget.event(.answered(status: status, code: code), jitter: 1) == .stop)
    }

    @Test func `keys that could not be fetched are asked for again`() {
        var budget = RetryBudget()
        let message =
            "Couldn't retrieve verification key from your identity provider,  please reference "
            + "AssumeRoleWithWebIdentity documentation for requirements"
        let event = RetryBudget.Event.answered(status: 400, code: "InvalidIdentityToken", message: message)
        #expect(budget.event(event, jitter: 1) == .retry(after: .seconds(1)))
    }

    @Test func `calls together spend no more than the quota on repeating`() {
        let quota = RetryQuota()
        var retries = 0
        for _ in 0..<200 {
            var budget = RetryBudget(quota: quota)
            while budget.event(.lost, jitter: 0) != .stop { retries += 1 }
        }
        #expect(retries == 100)
    }

    @Test func `a timeout costs twice as much`() {
        let quota = RetryQuota()
        var retries = 0
        for _ in 0..<200 {
            var budget = RetryBudget(quota: quota)
            while budget.event(.timedOut, jitter: 0) != .stop { retries += 1 }
        }
        #expect(retries == 50)
    }

    @Test func `a success gives back what its retry took`() {
        let quota = RetryQuota()
        for _ in 0..<1000 {
            var budget = RetryBudget(quota: quota)
            #expect(budget.event(.lost, jitter: 0) != .stop)
            #expect(budget.event(.answered(status: 200), jitter: 0) == .stop)
        }
    }

    @Test func `the third attempt is the last`() {
        var budget = RetryBudget()
        #expect(budget.event(.lost, jitter: 1) == .retry(after: .seconds(1)))
        #expect(budget.event(.lost, jitter: 0.5) == .retry(after: .seconds(1)))
        #expect(budget.event(.lost, jitter: 1) == .stop)
    }

    @Test func `a delay is at most 20 seconds`() {
        var budget = RetryBudget(quota: RetryQuota(attempts: 10))
        for _ in 0..<7 { _ = budget.event(.lost, jitter: 1) }
        #expect(budget.event(.lost, jitter: 1) == .retry(after: .seconds(20)))
    }
}
