import TestSupport
import Testing

@testable import Simulator

/// Injected failures.
@Suite(.limited) struct FaultInjectorTests {
    @Test(arguments: [
        (AWSFaultRates(throttled: 1), ["400 Throttling: Rate exceeded"]),
        (
            AWSFaultRates(failing: 1),
            [
                "500 InternalFailure: The request processing has failed because of an unknown error.",
                "503 ServiceUnavailable: Service is unavailable. Please try again.",
            ]
        ),
    ])
    func `a failure with rate 1 replaces every response`(rates: AWSFaultRates, refusals: [String])
        async throws
    {
        let harness = try await AWSHarness { $0.faults = rates }
        for _ in 1...10 {
            let answer = try await harness.exchange()
            #expect(refusals.contains(answer.refusal))
            #expect(answer["Type"] == (answer.status < 500 ? "Sender" : "Receiver"))
        }
    }

    @Test func `a slow response is complete but delayed`() async throws {
        let harness = try await AWSHarness { $0.faults = AWSFaultRates(slow: 1, slowness: .seconds(7)) }
        let answer = try await harness.exchange()
        #expect(answer.status == 200)
        #expect(answer.response.delay == .seconds(7))
    }

    @Test func `a cut connection is marked for the server`() async throws {
        let harness = try await AWSHarness { $0.faults = AWSFaultRates(cut: 1) }
        #expect(try await harness.exchange().response.isCut)
    }

    @Test func `failures occur at their rates, and the same seed causes the same failures`() {
        let rates = AWSFaultRates(throttled: 0.2, failing: 0.1, slow: 0.1, cut: 0.1)
        var first = FaultInjector(rates: rates, seed: Seed(value: 3))
        var second = FaultInjector(rates: rates, seed: Seed(value: 3))
        let faults = (1...2000).map { _ in first.nextFault() }
        #expect(faults == (1...2000).map { _ in second.nextFault() })
        #expect((900...1100).contains(faults.count { $0 == .none }))
        #expect((340...460).contains(faults.count { $0 == .throttled }))
    }

    @Test func `without rates no failure occurs`() {
        var faults = FaultInjector(rates: AWSFaultRates(), seed: Seed(value: 3))
        #expect((1...100).allSatisfy { _ in faults.nextFault() == .none })
    }
}
