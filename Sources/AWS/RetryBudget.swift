import Synchronization

/// When a call to AWS is repeated: the rules of botocore's standard mode, and what STS adds to them.
///
/// Source: botocore 1.43 `retries/standard.py`: three attempts, delays of rand(0…1)·2ⁿ s up to 20 s.
struct RetryBudget {
    /// What an attempt came to, as far as repeating is concerned.
    enum Event {
        case answered(status: Int, code: String? = nil, message: String = "")
        case lost
        case timedOut
    }

    enum Action: Equatable {
        case stop
        case retry(after: Duration)
    }

    private var attempt = 0
    /// What the retries of this call took out of the quota.
    private var taken = 0
    private let quota: RetryQuota

    init(quota: RetryQuota = RetryQuota()) {
        self.quota = quota
    }

    /// What to do after an attempt; `jitter` is in 0…1.
    mutating func event(_ event: Event, jitter: Double) -> Action {
        attempt += 1
        guard Self.isTransient(event) else {
            if case .answered(200, _, _) = event { quota.giveBack(taken) }
            return .stop
        }
        let cost = if case .timedOut = event { RetryQuota.timeoutCost } else { RetryQuota.cost }
        guard attempt < quota.attempts, quota.take(cost) else { return .stop }
        taken = cost
        let ceiling = min(Double(1 << min(attempt - 1, 10)), 20)
        return .retry(after: .seconds(jitter * ceiling))
    }

    private static func isTransient(_ event: Event) -> Bool {
        switch event {
        case .lost, .timedOut: true
        case .answered(let status, let code, let message):
            [429, 500, 502, 503, 504, 509].contains(status) || code.map(isThrottling) == true
                || ["RequestTimeout", "RequestTimeoutException", "IDPCommunicationError"].contains(code)
                || code == "InvalidIdentityToken" && message.contains("retrieve verification key")
        }
    }

    /// Whether a code means that AWS wants fewer requests.
    static func isThrottling(_ code: String) -> Bool {
        throttlingCodes.contains(code)
    }

    private static let throttlingCodes: Set = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
        "TooManyRequestsException", "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "RequestThrottled",
        "SlowDown",
        "PriorRequestNotComplete", "EC2ThrottledException",
    ]
}

/// What all calls together may spend on repeating: when AWS is down, nobody hammers at it.
///
/// Source: botocore 1.43 `retries/quota.py`: 500 tokens, 5 for a retry and 10 after a timeout; a success gives back
/// what its last retry cost, or 1.
package final class RetryQuota: Sendable {
    static let cost = 5
    static let timeoutCost = 10
    private static let capacity = 500

    /// How often a call is tried, the first time included.
    let attempts: Int
    private let left = Mutex(capacity)

    package init(attempts: Int = 3) {
        self.attempts = max(1, attempts)
    }

    /// Whether there is enough left, which is then less.
    func take(_ cost: Int) -> Bool {
        left.withLock { left in
            guard left >= cost else { return false }
            left -= cost
            return true
        }
    }

    /// Takes note of a call that went well.
    func giveBack(_ cost: Int) {
        left.withLock { $0 = min(Self.capacity, $0 + max(1, cost)) }
    }
}
