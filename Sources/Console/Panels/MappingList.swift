import Drawing
package import Federation
package import Foundation
import HeapModule

/// The mappings with their status, and the counts that the header shows.
package struct MappingList: Hashable, Sendable {
    /// The rows, stored by name.
    package internal(set) var list = ListModel<MappingRow>(order: ListOrder("MAPPING"))
    package private(set) var counts: [MappingStatus: Int] = [:]
    /// The number of running exchanges.
    package private(set) var pendingCount = 0
    package private(set) var widths = Widths()
    /// All tags in lower case, sorted.
    private(set) var tags: [String] = []
    private var expiries = ExpiryQueue()
    /// The time for which the mark of an exchange shows at least, in seconds.
    private static let markTime = 0.3
    /// The latest end of a mark of an exchange; `nil` when all have ended.
    package private(set) var markEnd: Date?

    /// The columns that the widest values need.
    package struct Widths: Hashable, Sendable {
        package var name = 0
        package var identity = 0
        package var role = 0

        fileprivate mutating func include(_ mapping: RoleMapping) {
            name = max(name, mapping.id.columns(upTo: 40))
            identity = max(identity, mapping.identity.columns(upTo: 30))
            role = max(role, mapping.roleARN.name.columns(upTo: 40))
        }
    }

    init() {}

    package var rows: some Collection<MappingRow> { list.all }
    package var selected: MappingRow? { list.selected }
    package subscript(id: RoleMapping.ID) -> MappingRow? { list[id: id] }

    /// The mappings that an action applies to: the marked ones by name, or the selected one.
    var targets: [RoleMapping.ID] {
        if list.marked.isEmpty { return selected.map { [$0.id] } ?? [] }
        return list.marked.sorted()
    }

    /// Replaces the mappings after the configuration changed; unchanged mappings keep their records.
    mutating func replace(with mappings: [RoleMapping], now: Date) {
        let order = TextRanks.sortedIndices(of: mappings.map(\.id))
        let replaced = order.map { MappingRow(mapping: mappings[$0], earlier: list[id: mappings[$0].id]) }
        pendingCount = replaced.count { $0.pending != nil }
        widths = mappings.reduce(into: Widths()) { $0.include($1) }
        tags = Set(replaced.lazy.flatMap(\.filterTags)).sorted()
        setRows(replaced, now: now)
    }

    /// Changes a mapping; an unknown id is ignored.
    mutating func modify(_ id: RoleMapping.ID, now: Date, _ change: (inout MappingRow) -> Void) {
        var pendingChange = 0
        var statuses: (before: MappingStatus, after: MappingStatus)?
        var next: Date?
        list.modify(id) { row in
            let (before, wasPending) = (row.status, row.pending != nil)
            change(&row)
            row.updateStatus(at: now)
            statuses = (before, row.status)
            pendingChange = (row.pending != nil ? 1 : 0) - (wasPending ? 1 : 0)
            next = row.nextChange(after: now)
        }
        pendingCount += pendingChange
        if let statuses {
            counts[statuses.before, default: 0] -= 1
            counts[statuses.after, default: 0] += 1
        }
        if let next { expiries.add(id, at: next) }
    }

    /// Marks a mapping whose exchange the operator has started.
    mutating func mark(_ id: RoleMapping.ID, at now: Date) {
        let end = now + Self.markTime
        list.modify(id) { $0.markEnd = end }
        markEnd = end
    }

    /// Updates the statuses that depend on the time.
    mutating func advance(from before: Date, to now: Date) {
        if let end = markEnd, end <= now { markEnd = nil }
        if now < before { return setRows(Array(list.all), now: now) }
        while let id = expiries.popDue(at: now) {
            modify(id, now: now) { _ in }
        }
    }

    /// The next instant at which a status changes.
    var nextChange: Date? { expiries.first }

    private mutating func setRows(_ rows: [MappingRow], now: Date) {
        var rows = rows
        expiries = ExpiryQueue()
        counts = [:]
        for position in rows.indices {
            rows[position].updateStatus(at: now)
            counts[rows[position].status, default: 0] += 1
            if let next = rows[position].nextChange(after: now) { expiries.add(rows[position].id, at: next) }
        }
        list.replace(with: rows)
    }
}

/// The instants at which mappings change their status, the earliest first.
///
/// An entry is not removed when its mapping changes earlier; handling it again then has no effect.
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
