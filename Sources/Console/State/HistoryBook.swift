package import Federation
import Foundation

/// What of the past is asked for: what the store can look for itself.
package struct HistoryQuery: Hashable, Sendable {
    /// Each must occur in a name, or in the failure's code or message.
    package let words: [String]
    /// `ok` or `failed`; `nil` for both.
    package let outcome: StepOutcome?

    init(_ filter: Filter) {
        words = filter.plainWords
        let wanted = [StepOutcome.ok, .failed].filter { outcome in
            filter.wantedStates.allSatisfy(outcome.rawValue.hasPrefix)
        }
        outcome = wanted.count == 1 ? wanted[0] : nil
    }
}

/// A page of the past that is asked for.
package struct HistoryPage: Hashable, Sendable {
    package let query: HistoryQuery
    /// The last exchange of the page before; the newest page without it.
    package let before: ExchangeRecord.ID?
    /// How many exchanges at most.
    package let limit: Int
}

/// A page with the number of the request for it.
struct HistoryAsk: Hashable, Sendable {
    let request: Request
    let page: HistoryPage
}

/// The past exchanges as far as they have been looked at, the newest first.
///
/// It asks for a page when the lines shown come near the end of what it has, and never has more than was
/// scrolled through, however many there are.
package struct HistoryBook: Hashable, Sendable {
    private static let pageSize = 200
    /// So many lines beyond those shown are wanted.
    private static let margin = 60

    private var records: [ExchangeRecord] = []
    /// Indices of those that pass the filter.
    private var shown: [Int] = []
    /// What came since the newest page was asked for, oldest first.
    private var arrivals: [ExchangeRecord] = []
    private var pending: HistoryAsk?
    /// The last exchange that the store gave.
    private var last: ExchangeRecord.ID?
    private var isComplete = false
    /// Whether what is shown belongs to the filter.
    private var isCurrent = false
    package internal(set) var cursor = ListCursor()
    package private(set) var filter = Filter()
    /// The order that the store has: the newest first.
    static let naturalOrder = ListOrder("TIME", isDescending: true)
    /// How what was read so far is sorted.
    package private(set) var order = naturalOrder
    /// Why the store gives nothing.
    private(set) var problem: String?

    init() {}

    package var count: Int { shown.count }
    package var isEmpty: Bool { records.isEmpty && isComplete }
    /// Whether a page is being read.
    var isReading: Bool { pending != nil }

    package subscript(line: Int) -> ExchangeRecord { records[shown[line]] }

    package var selected: ExchangeRecord? { cursor.selected < count ? self[cursor.selected] : nil }

    /// Takes an exchange that has just ended; a cursor that is not at the newest stays where it is.
    mutating func append(_ record: ExchangeRecord) {
        arrivals.append(record)
        if arrivals.count > Self.pageSize { arrivals.removeFirst() }
        guard matches(record) else { return }
        records.insert(record, at: 0)
        shown = shown.map { $0 + 1 }
        let line =
            order == Self.naturalOrder
            ? 0 : order.place(of: 0, in: shown, { records[$0] }, precedes: <)
        shown.insert(0, at: line)
        if cursor.selected > 0, line <= cursor.selected { cursor.select(cursor.selected + 1) }
    }

    /// Sorts what was read so far.
    mutating func sort(by order: ListOrder) {
        let selected = cursor.selected < count ? shown[cursor.selected] : nil
        self.order = order
        arrange()
        if let selected, let line = shown.firstIndex(of: selected) { cursor.select(line) }
    }

    /// Whether the store has more than was read.
    var isPartial: Bool { !isComplete }

    private mutating func arrange() {
        let passing = records.indices.filter { matches(records[$0]) }
        shown = order == Self.naturalOrder ? passing : order.sorted(passing) { records[$0] }
    }

    mutating func show(only filter: Filter) {
        self.filter = filter
        isCurrent = false
        cursor.select(0)
        arrange()
    }

    /// Reads the newest page anew when the panel is come to, for other processes may have added to it.
    mutating func refresh() {
        if cursor.selected == 0 { isCurrent = false }
    }

    /// The page that is wanted to show lines up to `end`; `request` numbers it.
    mutating func wanted(showing end: Int, _ request: () -> Request) -> HistoryAsk? {
        guard pending == nil else { return nil }
        let isFirst = !isCurrent
        guard isFirst || !isComplete && end + Self.margin > count else { return nil }
        let page = HistoryPage(
            query: HistoryQuery(filter),
            before: isFirst ? nil : last,
            limit: Self.pageSize
        )
        if isFirst {
            isCurrent = true
            arrivals = []
        }
        pending = HistoryAsk(request: request(), page: page)
        return pending
    }

    /// Takes a page that was asked for, or why there is none.
    mutating func take(_ answer: Result<[ExchangeRecord], HistoryProblem>, to request: Request) {
        guard let page = pending?.page, pending?.request == request else { return }
        pending = nil
        // What was typed meanwhile is asked for next.
        guard isCurrent else { return }
        let followed = page.before != nil && cursor.selected < count ? shown[cursor.selected] : nil
        switch answer {
        case .success(let found):
            problem = nil
            isComplete = found.count < page.limit
            last = found.last?.id ?? last
            if page.before == nil {
                let fresh = arrivals.filter { arrival in
                    matches(arrival) && !found.contains { $0.isSame(as: arrival) }
                }
                records = fresh.reversed() + found
            } else {
                records += found
            }
        case .failure(let error):
            problem = error.text
            isComplete = true
        }
        arrange()
        if let followed, let line = shown.firstIndex(of: followed) { cursor.select(line) }
    }

    private func matches(_ record: ExchangeRecord) -> Bool {
        let query = HistoryQuery(filter)
        if let outcome = query.outcome, record.outcome != outcome { return false }
        return filter.matches(record.searchText, state: record.outcome.rawValue)
    }
}

/// Why the past cannot be read.
package struct HistoryProblem: Error, Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }
}

extension ExchangeRecord {
    /// Whether it is the same exchange under another number; the store keeps its instant.
    fileprivate func isSame(as other: ExchangeRecord) -> Bool {
        mapping == other.mapping && abs(at.timeIntervalSince(other.at)) < 0.000_001
    }
}

extension ExchangeRecord: Sortable {
    /// By its columns in the history.
    package static let sortKeys: [SortKey<ExchangeRecord>] = [
        SortKey("TIME") { SortValue($0.at) },
        SortKey("OUTCOME") { .text($0.outcome.rawValue) },
        SortKey("MAPPING") { .text($0.mapping) },
        SortKey("RESULT") { .text($0.failure?.code ?? "~\($0.assumedRoleARN ?? "")") },
        SortKey("LATENCY") { SortValue($0.duration.seconds) },
        SortKey("TOKEN") { $0.token.map { .text($0.fingerprint) } ?? .absent },
    ]
}
