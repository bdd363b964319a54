import DequeModule
package import Federation
import FoundationEssentials

/// The past exchanges read so far, the newest first.
///
/// The list is one contiguous range of the history. The range begins at the newest exchange or ends at the oldest.
/// The list requests another page before the operator scrolls out of the range.
package struct HistoryList: Hashable, Sendable {
    private static let pageSize = 200
    /// The list requests a page if fewer lines than this number remain beyond the visible lines.
    private static let margin = 30
    /// The maximum number of exchanges in the list while the newest exchange is selected.
    private static let longestRun = 1000
    /// The store's order: the newest exchange first.
    static let naturalOrder = ListOrder("TIME", isDescending: true)

    package internal(set) var list = ListModel<ExchangeRecord>(order: naturalOrder)
    /// The newest exchanges, unfiltered.
    ///
    /// Until the store answers, the list shows the matches among these exchanges.
    private var newest: Deque<ExchangeRecord> = []
    /// The exchanges that ended after the request for the newest page, oldest first; at most one page.
    private var arrivals: Deque<ExchangeRecord> = []
    private var pending: HistoryPageRequest?
    /// The part of the history to request next, its newest or its oldest exchanges; `nil` after the request.
    private var jump: HistoryPosition? = .newest
    /// The IDs of the first and last exchange that the store returned.
    private var first: ExchangeRecord.ID?
    private var last: ExchangeRecord.ID?
    private var hasNewest = true
    private var hasOldest = false
    /// The filter, which the store applies.
    package private(set) var filter = Filter()
    private var query = HistoryQuery(Filter())
    /// The name of this node, for the filter field `node:`.
    private var node = ""
    /// The reason why the store returned no page.
    private(set) var problem: String?

    init() {}

    package var count: Int { list.count }
    package subscript(line: Int) -> ExchangeRecord { list[line] }
    package var selected: ExchangeRecord? { list.selected }

    var isReading: Bool { pending != nil }
    /// Whether the pending request applies a filter or seeks the oldest exchange.
    var isSearching: Bool { pending.map { !filter.isEmpty || $0.page.place == .oldest } ?? false }

    private var isInStoreOrder: Bool { list.order == Self.naturalOrder }

    /// The number of exchanges in a sorted but incomplete list; `nil` for any other list.
    var sortedCount: Int? {
        (hasNewest && hasOldest) || isInStoreOrder ? nil : count
    }

    /// The position of the selected line, for example `3/200+`.
    ///
    /// The plus sign means that the store may have older exchanges. If the list lacks the newest exchange, the position
    /// counts from the end: `−1` is the oldest exchange.
    var position: String {
        if count == 0 { return "0" }
        let line = min(count, list.cursor.selected + 1)
        if !hasNewest { return "−\(count - line + 1)" }
        return "\(line)/\(count)\(hasOldest ? "" : "+")"
    }

    /// Adds an exchange that has just ended.
    ///
    /// Unless the first line is selected, the selected exchange stays selected.
    mutating func add(_ record: ExchangeRecord) {
        arrivals.append(record)
        if arrivals.count > Self.pageSize { arrivals.removeFirst() }
        newest.prepend(record)
        if newest.count > Self.pageSize { newest.removeLast() }
        if hasNewest, query.matches(record) { list.prepend(record) }
        // While the first line is selected, a list above the maximum length shrinks to one page.
        if count > Self.longestRun, list.cursor.selected == 0, isInStoreOrder {
            list.replace(with: newest.filter(query.matches), keepsLine: true)
            hasOldest = false
            seek(.newest)
        }
    }

    /// Sorts the list; if the list lacks the newest exchange, requests the newest page.
    mutating func sort(by order: ListOrder) {
        list.sort(by: order)
        if !hasNewest { seek(.newest) }
    }

    /// Applies the name of this node and the mappings of a new configuration.
    mutating func apply(node: String, _ mappings: some Collection<RoleMapping>) {
        self.node = node
        list.share(node, as: .node)
        query = HistoryQuery(filter, node: node, mappings)
    }

    /// Starts a search; until the store answers, shows the matches among the newest exchanges.
    ///
    /// A recorded exchange has neither a region nor tags. The filter looks up both in the configured mappings.
    mutating func show(only filter: Filter, of mappings: some Collection<RoleMapping>) {
        self.filter = filter
        query = HistoryQuery(filter, node: node, mappings)
        list.replace(with: newest.filter(query.matches), keepsLine: true)
        list.cursor.select(0)
        seek(.newest)
    }

    /// Requests the newest page again if the first line is selected and the list includes the newest exchange.
    ///
    /// Other processes may have added exchanges.
    mutating func refresh() {
        if list.cursor.selected == 0, hasNewest { seek(.newest) }
    }

    /// Goes to the newest or the oldest exchange, or to an end of a sorted list.
    mutating func go(to end: HistoryPosition) {
        list.cursor.select(end == .oldest ? count - 1 : 0)
        guard isInStoreOrder else { return }
        if !(end == .oldest ? hasOldest : hasNewest) { seek(end) }
    }

    /// Goes to a line; wraps around at the ends of the history and of a sorted list.
    mutating func step(to line: Int) {
        if line < 0 {
            if hasNewest || !isInStoreOrder { go(to: .oldest) }
        } else if line >= count {
            if hasOldest || !isInStoreOrder { go(to: .newest) }
        } else {
            list.cursor.select(line)
        }
    }

    private mutating func seek(_ end: HistoryPosition) {
        jump = end
        pending = nil
        problem = nil
        if query.isUnsatisfiable {
            jump = nil
            (hasNewest, hasOldest) = (true, true)
        }
    }

    /// Returns the page to request for the visible lines; `nil` if no page is needed.
    ///
    /// `room` is the number of rows on the screen. The newest page is small, because reading one record takes as long
    /// as drawing many lines.
    func wantedPage(showing lines: Range<Int>, room: Int) -> HistoryPage? {
        guard pending == nil, let place = jump ?? nextPlace(lines) else { return nil }
        let limit = place == .newest ? min(Self.pageSize, room + 2 * Self.margin) : Self.pageSize
        return HistoryPage(query: query, place: place, limit: limit)
    }

    mutating func begin(_ page: HistoryPage, _ request: Request) {
        if page.place == .newest { arrivals = [] }
        jump = nil
        pending = HistoryPageRequest(request: request, page: page)
    }

    private func nextPlace(_ lines: Range<Int>) -> HistoryPosition? {
        if problem != nil { return nil }
        if !hasOldest, lines.upperBound + Self.margin > count { return last.map(HistoryPosition.before) }
        if !hasNewest, lines.lowerBound < Self.margin { return first.map(HistoryPosition.after) }
        return nil
    }

    /// Adds the requested page or stores the error; ignores an outdated answer.
    mutating func finish(_ request: Request, _ answer: Result<[ExchangeRecord], HistoryProblem>) {
        guard let page = pending?.page, pending?.request == request else { return }
        pending = nil
        switch answer {
        case .success(let found): add(found, at: page.place, isLast: found.count < page.limit)
        case .failure(let error):
            problem = error.text
            if page.place == .newest { list.replace(with: arrivals(missingFrom: []), keepsLine: true) }
        }
    }

    private mutating func add(_ found: [ExchangeRecord], at place: HistoryPosition, isLast: Bool) {
        problem = nil
        switch place {
        case .newest:
            let records = arrivals(missingFrom: found) + found
            (first, last) = (found.first?.id, found.last?.id)
            (hasNewest, hasOldest) = (true, isLast)
            if filter.isEmpty { newest = Deque(records.prefix(Self.pageSize)) }
            list.replace(with: records, keepsLine: true)
        case .oldest:
            (first, last) = (found.first?.id, found.last?.id)
            (hasNewest, hasOldest) = (isLast, true)
            list.replace(with: found, keepsLine: true)
            list.cursor.select(count - 1)
        case .before:
            list.append(contentsOf: found)
            last = found.last?.id ?? last
            hasOldest = isLast
        case .after:
            let known = found + list.all.prefix(Self.pageSize)
            list.prepend(contentsOf: isLast ? arrivals(missingFrom: known) + found : found)
            first = found.first?.id ?? first
            hasNewest = isLast
        }
    }

    /// Returns the matching exchanges that ended since this console started and are not in `found`, the newest first.
    private func arrivals(missingFrom found: [ExchangeRecord]) -> [ExchangeRecord] {
        arrivals.reversed().filter { arrival in
            query.matches(arrival) && !found.contains { $0.isSame(as: arrival) }
        }
    }
}

extension ExchangeRecord {
    /// Whether both records describe one exchange; the store assigns a different ID, but keeps the time.
    fileprivate func isSame(as other: ExchangeRecord) -> Bool {
        mapping == other.mapping && abs(at.timeIntervalSince(other.at)) < 0.000_001
    }
}

extension ExchangeRecord: ListEntry {
    package static let sortKeys: [SortKey<ExchangeRecord>] = [
        SortKey("TIME") { SortValue($0.at) },
        SortKey("OUTCOME") { .text($0.outcome.rawValue) },
        SortKey("MAPPING") { .text($0.mapping) },
        SortKey("RESULT") { .text($0.failure?.code ?? "~\($0.assumedRoleARN ?? "")") },
        SortKey("LATENCY") { SortValue($0.duration.seconds) },
        SortKey("TOKEN") { $0.token.map { .text($0.fingerprint) } ?? .absent },
    ]

    /// Empty, because the store filters the history.
    package var filterText: String { "" }
}

/// A search of the history, which the store evaluates over all exchanges.
package struct HistoryQuery: Hashable, Sendable {
    /// The words to find, each in a name or in the failure's code or message.
    ///
    /// A word of at least four hexadecimal digits can also match the token's fingerprint.
    package let words: [String]
    /// The other conditions on names and failures.
    package let terms: [HistoryTerm]
    /// The expression that must match a name or the failure.
    package let expression: SearchExpression?
    /// `ok` or `failed`; `nil` for both.
    package let outcome: StepOutcome?
    /// Whether no exchange can match; in that case, the list does not query the store.
    let isUnsatisfiable: Bool

    /// The filter fields for exchanges, except `state:`.
    static let fields: [FilterField] = [.code] + RoleMapping.filterFields + [.node]
    private static let known = Set(fields + [.state])

    init(
        _ filter: Filter,
        node: String = "",
        _ mappings: some Collection<RoleMapping> = EmptyCollection<RoleMapping>()
    ) {
        let plain = filter.terms.filter(\.isPlain)
        words = plain.map(\.text.text)
        terms = filter.terms.filter { !$0.isPlain }.compactMap { HistoryTerm($0, mappings) }
        expression = filter.expression
        let states = filter.terms(for: .state)
        let wanted = [StepOutcome.ok, .failed].filter { outcome in
            states.allSatisfy { $0.matches(outcome.rawValue) != $0.isExcluding }
        }
        outcome = wanted.count == 1 ? wanted[0] : nil
        let isOfNode = filter.terms(for: .node).allSatisfy { $0.matches(node.lowercased()) != $0.isExcluding }
        let isUnknown = filter.terms.contains { $0.field.map { !Self.known.contains($0) } ?? false }
        isUnsatisfiable = filter.isInvalid || isUnknown || wanted.isEmpty || !isOfNode
    }

    /// Whether an exchange matches by the same rules as the store's search.
    func matches(_ record: ExchangeRecord) -> Bool {
        if isUnsatisfiable || outcome.map({ $0 != record.outcome }) ?? false { return false }
        if !terms.allSatisfy({ $0.passes(record) }) { return false }
        if words.isEmpty, expression == nil { return true }
        let failure = record.failure.map { "\($0.code) \($0.message)" }
        let names = [record.mapping, record.identity, record.roleARN.description, failure].compactMap(\.self)
        return words.allSatisfy { HistoryTerm(.anything, $0).passes(record) }
            && (expression.map { sought in names.contains { sought.range(in: $0) != nil } } ?? true)
    }
}

extension Filter.Term {
    /// Whether the term is a word that matches anywhere.
    fileprivate var isPlain: Bool { field == nil && !isAtStart && !isAtEnd && !isExcluding }
}

extension HistoryTerm {
    /// Creates a condition that the store evaluates; `nil` for `state:` and `node:`, which ``HistoryQuery`` handles.
    ///
    /// `mappings` are the mappings in the configuration.
    fileprivate init?(_ term: Filter.Term, _ mappings: some Collection<RoleMapping>) {
        let property: Property
        switch term.field {
        case nil: property = .anything
        case .identity: property = .identity
        case .account: property = .account
        case .role: property = .role
        case .code: property = .code
        case .region, .tag:
            let matching = mappings.lazy.filter { mapping in
                (term.field == .region ? [mapping.region] : mapping.tags).contains {
                    term.matches($0.lowercased())
                }
            }
            property = .mapping(Set(matching.map(\.id)))
        case .state, .node: return nil
        }
        self.init(
            property,
            term.text.text,
            isAtStart: term.isAtStart,
            isAtEnd: term.isAtEnd,
            isExcluding: term.isExcluding
        )
    }
}

/// A page of the history.
package struct HistoryPage: Hashable, Sendable {
    package let query: HistoryQuery
    package let place: HistoryPosition
    /// The maximum number of exchanges.
    package let limit: Int
}

private struct HistoryPageRequest: Hashable, Sendable {
    let request: Request
    let page: HistoryPage
}

/// The reason why the history cannot be read.
package struct HistoryProblem: Error, Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }
}
