/// Where in the past a page of exchanges is; every page is newest first.
package enum HistoryPlace: Hashable, Sendable {
    case newest
    /// Those before an exchange, the nearest to it.
    case before(ExchangeRecord.ID)
    /// Those after an exchange, the nearest to it.
    case after(ExchangeRecord.ID)
    case oldest

    /// Whether it is counted from the oldest side.
    package var isFromOldest: Bool {
        switch self {
        case .newest, .before: false
        case .after, .oldest: true
        }
    }
}
