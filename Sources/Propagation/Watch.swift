package import Federation
package import Foundation

/// A mapping that is tried again and again until it works: what is known, and what is done next.
///
/// A value and a state machine: it is told what happened and says what to do; it reads no clock.
package struct Watch: Hashable, Sendable, Codable, Identifiable {
    /// Something that happened.
    package enum Event: Sendable {
        /// The clock was looked at, after a sleep of any length or none.
        case looked(Date)
        /// An attempt ended; `role` is what IAM says of a role that let nobody in, and `jitter` in 0…1 spreads the next
        /// one.
        case attempted(ExchangeRecord, role: RoleExistence? = nil, at: Date, jitter: Double)
        /// The directory told when the app role was assigned.
        case assigned(Date)
        /// The set-up was changed once more.
        case changed(Date)
        /// Whoever waits for it has no more time, after so long; `nil` is since it began.
        case expired(Date, after: Duration? = nil)
        case stopped(Date)
        /// The mapping is not in the configuration any more.
        case removed(Date)
    }

    /// What to do next.
    package enum Action: Hashable, Sendable {
        /// Exchange now; a token that a source gave within the last ``PropagationTiming/tokenInterval`` is used again.
        case attempt
        case sleep(until: Date)
        case end(WatchResult)
    }

    /// So many successes in a row are needed.
    package static let wanted = 3
    /// So many attempts are remembered one by one.
    private static let memory = 120

    package let mapping: RoleMapping.ID
    package let began: Date
    /// When it gives up.
    package let deadline: Date
    package let pace: PropagationTiming
    /// When the app role was assigned, where the directory told.
    package private(set) var assigned: Date?
    /// When IAM was last changed, where we did it.
    package private(set) var changed: Date?
    package private(set) var attempts = 0
    /// When the next attempt is.
    package private(set) var next: Date
    /// What is waited for; `nil` before the first attempt.
    package private(set) var cause: WatchCause?
    /// Since when that is.
    package private(set) var causeSince: Date?
    /// Why the last attempt did not succeed.
    package private(set) var reason: Reason?
    /// The denial that the trust policy foretold, where it is known and did so.
    package private(set) var foretold: Reason?
    /// What IAM says of the role that let nobody in at the last attempt.
    package private(set) var role: RoleExistence?
    private var absence: MissingRoleStreak?
    package private(set) var token: WatchedToken?
    /// How many attempts in a row succeeded, the last one among them.
    package private(set) var successes = 0
    /// How often a success was followed by a failure.
    package private(set) var flaps = 0
    /// The latest attempts, oldest first.
    package private(set) var marks: [Mark] = []
    package private(set) var ending: WatchResult?
    private var span: WaitSpan?
    private var passed: [PastWait] = []

    package var id: RoleMapping.ID { mapping }

    /// A watch that begins now; without `patience` it gives up after ``PropagationTiming/patience``.
    ///
    /// `changed` is when IAM was changed, if that was just done, and `assigned` when the app role was assigned to
    /// the identity, if that is known.
    package init(
        of mapping: RoleMapping.ID,
        at now: Date,
        pace: PropagationTiming,
        patience: Duration? = nil,
        changed: Date? = nil,
        assigned: Date? = nil
    ) {
        self.mapping = mapping
        self.pace = pace
        self.changed = changed
        self.assigned = assigned
        began = now
        next = now
        deadline = now + (patience ?? pace.patience).seconds
    }

    /// Takes what happened and says what to do next.
    package mutating func event(_ event: Event) -> Action {
        if let ending { return .end(ending) }
        switch event {
        case .looked(let now): return look(at: now)
        case .attempted(let record, let role, let now, let jitter):
            return take(record, role, at: now, jitter: jitter)
        case .assigned(let date):
            assigned = date
            return .sleep(until: next)
        case .changed(let date):
            changed = date
            return .sleep(until: next)
        case .expired(let now, let patience): return end(timeout(at: now, after: patience))
        case .stopped(let now):
            return end(WatchResult(.stopped, at: now, code: "stopped", message: "The watch was stopped."))
        case .removed(let now): return end(.removed(mapping, at: now))
        }
    }

    /// All waits of this watch at `now`: those that passed, and the one that lasts.
    package func waits(at now: Date) -> [PastWait] {
        passed + (span.map { [$0.wait(of: mapping, isComplete: false, now: now, pace: pace)] } ?? [])
    }
}

// What follows from what happened.
extension Watch {
    /// An attempt that is overdue comes before the end of patience, for a suspend may have hidden both.
    private mutating func look(at now: Date) -> Action {
        // A clock that was put back must not put off what was due soon.
        next = min(next, now + pace.cachePause.seconds)
        if next <= now { return .attempt }
        if deadline <= now { return end(timeout(at: now)) }
        return .sleep(until: min(next, deadline))
    }

    private mutating func take(
        _ record: ExchangeRecord,
        _ role: RoleExistence?,
        at now: Date,
        jitter: Double
    ) -> Action {
        attempts += 1
        let isSameToken = record.token.map { token?.isSame(as: $0) ?? false } ?? false
        token = record.token.map { WatchedToken($0, earlier: token, pace: pace) } ?? token
        let sighting = AttemptOutcome(record, assigned: assigned, pace: pace)
        foretold = record.foretoldDenial
        self.role = record.isDenied ? role : nil
        absence = MissingRoleStreak(after: absence, self.role, at: now)
        marks.append(Mark(at: now, sighting, record.outcome, isSameToken: isSameToken))
        if marks.count > Self.memory { marks.removeFirst(marks.count - Self.memory) }
        switch sighting {
        case .works: succeed(at: now)
        case .waits(let cause, let failure):
            wait(for: cause, Reason(failure, in: record.badStep?.step), at: now)
            if let ending = lostRole(at: now) { return end(ending) }
        case .cannot(let failure): return end(WatchResult(.cannot, at: now, failure))
        }
        if successes >= Self.wanted { return end(WatchResult(.works, at: now)) }
        if deadline <= now { return end(timeout(at: now)) }
        next = nextAttempt(after: now, jitter: jitter)
        return .sleep(until: min(next, deadline))
    }

    private mutating func succeed(at now: Date) {
        successes += 1
        reason = nil
        if span?.passed == nil { span?.passed = now }
        turn(to: .stability, at: now)
    }

    private mutating func wait(for cause: WatchCause, _ reason: Reason, at now: Date) {
        if successes > 0 { flaps += 1 }
        successes = 0
        self.reason = reason
        if cause.isPropagation { follow(cause, at: now) }
        turn(to: cause, at: now)
    }

    private mutating func turn(to cause: WatchCause, at now: Date) {
        if self.cause != cause { causeSince = now }
        self.cause = cause
    }

    /// Keeps how long each cause lasts; another cause shows that the one before has passed.
    private mutating func follow(_ cause: WatchCause, at now: Date) {
        if let span, span.cause != cause {
            passed.append(span.wait(of: mapping, isComplete: true, now: now, pace: pace))
            self.span = nil
        }
        let isFirst = passed.isEmpty && span == nil
        span = span ?? WaitSpan(cause: cause, began: isFirst ? start(of: cause) : now)
        span?.passed = nil
    }

    /// When the waiting for the first cause began.
    private func start(of cause: WatchCause) -> Date {
        let known: Date? =
            switch cause {
            case .iam: changed
            case .assignment, .cachedToken: assigned
            case .directory, .trouble, .stability: nil
            }
        return known.map { min($0, began) } ?? began
    }

    private mutating func end(_ ending: WatchResult) -> Action {
        self.ending = ending
        if let span {
            let isComplete = ending.verdict == .works
            passed.append(span.wait(of: mapping, isComplete: isComplete, now: ending.at, pace: pace))
            self.span = nil
        }
        return .end(ending)
    }

    /// The end when IAM knows no such role, and its latest change has settled.
    private func lostRole(at now: Date) -> WatchResult? {
        guard let absence, absence.isSure(at: now, pace), case .missing(let words) = role else { return nil }
        if let changed, now < changed + pace.settling.seconds { return nil }
        return .lostRole(words, of: mapping, at: now)
    }

    private func timeout(at now: Date, after patience: Duration? = nil) -> WatchResult {
        let last = reason.map { " The last attempt: \($0.code): \($0.message)" } ?? ""
        return WatchResult(
            .timedOut,
            at: now,
            code: "timed-out",
            message: "It did not work within \(DurationText.format(patience ?? now.since(began))); "
                + "it waited for \(cause?.words ?? "an attempt").\(last)",
            fix: "Wait longer, or see what `cambist explain \(mapping)` says."
        )
    }
}
