import Diagnosis
package import Federation
package import FoundationEssentials

/// A state machine that retries a mapping's exchange until the mapping works or the watch has another result.
///
/// The state machine is a value that receives events and returns actions. The value reads no clock.
package struct Watch: Hashable, Sendable, Codable, Identifiable {
    /// An event that affects the watch.
    package enum Event: Sendable {
        /// The clock was read, possibly after a sleep.
        case checked(Date)
        /// An attempt ended.
        ///
        /// `role` is the state of the role in IAM after a denial. `jitter` in 0…1 spreads the next attempts of many
        /// watches.
        case attempted(ExchangeRecord, role: RoleExistence? = nil, at: Date, jitter: Double)
        /// The assignment time of the app role was read from the directory.
        case assigned(Date)
        /// cambist changed the mapping's setup again, at the given time.
        case changed(Date)
        /// A time limit of the caller expired.
        ///
        /// `after` is the duration of the limit, by default the time since the beginning of the watch.
        case expired(Date, after: Duration? = nil)
        case stopped(Date)
        /// The mapping was removed from the configuration.
        case removed(Date)
    }

    /// The action to perform next.
    package enum Action: Hashable, Sendable {
        /// Exchange now; a token received within the last ``PropagationTiming/tokenInterval`` can be reused.
        case attempt
        case sleep(until: Date)
        case end(WatchResult)
    }

    /// A summary of one attempt.
    package struct AttemptMark: Hashable, Sendable, Codable {
        package let at: Date
        /// The cause of the failure; `nil` after a success.
        package let cause: WatchCause?
        /// `ok`, `failed`, or `warn`; with `warn`, no step failed, but the claims do not match the configuration.
        package let outcome: StepOutcome
        /// Whether the token was the same as in the previous attempt.
        package let isSameToken: Bool

        init(at: Date, _ attempt: AttemptOutcome, _ outcome: StepOutcome, isSameToken: Bool) {
            self.at = at
            self.isSameToken = isSameToken
            switch attempt {
            case .works: (cause, self.outcome) = (nil, .ok)
            case .waits(let cause, _):
                (self.cause, self.outcome) = (cause, outcome == .failed ? .failed : .warn)
            case .cannot: (cause, self.outcome) = (.trouble, .failed)
            }
        }
    }

    /// The failure of an attempt.
    package struct Reason: Hashable, Sendable, Codable {
        package let code: String
        package let message: String
        /// The step that failed or had a warning.
        package let step: ExchangeStep?

        init(_ failure: Failure, in step: ExchangeStep?) {
            code = failure.code
            message = failure.message
            self.step = step
        }
    }

    /// The number of consecutive successes after which the watch ends.
    package static let requiredSuccesses = 3
    /// The maximum number of attempts stored in ``marks``.
    private static let markLimit = 120

    package let mapping: RoleMapping.ID
    package let began: Date
    /// The time at which the watch times out.
    package let deadline: Date
    package let timing: PropagationTiming
    /// The time at which the app role was assigned, if known from the directory.
    package private(set) var assigned: Date?
    /// The time of cambist's last change in IAM.
    package private(set) var changed: Date?
    package private(set) var attempts = 0
    /// The time of the next attempt.
    package private(set) var next: Date
    /// The reason why the watch continues; `nil` before the first attempt.
    package private(set) var cause: WatchCause?
    /// The time of the last change of ``cause``.
    package private(set) var causeSince: Date?
    /// The failure of the last attempt.
    package private(set) var reason: Reason?
    /// The denial that cambist predicted from the trust policy; `nil` unless STS denied the token.
    package private(set) var predictedDenial: Reason?
    /// The state of the role in IAM at the last attempt, if the token was denied.
    package private(set) var role: RoleExistence?
    private var missingRole: MissingRoleStreak?
    package private(set) var token: WatchedToken?
    /// The number of consecutive successes, including the last attempt.
    package private(set) var successes = 0
    /// The number of failures that followed a success.
    package private(set) var flaps = 0
    /// The latest attempts, oldest first.
    package private(set) var marks: [AttemptMark] = []
    package private(set) var result: WatchResult?
    private var span: WaitSpan?
    private var passed: [PastWait] = []

    /// The keys of stored watches, kept compatible with earlier versions.
    private enum CodingKeys: String, CodingKey {
        case mapping
        case began
        case deadline
        case timing = "pace"
        case assigned
        case changed
        case attempts
        case next
        case cause
        case causeSince
        case reason
        case predictedDenial = "foretold"
        case role
        case missingRole = "absence"
        case token
        case successes
        case flaps
        case marks
        case result = "ending"
        case span
        case passed
    }

    package var id: RoleMapping.ID { mapping }

    /// Creates a watch that starts now.
    ///
    /// - Parameters:
    ///   - mapping: The mapping to try.
    ///   - now: The current time.
    ///   - timing: The pauses and the propagation delays.
    ///   - limit: The time limit; ``PropagationTiming/timeLimit`` by default.
    ///   - changed: The time of a change just made in IAM, if any.
    ///   - assigned: The time at which the app role was assigned to the identity, if known.
    package init(
        of mapping: RoleMapping.ID,
        at now: Date,
        timing: PropagationTiming,
        limit: Duration? = nil,
        changed: Date? = nil,
        assigned: Date? = nil
    ) {
        self.mapping = mapping
        self.timing = timing
        self.changed = changed
        self.assigned = assigned
        began = now
        next = now
        deadline = now + (limit ?? timing.timeLimit).seconds
    }

    /// Applies an event and returns the next action.
    package mutating func event(_ event: Event) -> Action {
        if let result { return .end(result) }
        switch event {
        case .checked(let now): return check(at: now)
        case .attempted(let record, let role, let now, let jitter):
            return apply(record, role, at: now, jitter: jitter)
        case .assigned(let date):
            assigned = date
            return .sleep(until: next)
        case .changed(let date):
            changed = date
            return .sleep(until: next)
        case .expired(let now, let limit): return end(timeout(at: now, after: limit))
        case .stopped(let now):
            return end(WatchResult(.stopped, at: now, code: "stopped", message: "The watch was stopped."))
        case .removed(let now): return end(.removed(mapping, at: now))
        }
    }

    /// Returns all waits of this watch at `now`: the completed waits and the current wait.
    package func waits(at now: Date) -> [PastWait] {
        passed + (span.map { [$0.wait(of: mapping, isComplete: false, now: now, timing: timing)] } ?? [])
    }
}

// Event handling.
extension Watch {
    /// Returns the next action; an attempt that is due has priority over the deadline.
    ///
    /// The host may have been suspended until after both times.
    private mutating func check(at now: Date) -> Action {
        // If the clock is set back, the next attempt must not be delayed for long.
        next = min(next, now + timing.cachePause.seconds)
        if next <= now { return .attempt }
        if deadline <= now { return end(timeout(at: now)) }
        return .sleep(until: min(next, deadline))
    }

    private mutating func apply(
        _ record: ExchangeRecord,
        _ role: RoleExistence?,
        at now: Date,
        jitter: Double
    ) -> Action {
        Self.increment(&attempts)
        let isSameToken = record.token.map { token?.isSame(as: $0) ?? false } ?? false
        token = record.token.map { WatchedToken($0, earlier: token) } ?? token
        let outcome = AttemptOutcome(record, assigned: assigned, timing: timing)
        predictedDenial = record.predictedDenial
        self.role = record.isDenied ? role : nil
        missingRole = MissingRoleStreak(after: missingRole, self.role, at: now)
        marks.append(AttemptMark(at: now, outcome, record.outcome, isSameToken: isSameToken))
        if marks.count > Self.markLimit { marks.removeFirst(marks.count - Self.markLimit) }
        switch outcome {
        case .works: recordSuccess(at: now)
        case .waits(let cause, let failure):
            recordFailure(cause, Reason(failure, in: record.deviatingStep?.step), at: now)
            if let result = missingRoleResult(at: now) { return end(result) }
        case .cannot(let failure): return end(WatchResult(.cannot, at: now, failure))
        }
        if successes >= Self.requiredSuccesses { return end(WatchResult(.works, at: now)) }
        if deadline <= now { return end(timeout(at: now)) }
        next = nextAttempt(after: now, jitter: jitter)
        return .sleep(until: min(next, deadline))
    }

    private mutating func recordSuccess(at now: Date) {
        Self.increment(&successes)
        reason = nil
        if span?.passed == nil { span?.passed = now }
        setCause(.stability, at: now)
    }

    private mutating func recordFailure(_ cause: WatchCause, _ reason: Reason, at now: Date) {
        if successes > 0 { Self.increment(&flaps) }
        successes = 0
        self.reason = reason
        if cause.isPropagation { trackWait(for: cause, at: now) }
        setCause(cause, at: now)
    }

    /// Increments a counter without overflow, because a stored watch may contain any value.
    private static func increment(_ count: inout Int) {
        count = min(count, .max - 1) + 1
    }

    private mutating func setCause(_ cause: WatchCause, at now: Date) {
        if self.cause != cause { causeSince = now }
        self.cause = cause
    }

    /// Records the durations of waits; a new cause means that the previous cause was resolved.
    private mutating func trackWait(for cause: WatchCause, at now: Date) {
        if let span, span.cause != cause {
            passed.append(span.wait(of: mapping, isComplete: true, now: now, timing: timing))
            self.span = nil
        }
        let isFirst = passed.isEmpty && span == nil
        span = span ?? WaitSpan(cause: cause, began: isFirst ? start(of: cause) : now)
        span?.passed = nil
    }

    /// Returns the beginning of a wait: the time of the change in the cloud, but at the latest ``began``.
    ///
    /// If the time of the change is unknown, the result is ``began``.
    private func start(of cause: WatchCause) -> Date {
        let known: Date? =
            switch cause {
            case .iam: changed
            case .assignment, .cachedToken: assigned
            case .directory, .trouble, .stability: nil
            }
        return known.map { min($0, began) } ?? began
    }

    private mutating func end(_ result: WatchResult) -> Action {
        self.result = result
        if let span {
            let isComplete = result.verdict == .works
            passed.append(span.wait(of: mapping, isComplete: isComplete, now: result.at, timing: timing))
            self.span = nil
        }
        return .end(result)
    }

    /// Returns the result if the role certainly does not exist in IAM and the latest change has propagated.
    private func missingRoleResult(at now: Date) -> WatchResult? {
        guard let missingRole, missingRole.isCertain(at: now, timing), case .missing(let answer) = role else {
            return nil
        }
        if let changed, now < changed + timing.bound(.iam).seconds { return nil }
        return .missingRole(answer, of: mapping, at: now)
    }

    /// Returns the result at the time limit: `blocked` if waiting could not have helped, or else `timedOut`.
    private func timeout(at now: Date, after limit: Duration? = nil) -> WatchResult {
        let last = reason.map { " The last attempt: \($0.code): \($0.message)" } ?? ""
        let limit = DurationText.format(limit ?? now.since(began))
        if isBlocked(at: now), let obstacle = predictedDenial ?? reason {
            return WatchResult(
                .blocked,
                at: now,
                code: obstacle.code,
                message:
                    "The mapping did not work within \(limit), and waiting longer cannot help: \(obstacle.message)",
                fix: "Run `cambist explain \(ShellWord.posix(mapping))`."
            )
        }
        return WatchResult(
            .timedOut,
            at: now,
            code: "timed-out",
            message:
                "The mapping did not work within \(limit); the watch was waiting for \(cause?.words ?? "an attempt").\(last)",
            fix: "Wait longer, or run `cambist explain \(ShellWord.posix(mapping))`."
        )
    }
}

// The schedule of attempts.
extension Watch {
    /// Returns the time of the next attempt, depending on the cause.
    private func nextAttempt(after now: Date, jitter: Double) -> Date {
        let pause: Duration
        switch cause {
        case .stability:
            pause = timing.stabilityPause
        case .iam where now < iamBound:
            pause = timing.iamPause(number: attemptsWithCause - 1)
        case .cachedToken:
            return tokenChange(after: now)
        case .assignment where isDelayedByToken:
            return tokenChange(after: now)
        case .iam, .assignment, .directory, .trouble, nil:
            pause = timing.directoryPause(jitter: jitter)
        }
        return now + pause.seconds
    }

    /// The time by which the last known change in IAM has propagated.
    ///
    /// Without a known change, the beginning of the cause counts as the time of the change.
    private var iamBound: Date {
        (changed ?? causeSince ?? began) + timing.bound(.iam).seconds
    }

    /// The number of consecutive attempts with the current cause, up to the latest attempt.
    private var attemptsWithCause: Int {
        marks.reversed().prefix { $0.cause == cause }.count
    }

    /// Whether the app role can appear only after a new token has replaced a cached token.
    private var isDelayedByToken: Bool {
        reason?.code == "app-role-missing" && token?.isCached == true
    }

    /// Whether the token lacks the app role, although the token is newer than the assignment.
    ///
    /// Later tokens are also not expected to contain the app role.
    var isTokenNewerThanAssignment: Bool {
        cause == .assignment && isDelayedByToken
            && timing.isToken(issuedAt: token?.issued, newerThanAssignmentAt: assigned)
    }

    /// Returns the time of the next attempt to get a new token.
    ///
    /// The attempt follows after ten minutes, or just after the token expires, whichever is earlier. The pause is at
    /// least ``PropagationTiming/tokenInterval``.
    private func tokenChange(after now: Date) -> Date {
        let regular = now + timing.cachePause.seconds
        guard let token, let expiry = token.expiry else { return regular }
        let allowed = max(
            token.received + timing.tokenInterval.seconds,
            now + timing.tokenInterval.seconds
        )
        return min(regular, max(timing.replacement(ofTokenExpiring: expiry), allowed))
    }

    /// The earliest time of a success: the time of the next attempt.
    package var earliest: Date { next }

    /// The time of the last required success, if every attempt succeeds.
    private var stable: Date {
        let needed = Self.requiredSuccesses - 1 - min(max(successes, 0), Self.requiredSuccesses - 1)
        return next + (timing.stabilityPause * needed).seconds
    }

    /// The latest time at which the cause is expected to be resolved; `nil` if no upper bound is known.
    ///
    /// The bounds are the token's expiration for a cached token, two minutes for IAM, and 15 minutes for the directory.
    ///
    /// No bound is known in these cases:
    ///
    /// - The cause is ``WatchCause/trouble``, or no attempt has ended.
    /// - A token that is newer than the assignment lacks the app role.
    /// - The trust policy denies the token.
    package var latest: Date? {
        switch cause {
        case .cachedToken: token?.expiry
        case .iam: predictedDenial == nil ? iamBound : nil
        case .assignment where isTokenNewerThanAssignment: nil
        case .assignment where isDelayedByToken: token?.expiry
        case .assignment: (assigned ?? causeSince ?? began) + timing.bound(.directory).seconds
        case .directory: (causeSince ?? began) + timing.bound(lag?.delay ?? .directory).seconds
        case .stability: stable
        case .trouble, nil: nil
        }
    }

    /// The last failure, if a missing, new, or misnamed object can cause it.
    var lag: ReplicationLag? {
        reason.flatMap { ReplicationLag(code: $0.code, message: $0.message) }
    }

    /// The beginning of the wait: the time of the change in the cloud, but at the latest ``began``.
    ///
    /// If the time of the change is unknown, the value is ``began``.
    package var since: Date { cause.map(start) ?? began }

    /// Whether waiting cannot help.
    ///
    /// Waiting cannot help in these cases:
    ///
    /// - The trust policy denies the token. Shortly after a known change, this case is ignored, because cambist may
    ///   have read an old policy.
    /// - A token that is newer than the assignment lacks the app role.
    package func isBlocked(at now: Date) -> Bool {
        switch cause {
        case .iam:
            predictedDenial != nil && !(changed.map { now < $0 + timing.bound(.iam).seconds } ?? false)
        case .assignment: isTokenNewerThanAssignment
        case .cachedToken, .directory, .trouble, .stability, nil: false
        }
    }

    /// Whether ``latest`` has passed: propagation no longer explains the failure.
    package func isOverdue(at now: Date) -> Bool {
        guard cause != .stability, let latest else { return false }
        return now > latest
    }
}
