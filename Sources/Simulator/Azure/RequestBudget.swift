import Federation
import FoundationEssentials

/// A limit on the total cost of requests within a sliding time window.
struct RequestBudget: Sendable {
    private let limit: Int
    private let window: Duration
    private var spent: [(at: Date, cost: Int)] = []

    init(limit: Int, window: Duration) {
        self.limit = limit
        self.window = window
    }

    /// Spends `cost` and returns `nil`; if `cost` would exceed the limit, returns a delay instead.
    ///
    /// At the end of the delay, the oldest cost leaves the window.
    mutating func delay(of cost: Int, at date: Date) -> Duration? {
        spent.removeAll { date.since($0.at) >= window }
        guard spent.reduce(cost, { $0 + $1.cost }) > limit, let oldest = spent.first else {
            spent.append((date, cost))
            return nil
        }
        return window - date.since(oldest.at)
    }
}

/// A limit on the number of concurrent requests.
struct ConcurrencyLimit: Sendable {
    private let width: Int
    /// The times at which the responses to pending requests will be sent.
    private var ends: [Date] = []

    init(width: Int) {
        self.width = width
    }

    /// Whether the limit allows another request.
    mutating func allowsRequest(at date: Date) -> Bool {
        ends.removeAll { $0 <= date }
        return ends.count < width
    }

    /// Counts a request until its response is sent.
    mutating func add(until end: Date) {
        ends.append(end)
    }
}
