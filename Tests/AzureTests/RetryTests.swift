import Testing

@testable import Azure

@Suite struct RetryTests {
    /// The pauses that follow when every attempt ends the same way.
    private func pauses(_ rules: RetryRules, _ event: Retry.Event) -> [Duration] {
        var retry = Retry(rules: rules)
        var elapsed = Duration.zero
        var pauses: [Duration] = []
        while pauses.count < 20, case .wait(let pause) = retry.event(event, elapsed: elapsed) {
            pauses.append(pause)
            elapsed += pause
        }
        return pauses
    }

    @Test(arguments: [404, 429])
    func `instance metadata is asked five times more, at growing intervals`(status: Int) {
        let expected: [Duration] = [.zero, .seconds(2), .seconds(6), .seconds(14), .seconds(30)]
        #expect(pauses(.imds, .answered(status: status, retryAfter: nil)) == expected)
    }

    @Test(arguments: [500, 503])
    func `after a server error instance metadata gets a second at least`(status: Int) {
        #expect(pauses(.imds, .answered(status: status, retryAfter: nil)).first == .seconds(1))
    }

    @Test func `a service that is being updated is waited for for seventy seconds`() {
        let pauses = pauses(.imds, .answered(status: 410, retryAfter: nil))
        #expect(pauses.reduce(.zero, +) == .seconds(70))
    }

    @Test(arguments: [200, 302, 400, 401, 403, 405])
    func `any other status is final`(status: Int) {
        #expect(pauses(.imds, .answered(status: status, retryAfter: .seconds(1))).isEmpty)
    }

    @Test func `the pause that the service names counts, not ours`() {
        var retry = Retry(rules: .imds)
        let action = retry.event(.answered(status: 429, retryAfter: .seconds(40)), elapsed: .zero)
        #expect(action == .wait(.seconds(40)))
    }

    @Test func `a pause beyond the budget is not begun`() {
        var retry = Retry(rules: .imds)
        let action = retry.event(.answered(status: 429, retryAfter: .seconds(3600)), elapsed: .zero)
        #expect(action == .finish)
    }

    @Test func `a broken connection is tried once more`() {
        #expect(pauses(.imds, .disconnected) == [.seconds(1)])
    }

    @Test func `what repeating cannot mend is not repeated`() {
        #expect(pauses(.imds, .beyondRepair).isEmpty)
    }

    @Test func `waiting for an update leaves the other attempts`() {
        var retry = Retry(rules: .imds)
        _ = retry.event(.answered(status: 410, retryAfter: nil), elapsed: .zero)
        let action = retry.event(.answered(status: 404, retryAfter: nil), elapsed: .seconds(10))
        #expect(action == .wait(.zero))
    }
}
