/// The position of a page of exchanges in the history; pages are sorted newest first.
package enum HistoryPlace: Hashable, Sendable {
    case newest
    /// The page of exchanges directly before the given one.
    case before(ExchangeRecord.ID)
    /// The page of exchanges directly after the given one.
    case after(ExchangeRecord.ID)
    case oldest

    /// Whether the page is located from the oldest end.
    package var isFromOldest: Bool {
        switch self {
        case .newest, .before: false
        case .after, .oldest: true
        }
    }
}
