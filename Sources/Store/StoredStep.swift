import Federation

/// A step as the column `steps` has it, one of a JSON array.
struct StoredStep: Codable {
    let step: ExchangeStep
    let outcome: StepOutcome
    let nanoseconds: Int
    let failure: StoredFailure?
    let note: String?
    let requestID: String?

    init(_ step: StepRecord) {
        self.step = step.step
        outcome = step.outcome
        nanoseconds = step.duration.nanoseconds
        failure = step.failure.map(StoredFailure.init)
        note = step.note
        requestID = step.requestID
    }
}

/// Why a step failed, in a stored step.
struct StoredFailure: Codable {
    let kind: String
    let code: String
    let message: String
    let fix: String
    let requestID: String?

    init(_ failure: Failure) {
        kind = failure.kind.rawValue
        code = failure.code
        message = failure.message
        fix = failure.fix
        requestID = failure.requestID
    }
}

extension StepRecord {
    init(_ stored: StoredStep) {
        self.init(
            step: stored.step,
            outcome: stored.outcome,
            duration: .nanoseconds(stored.nanoseconds),
            failure: stored.failure.map(Failure.init),
            note: stored.note,
            requestID: stored.requestID
        )
    }
}

extension Failure {
    fileprivate init(_ stored: StoredFailure) {
        self.init(
            kind: Kind(rawValue: stored.kind) ?? .refused,
            code: stored.code,
            message: stored.message,
            fix: stored.fix,
            requestID: stored.requestID
        )
    }
}
