import Federation
import FoundationEssentials
import Operations
import Propagation

/// One line of the output of `wait`: an attempt, or the end of a watch.
struct WaitLine {
    let watch: Watch
    let at: Date
    let outcome: StepOutcome
    /// Whether the line is for the end of the watch.
    let isLast: Bool

    /// Creates the line of the latest attempt; `nil` before the first attempt.
    init?(_ watch: Watch) {
        guard let mark = watch.marks.last else { return nil }
        self.init(watch: watch, at: mark.at, outcome: mark.outcome, isLast: false)
    }

    /// Creates the line for the end of a watch; an attempt may coincide with the end.
    init(ended watch: Watch) {
        let mark = watch.marks.last
        let at = watch.result?.at ?? mark?.at ?? watch.began
        self.init(watch: watch, at: at, outcome: mark?.outcome ?? .skipped, isLast: true)
    }

    private init(watch: Watch, at: Date, outcome: StepOutcome, isLast: Bool) {
        self.watch = watch
        self.at = at
        self.outcome = outcome
        self.isLast = isLast
    }

    /// Returns the line as text, with times in UTC.
    func text(namingMapping: Bool) -> String {
        let name = namingMapping ? "\(VisibleText.oneLine(watch.mapping))  " : ""
        let head = "\(at.formatted(.iso8601))  \(name)attempt \(watch.attempts)  \(outcome.rawValue)  "
        if isLast { return head + ended }
        let next = "Next attempt at \(watch.next.formatted(.iso8601))"
        return head + VisibleText.oneLine(watch.summary(at: at) { $0.formatted(.iso8601) }) + " \(next)."
    }

    private var ended: String {
        guard watch.result?.verdict == .works else {
            return VisibleText.oneLine(watch.summary(at: at) { $0.formatted(.iso8601) })
        }
        let flaps = watch.flaps == 0 ? "" : ", after \(Count(watch.flaps, "relapse", "relapses"))"
        return
            "\(watch.mapping) works, \(DurationText.format(at.since(watch.began))) after the first attempt\(flaps)."
    }
}

/// A line of `wait --json`.
struct WaitReport: Encodable {
    let version = 1
    let mapping: String
    let attempt: Int
    let at: Nullable<Date>
    let outcome: Nullable<StepOutcome>
    /// The value is `waiting`, or `blocked` if waiting cannot help; `null` after the end.
    let state: Nullable<String>
    let waitingFor: Nullable<String>
    let earliest: Nullable<Date>
    let latest: Nullable<Date>
    let next: Nullable<Date>
    /// The reason for the attempt's failure.
    let reason: Nullable<WaitReason>
    /// The denial that cambist predicts from the trust policy, if any.
    let prediction: Nullable<WaitReason>
    /// Only in the last line of a mapping.
    var done: Bool?
    /// Only in the last line of a mapping: `works`, `cannot`, `blocked`, `timed-out`, `stopped`.
    var verdict: String?
    var error: ErrorReport?

    init(_ line: WaitLine) {
        let watch = line.watch
        let result = watch.result
        mapping = watch.mapping
        attempt = watch.attempts
        at = Nullable(line.at)
        outcome = Nullable(watch.attempts == 0 ? nil : line.outcome)
        state = Nullable(result == nil ? watch.isBlocked(at: line.at) ? "blocked" : "waiting" : nil)
        waitingFor = Nullable(result?.verdict == .works ? nil : watch.cause?.rawValue)
        earliest = Nullable(result == nil ? watch.earliest : nil)
        latest = Nullable(result == nil ? watch.latest : nil)
        next = Nullable(result == nil ? watch.next : nil)
        reason = Nullable(watch.reason.map(WaitReason.init))
        prediction = Nullable(watch.predictedDenial.map(WaitReason.init))
        guard line.isLast else { return }
        done = true
        verdict = result?.verdict.rawValue
        if let result, result.verdict != .works {
            error = ErrorReport(code: result.code, message: result.message, fix: result.fix)
        }
    }

    /// Creates the line for an error of the command.
    init(mapping: String, error: ErrorReport) {
        self.mapping = mapping
        attempt = 0
        at = Nullable(nil)
        outcome = Nullable(nil)
        state = Nullable(nil)
        waitingFor = Nullable(nil)
        earliest = Nullable(nil)
        latest = Nullable(nil)
        next = Nullable(nil)
        reason = Nullable(nil)
        prediction = Nullable(nil)
        done = true
        self.error = error
    }
}

/// The reason for an attempt's failure in the output of `wait --json`.
struct WaitReason: Encodable {
    let code: String
    let message: String

    init(_ reason: Watch.Reason) {
        code = reason.code
        message = reason.message
    }
}

extension WaitEstimate {
    var sentence: String {
        guard !isInsufficient else {
            return
                "No estimate yet: \(Count(count, "past wait")) of this kind; \(Self.minimumCount) are needed."
        }
        let median = median.map(DurationText.format) ?? "not observed"
        let ninetiethPercentile =
            ninetiethPercentile.map { "within \(DurationText.format($0))" } ?? "not observed"
        return
            "Past waits of this kind: median \(median), 90 % \(ninetiethPercentile) (n = \(count))."
    }
}
