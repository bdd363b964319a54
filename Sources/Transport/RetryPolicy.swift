package import Federation
import Synchronization

/// The rules by which a request is repeated.
package struct RetryPolicy: Sendable {
    /// The pause before each further attempt; their number is the number of further attempts.
    package var pauses: [Duration]
    /// Whether the last pause repeats until ``limit``.
    package var repeatsLastPause = false
    /// Whether each pause is multiplied by a random factor of 0…1.
    package var hasJitter = false
    /// Statuses that a further attempt may change.
    package var statuses: Set<Int> = []
    /// Error codes that a further attempt may change, whatever the status.
    package var codes: Set<String> = []
    /// Error codes that a further attempt may change if the message contains a text.
    package var messages: [(code: String, text: String)] = []
    /// The shortest pause after a status of 500…599.
    package var serverErrorPause = Duration.zero
    /// The pauses after a status of 410, counted apart from the others; the usual ones when empty.
    package var gonePauses: [Duration] = []
    /// The pauses after a refused or broken connection; the usual ones when `nil`.
    package var reconnectPauses: [Duration]?
    /// Whether an attempt that timed out is repeated.
    package var retriesTimeouts = false
    /// The time from the start of the first attempt after which a timeout is not repeated.
    package var timeoutLimit = Duration.seconds(12)
    /// The latest end of a pause, counted from the start of the first attempt.
    package var limit = Duration.seconds(150)
    /// The budget that several callers share.
    package var quota: RetryQuota?

    package init(pauses: [Duration]) {
        self.pauses = pauses
    }

    /// The outcome of an attempt, as far as repeating it is concerned.
    package enum Outcome: Hashable, Sendable {
        case answered(status: Int, code: String? = nil, message: String = "", retryAfter: Duration? = nil)
        /// The connection was refused or broke.
        case disconnected
        case timedOut
        /// The answer is valid but not yet the expected one.
        case pending
        /// No further attempt can change the result.
        case final
    }

    /// Repeats an attempt until its outcome is final or the policy ends.
    ///
    /// - Returns: The value of the last attempt; if the task is canceled during a pause, there is no further one.
    package func run<Value: Sendable>(
        time: any TimeSource,
        _ attempt: () async -> (outcome: Outcome, value: Value)
    ) async -> Value {
        var state = RetryState(self)
        let start = time.uptime
        while true {
            let (outcome, value) = await attempt()
            let jitter = hasJitter ? Double.random(in: 0...1) : 1
            guard let pause = state.pause(after: outcome, elapsed: time.uptime - start, jitter: jitter),
                (try? await time.sleep(for: pause)) != nil
            else { return value }
        }
    }
}

/// The progress of one request through its policy.
package struct RetryState: Sendable {
    private let policy: RetryPolicy
    private var pauses: ArraySlice<Duration>
    private var gonePauses: ArraySlice<Duration>
    private var reconnectPauses: ArraySlice<Duration>?
    /// The quota that the latest retry used.
    private var spent = 0

    package init(_ policy: RetryPolicy) {
        self.policy = policy
        pauses = policy.pauses[...]
        gonePauses = policy.gonePauses[...]
        reconnectPauses = policy.reconnectPauses?[...]
    }

    /// Returns the pause before the next attempt, or `nil` if the outcome is final.
    ///
    /// - Parameters:
    ///   - outcome: The outcome of the attempt that just ended.
    ///   - elapsed: The time since the start of the first attempt.
    ///   - jitter: The factor of the pause, 0…1, where the policy has jitter.
    /// - Returns: The pause, or `nil`.
    package mutating func pause(
        after outcome: RetryPolicy.Outcome,
        elapsed: Duration,
        jitter: Double = 1
    ) -> Duration? {
        if case .answered(200, _, _, _) = outcome { policy.quota?.refund(spent) }
        if outcome == .timedOut, elapsed > policy.timeoutLimit { return nil }
        guard policy.retries(outcome), let next = next(after: outcome) else { return nil }
        let pause = policy.hasJitter ? next * jitter : next
        guard elapsed + pause <= policy.limit else { return nil }
        if let quota = policy.quota {
            let cost = outcome == .timedOut ? RetryQuota.timeoutCost : RetryQuota.cost
            guard quota.spend(cost) else { return nil }
            spent = cost
        }
        return pause
    }

    private mutating func next(after outcome: RetryPolicy.Outcome) -> Duration? {
        switch outcome {
        case .disconnected where reconnectPauses != nil:
            return reconnectPauses?.popFirst()
        case .answered(let status, _, _, let retryAfter):
            let isGone = status == 410 && !policy.gonePauses.isEmpty
            guard let pause = isGone ? gonePauses.popFirst() : nextPause() else { return nil }
            return retryAfter ?? max(pause, status >= 500 ? policy.serverErrorPause : .zero)
        default:
            return nextPause()
        }
    }

    private mutating func nextPause() -> Duration? {
        guard policy.repeatsLastPause, pauses.count == 1 else { return pauses.popFirst() }
        return pauses.first
    }
}

extension RetryPolicy {
    fileprivate func retries(_ outcome: Outcome) -> Bool {
        switch outcome {
        case .final: false
        case .disconnected, .pending: true
        case .timedOut: retriesTimeouts
        case .answered(let status, let code, let message, _):
            statuses.contains(status) || code.map(codes.contains) == true
                || messages.contains { $0.code == code && message.contains($0.text) }
        }
    }
}

/// The budget that all calls share for retries, so that an outage of the service is not made worse.
///
/// Source: botocore 1.43 `retries/quota.py`: 500 tokens, 5 for a retry and 10 after a timeout; a success refunds the
/// cost of its last retry, or 1.
package final class RetryQuota: Sendable {
    static let cost = 5
    static let timeoutCost = 10
    private static let capacity = 500
    private static let attemptLimit = 100

    /// The attempts of one call, the first included; 1…100.
    package let attempts: Int
    private let left = Mutex(capacity)

    package init(attempts: Int = 3) {
        self.attempts = min(max(1, attempts), Self.attemptLimit)
    }

    /// Deducts a cost if enough is left; returns whether it was.
    func spend(_ cost: Int) -> Bool {
        left.withLock { left in
            guard left >= cost else { return false }
            left -= cost
            return true
        }
    }

    /// Records a success whose last retry used `cost`.
    func refund(_ cost: Int) {
        left.withLock { $0 = min(Self.capacity, $0 + max(1, cost)) }
    }
}
