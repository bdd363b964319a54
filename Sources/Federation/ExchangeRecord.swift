package import struct FoundationEssentials.Date

/// The steps of an exchange, in order.
package enum ExchangeStep: String, CaseIterable, Hashable, Sendable, Codable {
    case token
    case claims
    case trust
    case exchange
    /// AssumeRole with the credentials of another mapping; only with `via`.
    case assume
    case caller
    case probe

    /// The steps of a mapping's exchange, in order.
    package static func steps(isChained: Bool) -> [ExchangeStep] {
        isChained ? allCases : allCases.filter { $0 != .assume }
    }
}

/// The outcome of a step.
package enum StepOutcome: String, CaseIterable, Hashable, Sendable, Codable {
    case ok
    case warn
    case failed
    case skipped
}

/// One step of an exchange, with its outcome and its duration.
package struct StepRecord: Hashable, Sendable {
    package let step: ExchangeStep
    package let outcome: StepOutcome
    package let duration: Duration
    /// The failure, or the cause of a warning.
    package let failure: Failure?
    /// A remark on a successful step, or the reason why the step was skipped.
    package let note: String?
    package let requestID: String?

    package init(
        step: ExchangeStep,
        outcome: StepOutcome,
        duration: Duration,
        failure: Failure? = nil,
        note: String? = nil,
        requestID: String? = nil
    ) {
        self.step = step
        self.outcome = outcome
        self.duration = duration
        self.failure = failure
        self.note = note
        self.requestID = requestID ?? failure?.requestID
    }

    package var code: String? { failure?.code }
    package var message: String? { failure?.message ?? note }
}

/// The record of one exchange; it contains no secrets and may be stored.
package struct ExchangeRecord: Hashable, Sendable, Identifiable {
    /// The sequence number of the exchange in this process; in a record from the history, the row's ID.
    package let id: Int
    /// The start time.
    package let at: Date
    package let mapping: RoleMapping.ID
    package let identity: ManagedIdentity.ID
    package let roleARN: RoleARN
    package let steps: [StepRecord]
    /// Facts about the token, if one was obtained.
    package let token: TokenFacts?
    /// The expiration of the credentials, if they were obtained.
    package let credentialExpiry: Date?
    package let accessKeyID: String?
    package let assumedRoleARN: String?
    /// AWS's clock minus the local clock, if it was measured.
    package let clockOffset: ClockOffset?
    /// Further members of the STS response; `nil` for an exchange read from the history.
    package let answer: AnswerFacts?

    package init(
        id: Int,
        at: Date,
        mapping: RoleMapping.ID,
        identity: ManagedIdentity.ID,
        roleARN: RoleARN,
        steps: [StepRecord],
        token: TokenFacts? = nil,
        credentialExpiry: Date? = nil,
        accessKeyID: String? = nil,
        assumedRoleARN: String? = nil,
        clockOffset: ClockOffset? = nil,
        answer: AnswerFacts? = nil
    ) {
        self.id = id
        self.at = at
        self.mapping = mapping
        self.identity = identity
        self.roleARN = roleARN
        self.steps = steps
        self.token = token
        self.credentialExpiry = credentialExpiry
        self.accessKeyID = accessKeyID
        self.assumedRoleARN = assumedRoleARN
        self.clockOffset = clockOffset
        self.answer = answer
    }

    /// Returns the record with other facts about the token.
    package func with(_ token: TokenFacts) -> ExchangeRecord {
        ExchangeRecord(
            id: id,
            at: at,
            mapping: mapping,
            identity: identity,
            roleARN: roleARN,
            steps: steps,
            token: token,
            credentialExpiry: credentialExpiry,
            accessKeyID: accessKeyID,
            assumedRoleARN: assumedRoleARN,
            clockOffset: clockOffset,
            answer: answer
        )
    }

    /// `failed` if any step failed, otherwise `ok`.
    package var outcome: StepOutcome {
        steps.contains { $0.outcome == .failed } ? .failed : .ok
    }

    /// The failure of the first failed step.
    package var failure: Failure? {
        steps.first { $0.outcome == .failed }?.failure
    }

    /// The total duration of all steps.
    package var duration: Duration {
        steps.reduce(.zero) { $0 + $1.duration }
    }
}

/// The members of the STS response that describe the session.
package struct AnswerFacts: Hashable, Sendable {
    /// The token's `sub` claim as reported by STS.
    package let subject: String?
    /// The unique ID of the role, `AROA…`.
    package let roleID: String?
    /// The share of the size limit that session policies and tags use, in percent.
    package let packedPolicySize: Int?

    package init(subject: String? = nil, roleID: String? = nil, packedPolicySize: Int? = nil) {
        self.subject = subject
        self.roleID = roleID
        self.packedPolicySize = packedPolicySize
    }
}

/// The facts about a token that may be stored; the token itself is not included.
package struct TokenFacts: Hashable, Sendable {
    package let fingerprint: String
    package let claims: Claims
    package let source: TokenSourceKind
    package let received: Date
    /// Whether the same token was returned before, in this or an earlier run.
    package let seenBefore: Bool
    /// Azure's clock minus the local clock; `nil` if the response had no `Date` header.
    package let clockOffset: ClockOffset?

    package init(
        fingerprint: String,
        claims: Claims,
        source: TokenSourceKind,
        received: Date,
        seenBefore: Bool,
        clockOffset: ClockOffset? = nil
    ) {
        self.fingerprint = fingerprint
        self.claims = claims
        self.source = source
        self.received = received
        self.seenBefore = seenBefore
        self.clockOffset = clockOffset
    }

    /// Returns the facts with `claims`, which must be equal to the present claims.
    ///
    /// With this function, the facts of several records can share the memory of the claims.
    package func with(_ claims: Claims) -> TokenFacts {
        TokenFacts(
            fingerprint: fingerprint,
            claims: claims,
            source: source,
            received: received,
            seenBefore: seenBefore,
            clockOffset: clockOffset
        )
    }
}

/// The position of a page of exchanges in the history; pages are sorted newest first.
package enum HistoryPosition: Hashable, Sendable {
    case newest
    /// The page of the exchanges that directly precede the given exchange in time.
    case before(ExchangeRecord.ID)
    /// The page of the exchanges that directly follow the given exchange in time.
    case after(ExchangeRecord.ID)
    case oldest

    /// Whether the page is found by reading from older to newer exchanges.
    package var isFromOldest: Bool {
        switch self {
        case .newest, .before: false
        case .after, .oldest: true
        }
    }
}
