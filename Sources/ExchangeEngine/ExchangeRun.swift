import Federation

/// The state of a running exchange: the completed steps, each with a duration.
struct ExchangeRun {
    private let time: any TimeSource
    private let isChained: Bool
    private let report: @Sendable (StepRecord) -> Void
    private(set) var steps: [StepRecord] = []

    init(
        time: any TimeSource,
        isChained: Bool = false,
        steps: [StepRecord] = [],
        report: @escaping @Sendable (StepRecord) -> Void
    ) {
        self.time = time
        self.isChained = isChained
        self.steps = steps
        self.report = report
    }

    /// Whether a step has failed.
    var hasFailed: Bool {
        steps.contains { $0.outcome == .failed }
    }

    /// Runs a step, and records the outcome and the duration.
    mutating func perform<Value>(
        _ step: ExchangeStep,
        _ body: () async -> StepResult<Value>
    ) async -> Value? {
        let start = time.uptime
        let result = await body()
        record(step, result.result, duration: time.uptime - start)
        return result.value
    }

    /// Adds a step that a hub's exchange performed.
    mutating func adopt(_ record: StepRecord) {
        steps.append(record)
        report(record)
    }

    /// Records every remaining step as skipped.
    mutating func finish() {
        let reached = Set(steps.map(\.step))
        for step in ExchangeStep.steps(isChained: isChained) where !reached.contains(step) {
            record(step, .skipped(hasFailed ? "An earlier step failed." : "Not requested."), duration: .zero)
        }
    }

    private mutating func record(_ step: ExchangeStep, _ result: StepCompletion, duration: Duration) {
        let record =
            switch result {
            case .ok(let note, let requestID):
                StepRecord(step: step, outcome: .ok, duration: duration, note: note, requestID: requestID)
            case .warning(let failure):
                StepRecord(step: step, outcome: .warn, duration: duration, failure: failure)
            case .failed(let failure):
                StepRecord(step: step, outcome: .failed, duration: duration, failure: failure)
            case .skipped(let note):
                StepRecord(step: step, outcome: .skipped, duration: duration, note: note)
            }
        steps.append(record)
        report(record)
    }
}

/// The outcome of a step, with its note or failure.
enum StepCompletion {
    case ok(note: String?, requestID: String?)
    case warning(Failure)
    case failed(Failure)
    case skipped(String)
}

/// The outcome of a step, and its value for the next step.
struct StepResult<Value> {
    let result: StepCompletion
    let value: Value?

    static func ok(_ value: Value, note: String? = nil, requestID: String? = nil) -> StepResult {
        StepResult(result: .ok(note: note, requestID: requestID), value: value)
    }

    static func warning(_ value: Value, _ failure: Failure) -> StepResult {
        StepResult(result: .warning(failure), value: value)
    }

    static func failed(_ failure: Failure) -> StepResult {
        StepResult(result: .failed(failure), value: nil)
    }

    static func skipped(_ note: String) -> StepResult {
        StepResult(result: .skipped(note), value: nil)
    }
}
