import Drawing
package import Federation

import struct Foundation.Date

/// All mappings, which of them are shown in which order, and which one is selected.
///
/// The order and the counts are kept up to date as single rows change, so that a frame reads only the rows it
/// shows.
package struct MappingList: Hashable, Sendable {
    /// As the configuration has them.
    package private(set) var rows: [MappingRow] = []
    /// Indices of ``rows``: those that pass the filter, sorted.
    package private(set) var visible: [Int] = []
    package private(set) var counts: [MappingStatus: Int] = [:]
    /// How many exchanges run.
    package private(set) var pendingCount = 0
    package private(set) var widths = Widths()
    /// The mappings that bulk actions are about.
    package private(set) var marked: Set<RoleMapping.ID> = []
    package private(set) var sort = MappingOrder()
    package private(set) var filter = Filter()
    /// The selected line of ``visible``.
    package internal(set) var cursor = ListCursor()

    private var index = MappingSearchIndex([])
    private var order = MappingSortOrder()
    private var conditions: [MappingStatus] = []
    private var indices: [RoleMapping.ID: Int] = [:]
    private var timetable = ExpiryQueue()

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
        indices = Dictionary(mappings.indices.map { (mappings[$0].id, $0) }) { first, _ in first }
        index = MappingSearchIndex(mappings)
        order = MappingSortOrder(mappings, nameRanks: index.nameRanks)
        marked = marked.filter { indices[$0] != nil }
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
    package func condition(at line: Int) -> MappingStatus {
        conditions[visible[line]]
    }

    /// The first line behind a line, from the last to the first one, whose mapping is in one of these conditions.
    func line(after line: Int, in wanted: [MappingStatus]) -> Int? {
        let isWanted = { (line: Int) in wanted.contains(conditions[visible[line]]) }
        let lines = visible.indices
        return lines.dropFirst(line + 1).first(where: isWanted)
            ?? lines.prefix(line + 1).first(where: isWanted)
    }

    /// The tags that mappings have, sorted.
    var tags: [String] { index.allTags }

    /// The mappings in whose text a word occurs, those first whose text begins with it; at most `limit` of them.
    func find(_ word: SearchText, limit: Int) -> [MappingRow] {
        var first: [Int] = []
        var second: [Int] = []
        for row in rows.indices where first.count < limit {
            if index.hasPrefix(word, row: row) {
                first.append(row)
            } else if second.count < limit, index.contains(word, in: row) {
                second.append(row)
            }
        }
        return (first + second).prefix(limit).map { rows[$0] }
    }

    /// Changes what is known of one mapping and puts it where it now belongs; unknown names are left alone.
    mutating func modify(_ id: RoleMapping.ID, now: Date, _ change: (inout MappingRow) -> Void) {
        guard let row = indices[id] else { return }
        let wasPending = rows[row].pending != nil
        change(&rows[row])
        pendingCount += (rows[row].pending != nil ? 1 : 0) - (wasPending ? 1 : 0)
        refresh(row, now: now)
    }

    /// Lets conditions change with time.
    mutating func advance(from before: Date, to now: Date) {
        if now < before {
            recount(now: now)
            rebuild()
            return
        }
        while let row = timetable.takeDue(at: now) {
            refresh(row, now: now)
        }
    }

    /// When a condition next changes by itself.
    var nextChange: Date? { timetable.first }

    /// Sorts anew; a cursor at the first line stays there, for what comes first now is what is wanted.
    mutating func sort(by order: MappingOrder) {
        let isAtTop = cursor.selected == 0
        sort = order
        rebuild()
        if isAtTop { cursor.select(0) }
    }

    mutating func show(only filter: Filter) {
        let candidates = filter.narrows(self.filter) ? visible : order.rows
        self.filter = filter
        let selected = selectedRow
        visible = passing(candidates)
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
        guard let row = indices[id] else { return }
        if !visible.contains(row) { show(only: Filter()) }
        follow(row)
    }
}

extension MappingList {
    private var selectedRow: Int? {
        visible.indices.contains(cursor.selected) ? visible[cursor.selected] : nil
    }

    private func matches(_ row: Int) -> Bool {
        filter.matches(row, of: index, condition: conditions[row])
    }

    private func passing(_ candidates: [Int]) -> [Int] {
        filter.isEmpty ? candidates : candidates.filter(matches)
    }

    /// Keeps the cursor on a row though its line may have changed.
    private mutating func follow(_ row: Int?) {
        if let row, let line = visible.firstIndex(of: row) { cursor.select(line) }
    }

    private mutating func recount(now: Date) {
        conditions = rows.map { $0.condition(at: now) }
        counts = conditions.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        timetable = ExpiryQueue()
        for (number, row) in rows.enumerated() {
            if let change = row.nextChange(after: now) { timetable.add(number, at: change) }
        }
    }

    private mutating func rebuild() {
        let selected = selectedRow
        order.sort(by: sort, rows, conditions)
        visible = passing(order.rows)
        follow(selected)
    }

    private mutating func refresh(_ row: Int, now: Date) {
        let condition = rows[row].condition(at: now)
        let before = conditions[row]
        counts[before, default: 0] -= 1
        counts[condition, default: 0] += 1
        conditions[row] = condition
        if let change = rows[row].nextChange(after: now) { timetable.add(row, at: change) }
        let value = order.value(of: row, rows[row], condition)
        if value == order.values[row] && !(filter.isAboutConditions && condition != before) { return }
        let selected = selectedRow
        if let line = visible.firstIndex(of: row) { visible.remove(at: line) }
        order.move(row, to: value)
        if matches(row) { visible.insert(row, at: order.place(of: row, in: visible)) }
        follow(selected)
    }
}
