/// Randomly injects failures at the configured rates.
struct FaultInjector: Sendable {
    private let rates: AWSFaultRates
    private let seed: Seed
    private var draws = 0

    init(rates: AWSFaultRates, seed: Seed) {
        self.rates = rates
        self.seed = seed
    }

    /// Draws the failure of the next request, if any.
    mutating func nextFault() -> InjectedFault {
        draws += 1
        var left = seed.fraction("fault \(draws)")
        let outcomes: [(Double, InjectedFault)] = [
            (rates.throttled, .throttled),
            (rates.failing / 2, .internalFailure),
            (rates.failing / 2, .unavailable),
            (rates.slow, .slow(rates.slowness)),
            (rates.cut, .cut),
        ]
        for (rate, fault) in outcomes {
            if left < rate { return fault }
            left -= rate
        }
        return .none
    }

    enum InjectedFault: Hashable, Sendable {
        case none
        case throttled
        case internalFailure
        case unavailable
        case slow(Duration)
        case cut

        /// Throws the error that replaces the response, if there is one.
        func check() throws(AWSFault) {
            switch self {
            case .throttled: throw .throttling
            case .internalFailure: throw .internalFailure
            case .unavailable: throw .serviceUnavailable
            case .none, .slow, .cut: return
            }
        }

        /// Delays the response or marks the connection for closing; other faults change nothing.
        func apply(to response: inout WireResponse) {
            switch self {
            case .slow(let delay): response.delay += delay
            case .cut: response.isCut = true
            case .none, .throttled, .internalFailure, .unavailable: return
            }
        }
    }
}
