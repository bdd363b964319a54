import Diagnosis
import Federation
import FoundationEssentials
import Operations

/// A tested mapping as text: a line with the outcome, a line for each failure and warning, and the cause with its
/// sources.
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

    /// Returns the lines of a failed or warning step; the fix of its failure is included only if no cause is known.
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
    /// Whether the reason of the step's outcome is printed: for a failure or a warning.
    fileprivate var needsDetail: Bool {
        outcome == .failed || outcome == .warn
    }
}
