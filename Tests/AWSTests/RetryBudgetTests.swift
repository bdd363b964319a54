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

    @Test func `the third attempt is the last`() {
        var budget = RetryBudget()
        #expect(budget.event(.lost, jitter: 1) == .retry(after: .seconds(1)))
        #expect(budget.event(.lost, jitter: 0.5) == .retry(after: .seconds(1)))
        #expect(budget.event(.lost, jitter: 1) == .stop)
    }

    @Test func `a delay is at most 20 seconds`() {
        var budget = RetryBudget(attempts: 10)
        for _ in 0..<7 { _ = budget.event(.lost, jitter: 1) }
        #expect(budget.event(.lost, jitter: 1) == .retry(after: .seconds(20)))
    }
}
