import Federation
import Foundation

/// How much may be asked within a stretch of time.
struct RequestBudget: Sendable {
    private let limit: Int
    private let window: Duration
    private var spent: [(at: Date, cost: Int)] = []

    init(limit: Int, window: Duration) {
        self.limit = limit
        self.window = window
    }

    /// Spends `cost`; where that would be too much, spends nothing and tells how long until there is room.
    mutating func wait(for cost: Int, at date: Date) -> Duration? {
        spent.removeAll { date.since($0.at) >= window }
        guard spent.reduce(cost, { $0 + $1.cost }) > limit, let oldest = spent.first else {
            spent.append((date, cost))
            return nil
        }
        return window - date.since(oldest.at)
    }
}

/// How many requests may be under way at once.
struct RequestLane: Sendable {
    private let width: Int
    /// When the answers to those under way are sent.
    private var ends: [Date] = []

    init(width: Int) {
        self.width = width
    }

    /// Whether one more may be under way.
    mutating func hasRoom(at date: Date) -> Bool {
        ends.removeAll { $0 <= date }
        return ends.count < width
    }

    /// Takes a place until the answer is sent.
    mutating func enter(until end: Date) {
        ends.append(end)
    }
}
