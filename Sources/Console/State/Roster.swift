import Drawing
package import Federation

import struct Foundation.Date

/// All mappings, which of them are shown in which order, and which one is selected.
///
/// The order and the counts are kept up to date as single rows change, so that a frame reads only the rows it
/// shows.
package struct Roster: Hashable, Sendable {
    /// As the configuration has them.
    package private(set) var rows: [MappingRow] = []
    /// Indices of ``rows``: those that pass the filter, sorted.
    package private(set) var visible: [Int] = []
    package private(set) var counts: [Condition: Int] = [:]
    /// How many exchanges run.
    package private(set) var pendingCount = 0
    package private(set) var widths = Widths()
    /// The mappings that bulk actions are about.
    package private(set) var marked: Set<RoleMapping.ID> = []
    package private(set) var sort = MappingOrder()
    package private(set) var filter = Filter()
    /// The selected line of ``visible``.
    package internal(set) var cursor = ListCursor()

    /// All indices, sorted.
    private var sorted: [Int] = []
    /// What each row is sorted by, and its place among all by name, which decides between equals.
    private var values: [SortValue] = []
    private var ranks: [Int] = []
    private var conditions: [Condition] = []
    private var indices: [RoleMapping.ID: Int] = [:]
    private var timetable = Timetable()

    /// How many columns the widest values need.
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

    /// Takes the mappings of a configuration; what is known of those that stay, stays.
    mutating func replace(with mappings: [RoleMapping], now: Date) {
        let known = Dictionary(rows.map { ($0.id, $0) }) { first, _ in first }
        rows = mappings.map { MappingRow(mapping: $0, earlier: known[$0.id]) }
        indices = Dictionary(rows.indices.map { (rows[$0].id, $0) }) { first, _ in first }
        ranks = rows.indices.sorted { rows[$0].id < rows[$1].id }.inverted
        marked.formIntersection(rows.map(\.id))
        pendingCount = rows.count { $0.pending != nil }
        widths = mappings.reduce(into: Widths()) { $0.include($1) }
        recount(now: now)
        rebuild()
    }

    /// The mapping of that name, if there is one.
    package subscript(id: RoleMapping.ID) -> MappingRow? {
        indices[id].map { rows[$0] }
    }

    /// The row of a line of the list.
    package func row(at line: Int) -> MappingRow? {
        visible.indices.contains(line) ? rows[visible[line]] : nil
    }

    package var selected: MappingRow? { row(at: cursor.selected) }

    /// How the row of a line is doing.
    package func condition(at line: Int) -> Condition {
        conditions[visible[line]]
    }

    /// Changes what is known of one mapping and puts it where it now belongs; unknown names are left alone.
    mutating func modify(_ id: RoleMapping.ID, now: Date, _ change: (inout MappingRow) -> Void) {
        guard let index = indices[id] else { return }
        let wasPending = rows[index].pending != nil
        change(&rows[index])
        pendingCount += (rows[index].pending != nil ? 1 : 0) - (wasPending ? 1 : 0)
        refresh(index, now: now)
    }

    /// Lets conditions change with time.
    mutating func advance(from before: Date, to now: Date) {
        if now < before {
            recount(now: now)
            rebuild()
            return
        }
        while let index = timetable.takeDue(at: now) {
            refresh(index, now: now)
        }
    }

    /// When a condition next changes by itself.
    var nextChange: Date? { timetable.first }

    mutating func sort(by order: MappingOrder) {
        sort = order
        rebuild()
    }

    mutating func show(only filter: Filter) {
        let candidates = filter.narrows(self.filter) ? visible : sorted
        self.filter = filter
        let selected = selectedIndex
        visible = candidates.filter(matches)
        follow(selected)
    }

    mutating func toggleMark(_ id: RoleMapping.ID) {
        if marked.remove(id) == nil { marked.insert(id) }
    }

    mutating func clearMarks() {
        marked = []
    }

    /// Selects a mapping; a filter that hides it goes.
    mutating func reveal(_ id: RoleMapping.ID) {
        guard let index = indices[id] else { return }
        if !visible.contains(index) { show(only: Filter()) }
        follow(index)
    }
}

extension Roster {
    private var selectedIndex: Int? {
        visible.indices.contains(cursor.selected) ? visible[cursor.selected] : nil
    }

    private func matches(_ index: Int) -> Bool {
        filter.matches(rows[index], condition: conditions[index])
    }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        if values[left] == values[right] { return ranks[left] < ranks[right] }
        return (values[left] < values[right]) != sort.isDescending
    }

    /// Keeps the cursor on a row though its line may have changed.
    private mutating func follow(_ index: Int?) {
        if let index, let line = visible.firstIndex(of: index) { cursor.select(line) }
    }

    private mutating func recount(now: Date) {
        conditions = rows.map { $0.condition(at: now) }
        counts = conditions.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        timetable = Timetable()
        for (index, row) in rows.enumerated() {
            if let change = row.nextChange(after: now) { timetable.add(index, at: change) }
        }
    }

    private mutating func rebuild() {
        let selected = selectedIndex
        values = rows.indices.map { sort.value(of: rows[$0], condition: conditions[$0]) }
        sorted = rows.indices.sorted(by: precedes)
        visible = sorted.filter(matches)
        follow(selected)
    }

    private mutating func refresh(_ index: Int, now: Date) {
        let condition = rows[index].condition(at: now)
        let before = conditions[index]
        counts[before, default: 0] -= 1
        counts[condition, default: 0] += 1
        conditions[index] = condition
        if let change = rows[index].nextChange(after: now) { timetable.add(index, at: change) }
        let value = sort.value(of: rows[index], condition: condition)
        if value == values[index] && !(filter.isAboutConditions && condition != before) { return }
        let selected = selectedIndex
        remove(index, from: &sorted)
        remove(index, from: &visible)
        values[index] = value
        sorted.insert(index, at: place(of: index, in: sorted))
        if matches(index) { visible.insert(index, at: place(of: index, in: visible)) }
        follow(selected)
    }

    private func remove(_ index: Int, from list: inout [Int]) {
        if let place = list.firstIndex(of: index) { list.remove(at: place) }
    }

    /// Where a row belongs in a sorted list without it.
    private func place(of index: Int, in list: [Int]) -> Int {
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if precedes(list[middle], index) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension [Int] {
    /// Of a permutation the one that undoes it: where each number stands.
    fileprivate var inverted: [Int] {
        var inverted = self
        for (place, number) in enumerated() { inverted[number] = place }
        return inverted
    }
}
