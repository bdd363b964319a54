/// When a call to AWS is repeated: the rules of botocore's standard mode, and `IDPCommunicationError`.
///
/// Source: botocore 1.43 `retries/standard.py`: three attempts, delays of rand(0…1)·2ⁿ s up to 20 s.
struct RetryBudget {
    /// What an attempt came to, as far as repeating is concerned.
    enum Event {
        case answered(status: Int, code: String?)
        case lost
    }

    enum Action: Equatable {
        case stop
        case retry(after: Duration)
    }

    private var attempt = 0
    private let attempts: Int

    init(attempts: Int = 3) {
        self.attempts = attempts
    }

    /// What to do after an attempt; `jitter` is in 0…1.
    mutating func event(_ event: Event, jitter: Double) -> Action {
        attempt += 1
        guard attempt < attempts, Self.isTransient(event) else { return .stop }
        let ceiling = min(Double(1 << (attempt - 1)), 20)
        return .retry(after: .seconds(jitter * ceiling))
    }

    private static func isTransient(_ event: Event) -> Bool {
        switch event {
        case .lost: true
        case .answered(let status, let code):
            [500, 502, 503, 504].contains(status) || code.map(isThrottling) == true
                || ["RequestTimeout", "RequestTimeoutException", "IDPCommunicationError"].contains(code)
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
