import Diagnosis
import Federation
import FoundationEssentials
import Operations

/// The result of a test as text: the outcome, each failure and warning, the cause, and the sources.
struct ExchangeText {
    let test: MappingTest

    private var record: ExchangeRecord { test.record }

    var text: String {
        ([summary] + record.steps.filter(\.needsDetail).flatMap(lines) + explanation).joined(separator: "\n")
    }

    private var summary: String {
        let state = record.outcome == .ok ? "live" : "failed"
        let times = record.steps.filter { $0.outcome != .skipped }
            .map { "\($0.step.rawValue) \($0.duration.milliseconds) ms" }
        let until = record.credentialExpiry.map { "  credentials until \($0.formatted(.iso8601))" } ?? ""
        let name = VisibleText.oneLine(record.mapping)
        return "\(name): \(state)  \(times.joined(separator: " · "))\(until)"
    }

    /// Returns the lines of a step with a failure or a warning; includes the failure's fix only if no cause is known.
    private func lines(_ step: StepRecord) -> [String] {
        let reason = step.failure?.messageWithCode ?? step.note ?? ""
        let fix = test.cause == nil ? step.failure.map { ["    → \($0.fix)"] } ?? [] : []
        return ["  \(step.outcome.rawValue) \(step.step.rawValue): \(reason)"] + fix
    }

    private var explanation: [String] {
        guard let answer = test.answer else { return [] }
        let sources = answer.inspection.readings.map { $0.dated { "at \($0.utcText)" } }
        let cause = test.cause.map { cause in
            [
                "  cause: \(VisibleText.oneLine(cause.summary)) [\(cause.id)]",
                "    → \(VisibleText.oneLine(cause.adviceNamingExplain.naming(record.mapping), limit: .max))",
            ]
        }
        let all = VisibleText.oneLine(sources.joined(separator: " "), limit: .max)
        return (cause ?? []) + ["  sources: \(all)"]
    }
}

extension StepRecord {
    fileprivate var needsDetail: Bool {
        outcome == .failed || outcome == .warn
    }
}
