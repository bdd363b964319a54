package import Federation
import Foundation

/// The past exchanges as far as they have been looked at, the newest first.
///
/// What it has is a run without gaps that begins at the newest or ends at the oldest exchange. It asks for a page when
/// the lines shown come near the other end of the run, and never has more than was scrolled through, however many
/// there are.
package struct HistoryList: Hashable, Sendable {
    private static let pageSize = 200
    /// So many lines beyond those shown are wanted at least.
    private static let margin = 30

    private var records: [ExchangeRecord] = []
    /// Their indices as they are sorted; `nil` in the store's own order.
    private var sorted: [Int]?
    /// The newest ones whatever the filter, to show those of them that match until the store answers.
    private var newest: [ExchangeRecord] = []
    /// What came since the newest page was asked for, oldest first.
    private var arrivals: [ExchangeRecord] = []
    private var pending: HistoryPageRequest?
    /// The end that the operator wants to see, or that the filter begins with.
    private var jump: HistoryPlace? = .newest
    /// The ends of what the store gave, by its own numbers.
    private var first: ExchangeRecord.ID?
    private var last: ExchangeRecord.ID?
    /// Whether the run has the newest and the oldest exchange.
    private var hasNewest = true
    private var hasOldest = false
    package internal(set) var cursor = ListCursor()
    package private(set) var filter = Filter()
    private var query = HistoryQuery(Filter())
    /// The order that the store has: the newest first.
    static let naturalOrder = ListOrder("TIME", isDescending: true)
    /// How what was read so far is sorted.
    package private(set) var order = naturalOrder
    /// Why the store gives nothing.
    private(set) var problem: String?

    init() {}

    package var count: Int { records.count }
    /// Whether a page is being read.
    var isReading: Bool { pending != nil }
    /// Whether the operator waits for it: something is looked for, or the other end is.
    var isSearching: Bool { pending.map { !filter.isEmpty || $0.page.place == .oldest } ?? false }

    /// Whether the store has more than was read.
    var isPartial: Bool { !hasNewest || !hasOldest }

    package subscript(line: Int) -> ExchangeRecord { records[sorted?[line] ?? line] }

    package var selected: ExchangeRecord? { cursor.selected < count ? self[cursor.selected] : nil }

    /// The line selected, counted from the newest, else from the oldest, with what is known of how many there are.
    var position: String {
        if count == 0 { return "0" }
        let line = min(count, cursor.selected + 1)
        if !hasNewest { return "−\(count - line + 1)" }
        return "\(line)/\(count)\(hasOldest ? "" : "+")"
    }

    /// Takes an exchange that has just ended; a cursor that is not at the newest stays where it is.
    mutating func append(_ record: ExchangeRecord) {
        arrivals.append(record)
        if arrivals.count > Self.pageSize { arrivals.removeFirst() }
        newest = [record] + newest.prefix(Self.pageSize)
        guard hasNewest, query.matches(record) else { return }
        records.insert(record, at: 0)
        var line = 0
        if let others = sorted?.map({ $0 + 1 }) {
            line = order.place(of: 0, in: others, { records[$0] }, precedes: <)
            sorted = others[..<line] + [0] + others[line...]
        }
        if line == 0, cursor.top > 0 {
            cursor.shift(by: 1)
        } else if cursor.selected > 0, line <= cursor.selected {
            cursor.select(cursor.selected + 1)
        }
    }

    /// Sorts what was read so far; a cursor at the first line stays there, for what comes first now is what is
    /// wanted.
    mutating func sort(by order: ListOrder) {
        let selected = cursor.selected == 0 ? nil : selectedIndex
        self.order = order
        arrange()
        follow(selected)
        if !hasNewest { seek(.newest) }
    }

    private mutating func arrange() {
        sorted =
            order == Self.naturalOrder ? nil : order.sorted(Array(records.indices)) { records[$0] }
    }

    private var selectedIndex: Int? {
        cursor.selected < count ? sorted?[cursor.selected] ?? cursor.selected : nil
    }

    /// Keeps the cursor on an exchange though its line may have changed.
    private mutating func follow(_ index: Int?) {
        guard let index else { return }
        if let line = sorted?.firstIndex(of: index) ?? (sorted == nil ? index : nil) { cursor.select(line) }
    }

    /// Looks for other exchanges; until the store answers, those at hand that match are shown.
    mutating func show(only filter: Filter) {
        self.filter = filter
        query = HistoryQuery(filter)
        records = newest.filter(query.matches)
        arrange()
        cursor.select(0)
        seek(.newest)
    }

    /// Reads the newest page anew when the panel is come to, for other processes may have added to it.
    mutating func refresh() {
        if cursor.selected == 0, hasNewest { seek(.newest) }
    }

    /// Goes to the newest or to the oldest exchange, which is read when it is not at hand; where what was read is
    /// sorted, to its ends.
    mutating func go(to end: HistoryPlace) {
        guard sorted == nil else { return cursor.select(end == .oldest ? count - 1 : 0) }
        if end == .oldest {
            cursor.select(count - 1)
            if !hasOldest { seek(end) }
        } else {
            cursor.select(0)
            if !hasNewest { seek(end) }
        }
    }

    /// Goes to a line; beyond the last of all is the first, and the other way round.
    mutating func step(to line: Int) {
        if line < 0 {
            if hasNewest || sorted != nil { go(to: .oldest) }
        } else if line >= count {
            if hasOldest || sorted != nil { go(to: .newest) }
        } else {
            cursor.select(line)
        }
    }

    /// What still runs is not waited for.
    private mutating func seek(_ end: HistoryPlace) {
        jump = end
        pending = nil
        problem = nil
        if query.isVain {
            jump = nil
            (hasNewest, hasOldest) = (true, true)
        }
    }

    /// The page that is wanted to show these lines, of as many as there is room for; `request` numbers it.
    ///
    /// The newest page has little more than there is room for: to read a record takes as long as to draw many.
    mutating func wanted(showing lines: Range<Int>, of room: Int, _ request: () -> Request)
        -> HistoryPageRequest?
    {
        guard pending == nil, let place = jump ?? next(lines) else { return nil }
        if place == .newest { arrivals = [] }
        jump = nil
        pending = HistoryPageRequest(
            request: request(),
            page: HistoryPage(
                query: query,
                place: place,
                limit: place == .newest ? min(Self.pageSize, room + 2 * Self.margin) : Self.pageSize
            )
        )
        return pending
    }

    private func next(_ lines: Range<Int>) -> HistoryPlace? {
        if problem != nil { return nil }
        if !hasOldest, lines.upperBound + Self.margin > count { return last.map(HistoryPlace.before) }
        if !hasNewest, lines.lowerBound < Self.margin { return first.map(HistoryPlace.after) }
        return nil
    }

    /// Takes a page that was asked for, or why there is none.
    mutating func take(_ answer: Result<[ExchangeRecord], HistoryProblem>, to request: Request) {
        guard let page = pending?.page, pending?.request == request else { return }
        pending = nil
        switch answer {
        case .success(let found): take(found, at: page.place, isLast: found.count < page.limit)
        case .failure(let error):
            problem = error.text
            if page.place == .newest { records = fresh(beside: []) }
            arrange()
        }
    }

    private mutating func take(_ found: [ExchangeRecord], at place: HistoryPlace, isLast: Bool) {
        problem = nil
        let selected = selectedIndex
        switch place {
        case .newest:
            records = fresh(beside: found) + found
            (first, last) = (found.first?.id, found.last?.id)
            (hasNewest, hasOldest) = (true, isLast)
            if filter.isEmpty { newest = Array(records.prefix(Self.pageSize)) }
            arrange()
        case .oldest:
            records = found
            (first, last) = (found.first?.id, found.last?.id)
            (hasNewest, hasOldest) = (isLast, true)
            arrange()
            cursor.select(count - 1)
        case .before:
            records += found
            last = found.last?.id ?? last
            hasOldest = isLast
            arrange()
            follow(selected)
        case .after:
            let added = isLast ? fresh(beside: found + records.prefix(Self.pageSize)) + found : found
            records = added + records
            first = found.first?.id ?? first
            hasNewest = isLast
            arrange()
            if sorted == nil {
                cursor.shift(by: added.count)
            } else {
                follow(selected.map { $0 + added.count })
            }
        }
    }

    /// The exchanges of this run, newest first, that the store did not have yet when it was asked.
    private func fresh(beside found: [ExchangeRecord]) -> [ExchangeRecord] {
        arrivals.reversed().filter { arrival in
            query.matches(arrival) && !found.contains { $0.isSame(as: arrival) }
        }
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
