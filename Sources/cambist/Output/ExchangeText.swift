import Federation
import Foundation

/// An exchange as text: one line with the outcome, and one for each failure and warning.
struct ExchangeText {
    let record: ExchangeRecord
    /// The configuration file for the commands of fixes, if an option names it.
    var configuration: ConfigurationReference?

    var text: String {
        ([summary] + record.steps.filter(\.needsDetail).map(line)).joined(separator: "\n")
    }

    private var summary: String {
        let state = record.outcome == .ok ? "live" : "failed"
        let times = record.steps.filter { $0.outcome != .skipped }
            .map { "\($0.step.rawValue) \($0.duration.milliseconds) ms" }
        let until = record.credentialExpiry.map { "  credentials until \($0.formatted(.iso8601))" } ?? ""
        return "\(record.mapping): \(state)  \(times.joined(separator: " · "))\(until)"
    }

    private func line(_ step: StepRecord) -> String {
        let failure = step.failure?.naming(configuration)
        let reason = failure.map { "\($0.messageWithCode)\n    → \($0.fix)" }
        return "  \(step.outcome.rawValue) \(step.step.rawValue): \(reason ?? step.note ?? "")"
    }
}

extension StepRecord {
    /// Whether the step has a message or note to print.
    fileprivate var needsDetail: Bool {
        outcome == .failed || outcome == .warn
    }
}
