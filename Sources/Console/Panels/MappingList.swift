import DequeModule
import Drawing
package import Federation
package import FoundationEssentials
import HeapModule

/// The mappings with their status, and the counts that the header shows.
package struct MappingList: Hashable, Sendable {
    /// The order in which mappings that need attention come first.
    static let attentionFirst = ListOrder("STATE")

    /// The rows, stored by name; mappings that need attention are shown first.
    package internal(set) var list = ListModel<MappingRow>(
        order: ListOrder("MAPPING"),
        shown: attentionFirst,
        selectsFirst: true
    )
    package private(set) var counts: [MappingStatus: Int] = [:]
    /// The number of mappings with a requested or running exchange.
    package private(set) var pendingCount = 0
    package private(set) var widths = Widths()
    /// All tags in lower case, sorted.
    private(set) var tags: [String] = []
    /// The number of mappings with each of ``MappingRow/filterCodes``.
    private(set) var codes: [String: Int] = [:]
    /// Whether every role's name equals the name of its mapping.
    private(set) var hasPlainRoles = true
    /// The name of this node.
    var node = "" {
        didSet { list.share(node, as: .node) }
    }
    private var expiries = ExpiryQueue()
    /// An exchange that the operator starts is shown as running for at least this time, in seconds.
    private static let markTime = 0.3
    /// The latest ``MappingRow/markEnd`` of all mappings; `nil` once that time has passed.
    package private(set) var markEnd: Date?

    /// The widths of the widest values, in terminal columns.
    package struct Widths: Hashable, Sendable {
        package var name = 0
        package var identity = 0
        package var role = 0
        package var via = 0
        package var region = 0
        package var audience = 0
        package var tags = 0
        package var cause = 0

        fileprivate mutating func include(_ mapping: RoleMapping) {
            name = max(name, mapping.id.columns(upTo: 40))
            identity = max(identity, mapping.identity.columns(upTo: 30))
            role = max(role, mapping.roleARN.name.columns(upTo: 40))
            via = max(via, MappingList.via(mapping).columns(upTo: 40))
            audience = max(audience, mapping.audience.columns(upTo: 80))
            region = max(region, mapping.region.columns(upTo: 20))
            let gaps = max(0, mapping.tags.count - 1)
            tags = max(tags, mapping.tags.reduce(gaps) { $0 + $1.columns(upTo: 30) })
        }

        /// Widens the column for a cause; the column stays wide when the cause disappears.
        fileprivate mutating func include(_ mappingCause: MappingCause?) {
            if let mappingCause { cause = max(cause, mappingCause.text.columns(upTo: 44)) }
        }
    }

    init() {}

    /// Returns ` via ` and the name of a mapping's hub; empty without a hub.
    static func via(_ mapping: RoleMapping) -> String {
        mapping.hub.map { " via \($0.id)" } ?? ""
    }

    package var rows: some Collection<MappingRow> { list.all }
    package var selected: MappingRow? { list.selected }
    package subscript(id: RoleMapping.ID) -> MappingRow? { list[id: id] }

    /// The mappings for an action: the marked mappings by name; if none is marked, the selected mapping.
    var targets: [RoleMapping.ID] {
        if list.marked.isEmpty { return selected.map { [$0.id] } ?? [] }
        return list.marked.sorted()
    }

    /// Returns the mappings, those that need attention first.
    func byAttention(_ ids: [RoleMapping.ID]) -> [RoleMapping.ID] {
        list.sorted(ids) { $0.status.rank }
    }

    /// The values of a field, sorted.
    func values(of field: FilterField) -> [String] {
        switch field {
        case .code: codes.filter { $0.value > 0 }.keys.sorted()
        case .tag: tags
        case .account: Set(rows.lazy.map(\.mapping.roleARN.account)).sorted()
        case .role: Set(rows.lazy.map(\.mapping.roleARN.name)).sorted()
        case .identity: Set(rows.lazy.map(\.mapping.identity)).sorted()
        case .region: Set(rows.lazy.map(\.mapping.region)).sorted()
        case .node: [node]
        case .state: []
        }
    }

    /// Replaces the mappings after the configuration changed.
    ///
    /// A mapping whose identity, audience, and role are unchanged keeps its records.
    mutating func replace(with mappings: [RoleMapping], now: Date) {
        let order = TextRanks.sortedIndices(of: mappings.map(\.id))
        let replaced = Deque(
            order.lazy.map { [list] in MappingRow(mapping: mappings[$0], earlier: list[id: mappings[$0].id]) }
        )
        pendingCount = replaced.count { $0.pending != nil }
        widths = mappings.reduce(into: Widths()) { $0.include($1) }
        tags = Set(mappings.lazy.flatMap(\.tags).map { $0.lowercased() }).sorted()
        hasPlainRoles = mappings.allSatisfy { $0.roleARN.name == $0.id }
        for row in replaced { widths.include(row.cause) }
        setRows(replaced, now: now)
    }

    /// Changes a mapping's row; ignores an unknown ID.
    mutating func modify(_ id: RoleMapping.ID, now: Date, _ change: (inout MappingRow) -> Void) {
        var pendingChange = 0
        var statuses: (before: MappingStatus, after: MappingStatus)?
        var causes: (before: MappingCause?, after: MappingCause?) = (nil, nil)
        var next: Date?
        list.modify(id) { row in
            let (before, wasPending, cause) = (row.status, row.pending != nil, row.cause)
            change(&row)
            row.updateStatus(at: now)
            statuses = (before, row.status)
            if cause != row.cause { causes = (cause, row.cause) }
            pendingChange = (row.pending != nil ? 1 : 0) - (wasPending ? 1 : 0)
            next = row.nextChange(after: now)
        }
        pendingCount += pendingChange
        if let statuses {
            counts[statuses.before, default: 0] -= 1
            counts[statuses.after, default: 0] += 1
        }
        for code in causes.before?.codes ?? [] { codes[code, default: 0] -= 1 }
        for code in causes.after?.codes ?? [] { codes[code, default: 0] += 1 }
        widths.include(causes.after)
        if let next { expiries.add(id, at: next) }
    }

    /// Shows a mapping as exchanging for a minimum time, because the operator started an exchange.
    mutating func mark(_ id: RoleMapping.ID, at now: Date) {
        let end = now + Self.markTime
        list.modify(id) { $0.markEnd = end }
        markEnd = end
    }

    /// Updates the statuses that depend on the time.
    mutating func advance(from before: Date, to now: Date) {
        if let end = markEnd, end <= now { markEnd = nil }
        if now < before { return setRows(Deque(list.all), now: now) }
        while let id = expiries.popDue(at: now) {
            modify(id, now: now) { _ in }
        }
    }

    /// The next instant at which a status can change (for example, because credentials expire), if any.
    var nextChange: Date? { expiries.first }

    private mutating func setRows(_ rows: consuming Deque<MappingRow>, now: Date) {
        expiries = ExpiryQueue()
        counts = [:]
        codes = [:]
        for position in rows.indices { update(&rows[position], now: now) }
        list.replace(with: rows)
    }

    /// Updates and counts the status of a row in place; a copy of the row would be slow.
    private mutating func update(_ row: inout MappingRow, now: Date) {
        for code in row.filterCodes { codes[code, default: 0] += 1 }
        row.updateStatus(at: now)
        counts[row.status, default: 0] += 1
        if let next = row.nextChange(after: now) { expiries.add(row.id, at: next) }
    }
}

/// The instants at which statuses can change, the earliest first.
///
/// If a mapping changes, the mapping's earlier entry stays in the queue, but has no effect.
private struct ExpiryQueue: Hashable, Sendable {
    private struct Entry: Hashable, Comparable {
        let at: Date
        let id: RoleMapping.ID

        static func < (left: Entry, right: Entry) -> Bool { left.at < right.at }
    }

    private var heap: Heap<Entry> = []

    var first: Date? { heap.min?.at }

    mutating func add(_ id: RoleMapping.ID, at date: Date) {
        heap.insert(Entry(at: date, id: id))
    }

    /// Removes and returns the earliest mapping that is due at `now`.
    mutating func popDue(at now: Date) -> RoleMapping.ID? {
        guard let first = heap.min, first.at <= now else { return nil }
        return heap.popMin()?.id
    }

    static func == (left: ExpiryQueue, right: ExpiryQueue) -> Bool {
        left.heap.unordered == right.heap.unordered
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(heap.count)
    }
}
