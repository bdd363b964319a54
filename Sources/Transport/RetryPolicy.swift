package import Federation
import Synchronization

/// The rules for retrying a request.
package struct RetryPolicy: Sendable {
    /// The pauses before the retries, one for each retry; see also ``repeatsLastPause``.
    package var pauses: [Duration]
    /// Whether the last pause repeats until ``limit`` is reached.
    package var repeatsLastPause = false
    /// Whether each pause is multiplied by a random factor of 0…1.
    package var hasJitter = false
    /// HTTP statuses to retry.
    package var statuses: Set<Int> = []
    /// Error codes to retry, regardless of the status.
    package var codes: Set<String> = []
    /// Error codes to retry if the service's message contains a text.
    package var messages: [(code: String, text: String)] = []
    /// The minimum pause after a status of 500…599; a `Retry-After` header overrides this pause.
    package var serverErrorPause = Duration.zero
    /// The pauses after a status of 410; if empty, ``pauses`` applies.
    package var gonePauses: [Duration] = []
    /// The pauses after a refused or broken connection; if `nil`, ``pauses`` applies.
    package var reconnectPauses: [Duration]?
    /// Whether to retry after a timeout.
    package var retriesTimeouts = false
    /// A timeout is retried only within this time after the start of the first attempt.
    package var timeoutLimit = Duration.seconds(12)
    /// The maximum time from the start of the first attempt to the start of the last retry.
    package var limit = Duration.seconds(150)
    /// The retry budget, shared with other callers.
    package var quota: RetryQuota?

    /// The upper bound of ``limit`` while an operator waits for a diagnosis; `nil` at other times.
    @TaskLocal package static var diagnosisLimit: Duration?

    package init(pauses: [Duration]) {
        self.pauses = pauses
    }

    /// The properties of an attempt's outcome that determine retries.
    package enum Outcome: Hashable, Sendable {
        case answered(status: Int, code: String? = nil, message: String = "", retryAfter: Duration? = nil)
        case disconnected
        case timedOut
        /// The response is valid but does not yet contain the expected result.
        case pending
        /// A retry cannot change the result.
        case final
    }

    /// Repeats an attempt until its outcome is final or the policy allows no further retry.
    ///
    /// For retries, the function sets ``HTTPRequest/triesFailedHosts``. Without this setting, ``HTTPTransport`` sends
    /// no request to a failed host.
    ///
    /// - Returns: The value of the last attempt, even if the task is canceled during a pause.
    package func run<Value: Sendable>(
        time: any TimeSource,
        _ attempt: () async -> (outcome: Outcome, value: Value)
    ) async -> Value {
        var policy = self
        policy.limit = min(limit, Self.diagnosisLimit ?? limit)
        var state = RetryState(policy)
        let start = time.uptime
        var isRetry = false
        while true {
            let (outcome, value) =
                isRetry
                ? await HTTPRequest.$triesFailedHosts.withValue(true) { await attempt() } : await attempt()
            isRetry = true
            let jitter = hasJitter ? Double.random(in: 0...1) : 1
            guard let pause = state.pause(after: outcome, elapsed: time.uptime - start, jitter: jitter),
                (try? await time.sleep(for: pause)) != nil
            else { return value }
        }
    }
}

/// The retry state of one request.
package struct RetryState: Sendable {
    private let policy: RetryPolicy
    private var pauses: ArraySlice<Duration>
    private var gonePauses: ArraySlice<Duration>
    private var reconnectPauses: ArraySlice<Duration>?
    /// The cost of the latest retry, in the quota's tokens.
    private var spent = 0

    package init(_ policy: RetryPolicy) {
        self.policy = policy
        pauses = policy.pauses[...]
        gonePauses = policy.gonePauses[...]
        reconnectPauses = policy.reconnectPauses?[...]
    }

    /// Returns the pause before the next attempt.
    ///
    /// - Parameters:
    ///   - outcome: The outcome of the attempt that just ended.
    ///   - elapsed: The time since the start of the first attempt.
    ///   - jitter: The random factor for the pause, 0…1; used only if the policy has jitter.
    /// - Returns: The pause, or `nil` if the request must not be repeated.
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

/// A retry budget for all calls, so that retries do not prolong an outage of the service.
///
/// The budget has 500 tokens. A retry costs 5 tokens, or 10 after a timeout. A successful call refunds the cost of its
/// last retry, or 1 token without a retry.
///
/// Source: botocore 1.43 `retries/quota.py`.
package final class RetryQuota: Sendable {
    static let cost = 5
    static let timeoutCost = 10
    private static let capacity = 500
    private static let attemptLimit = 100

    /// The maximum number of attempts of one call, including the first; 1…100.
    package let attempts: Int
    private let left = Mutex(capacity)

    package init(attempts: Int = 3) {
        self.attempts = min(max(1, attempts), Self.attemptLimit)
    }

    /// Deducts the cost from the budget; returns `false` if the budget is too small.
    func spend(_ cost: Int) -> Bool {
        left.withLock { left in
            guard left >= cost else { return false }
            left -= cost
            return true
        }
    }

    /// Refunds the cost of a successful call's last retry; at least 1 token.
    func refund(_ cost: Int) {
        left.withLock { $0 = min(Self.capacity, $0 + max(1, cost)) }
    }
}
