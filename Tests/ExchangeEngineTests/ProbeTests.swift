import Azure
import Federation
import TestSupport
import Testing

@testable import ExchangeEngine

@Suite(.limited) struct ProbeTests {
    @Test(arguments: [
        (Program.Problem.timedOut, "probe-timed-out", Failure.Kind.tryAgain),
        (.canceled, "probe-canceled", .tryAgain),
        (.notFound, "probe-not-started", .refused),
        (.notStarted(reason: "no memory"), "probe-not-started", .refused),
        (.tooMuchOutput, "probe-output-too-large", .refused),
    ])
    func `each end of a probe has its own failure`(
        problem: Program.Problem,
        code: String,
        kind: Failure.Kind
    ) {
        let failure = Probe.failure(of: "s3-list", problem)
        #expect(failure.code == code && failure.kind == kind && failure.isNamedByProgram)
        #expect(failure.message.contains("within") == (problem == .timedOut))
    }
}

extension Failure {
    fileprivate var isNamedByProgram: Bool { message.hasPrefix("s3-list ") }
}
