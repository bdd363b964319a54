import Testing

@testable import Simulator

/// The failures that a storm brings.
struct AWSFaultsTests {
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
    func `a failure that strikes always is the answer always`(rates: AWSFaultRates, refusals: [String])
        async throws
    {
        let bench = try await AWSHarness { $0.faults = rates }
        for _ in 1...10 {
            let answer = try await bench.exchange()
            #expect(refusals.contains(answer.refusal))
            #expect(answer["Type"] == (answer.status < 500 ? "Sender" : "Receiver"))
        }
    }

    @Test func `a slow answer is a good one, late`() async throws {
        let bench = try await AWSHarness { $0.faults = AWSFaultRates(slow: 1, slowness: .seconds(7)) }
        let answer = try await bench.exchange()
        #expect(answer.status == 200)
        #expect(answer.response.delay == .seconds(7))
    }

    @Test func `a cut connection is told to the server`() async throws {
        let bench = try await AWSHarness { $0.faults = AWSFaultRates(cut: 1) }
        #expect(try await bench.exchange().response.isCut)
    }

    @Test func `failures strike as often as they should, the same ones for the same seed`() {
        let rates = AWSFaultRates(throttled: 0.2, failing: 0.1, slow: 0.1, cut: 0.1)
        var first = AWSFaults(rates: rates, seed: Seed(value: 3))
        var second = AWSFaults(rates: rates, seed: Seed(value: 3))
        let strikes = (1...2000).map { _ in first.strike() }
        #expect(strikes == (1...2000).map { _ in second.strike() })
        #expect((900...1100).contains(strikes.count { $0 == .none }))
        #expect((340...460).contains(strikes.count { $0 == .throttled }))
    }

    @Test func `no failure strikes unless the setup says so`() {
        var faults = AWSFaults(rates: AWSFaultRates(), seed: Seed(value: 3))
        #expect((1...100).allSatisfy { _ in faults.strike() == .none })
    }
}
