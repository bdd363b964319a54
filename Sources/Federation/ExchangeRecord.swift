package import struct Foundation.Date

/// The steps of an exchange, in order.
package enum ExchangeStep: String, CaseIterable, Hashable, Sendable, Codable {
    case token
    case claims
    case trust
    case exchange
    case caller
    case probe
}

/// How a step ended.
package enum StepOutcome: String, CaseIterable, Hashable, Sendable, Codable {
    case ok
    case warn
    case failed
    case skipped
}

/// One step of an exchange: what it was, how it ended, how long it took.
package struct StepRecord: Hashable, Sendable {
    package let step: ExchangeStep
    package let outcome: StepOutcome
    package let duration: Duration
    /// Why it failed, or what it warns of.
    package let failure: Failure?
    /// What there is to say of a step that went well, or why it was skipped.
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

/// What happened in one exchange; nothing in it is secret, so it may be kept.
package struct ExchangeRecord: Hashable, Sendable, Identifiable {
    /// A number that rises with every exchange of this run.
    package let id: Int
    /// When it began.
    package let at: Date
    package let mapping: RoleMapping.ID
    package let identity: ManagedIdentity.ID
    package let roleARN: RoleARN
    package let steps: [StepRecord]
    /// The token it used, when there was one.
    package let token: TokenFacts?
    /// The credentials it got, when it did.
    package let credentialExpiry: Date?
    package let accessKeyID: String?
    package let assumedRoleARN: String?
    /// AWS's clock against ours, where STS answered.
    package let clockOffset: ClockOffset?
    /// What STS said beside the credentials; `nil` of an exchange that was kept in the history.
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

    /// `failed` when any step did, `ok` otherwise; a mapping whose last record is ok is live.
    package var outcome: StepOutcome {
        steps.contains { $0.outcome == .failed } ? .failed : .ok
    }

    /// Why it failed: the first failing step's reason.
    package var failure: Failure? {
        steps.first { $0.outcome == .failed }?.failure
    }

    /// How long all steps took together.
    package var duration: Duration {
        steps.reduce(.zero) { $0 + $1.duration }
    }
}

/// What STS says of the session that it gives.
package struct AnswerFacts: Hashable, Sendable {
    /// The token's `sub` as STS read it.
    package let subject: String?
    /// The role's id, `AROA…`.
    package let roleID: String?
    /// How much of the space for session policies and tags is used, in per cent.
    package let packedPolicySize: Int?

    package init(subject: String? = nil, roleID: String? = nil, packedPolicySize: Int? = nil) {
        self.subject = subject
        self.roleID = roleID
        self.packedPolicySize = packedPolicySize
    }
}

/// What may be kept of a token: everything but the token.
package struct TokenFacts: Hashable, Sendable {
    package let fingerprint: String
    package let claims: Claims
    package let source: TokenSourceKind
    package let received: Date
    /// Whether the token before it for the same identity and audience was this very one.
    package let seenBefore: Bool
    /// Azure's clock against ours, where its answer had a `Date`.
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
}
