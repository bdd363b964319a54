import Federation
import Synchronization
import TestSupport
import Testing

@testable import ExchangeEngine

@Suite(.limited) struct ExchangeRunTests {
    private let time = ManualTime()

    @Test func `each step is timed and reported as it ends`() async {
        let reported = Mutex<[StepRecord]>([])
        var run = ExchangeRun(time: time) { step in reported.withLock { $0.append(step) } }
        let value = await run.perform(.token) {
            time.advance(by: .milliseconds(12))
            return StepResult.ok(7, note: "found", requestID: "r1")
        }
        #expect(value == 7)
        let expected = StepRecord(
            step: .token,
            outcome: .ok,
            duration: .milliseconds(12),
            note: "found",
            requestID: "r1"
        )
        #expect(reported.withLock { $0 } == [expected])
    }

    @Test func `every step appears once, in order; steps that are not reached are skipped`() async {
        var run = ExchangeRun(time: time) { _ in }
        let failure = Failure(kind: .refused, code: "AccessDenied", message: "no", fix: "yes")
        _ = await run.perform(.token) { StepResult.ok(()) }
        _ = await run.perform(.claims) { StepResult<Void>.failed(failure) }
        #expect(run.hasFailed)
        run.finish()
        #expect(run.steps.map(\.step) == ExchangeStep.steps(isChained: false))
        #expect(run.steps.map(\.outcome) == [.ok, .failed, .skipped, .skipped, .skipped, .skipped])
    }

    @Test func `a warning is not a failure`() async {
        var run = ExchangeRun(time: time) { _ in }
        let failure = Failure(kind: .refused, code: "app-role-missing", message: "no roles", fix: "wait")
        let value = await run.perform(.claims) { StepResult.warning(1, failure) }
        #expect(value == 1)
        #expect(!run.hasFailed)
    }
}
