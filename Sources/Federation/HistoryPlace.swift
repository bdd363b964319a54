/// The position of a page of exchanges in the history; every page is newest first.
package enum HistoryPlace: Hashable, Sendable {
    case newest
    /// The exchanges just before one.
    case before(ExchangeRecord.ID)
    /// The exchanges just after one.
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
