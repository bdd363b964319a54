import Drawing

/// The second line: the panels with their numbers, and how much of the list is shown.
struct TabBar {
    let state: ConsoleState
    let table: ListTable

    /// Where it is narrow the tabs stand closer, then as many have names as fit, the panel shown first.
    func line(columns: Int) -> Line {
        let right = position
        let room = columns - right.columns - 2
        let wide = tabs(gap: 2)
        let left = wide.columns <= room ? wide : tabs(gap: 1, within: room)
        let space = max(1, columns - left.columns - right.columns - 1)
        return (left + Line(String(repeating: " ", count: space)) + right).fitted(to: columns)
    }

    private func tabs(gap: Int, within room: Int = .max) -> Line {
        var named: Set<Panel.ID> = [state.panel]
        var left = room - line(gap: gap, named: named).columns
        for id in Panel.ID.allCases where !named.contains(id) {
            let more = id.panel.title.count + 1
            if more > left { break }
            named.insert(id)
            left -= more
        }
        return line(gap: gap, named: named)
    }

    private func line(gap: Int, named: Set<Panel.ID>) -> Line {
        Panel.ID.allCases.reduce(Line()) { line, id in
            let isShown = id == state.panel
            let name = named.contains(id) ? " \(id.panel.title)" : ""
            return line + Line(String(repeating: " ", count: line.isEmpty ? 1 : gap))
                + Line(id.sign, isShown ? .accent : .key) + Line(name, isShown ? .accent : .faint)
        }
    }

    private var position: Line {
        let count = state.lineCount
        let number = count == 0 ? "0" : "\(min(count, state.cursor.selected + 1))/\(count)"
        let isPast = state.panel == .history
        let search =
            isPast && state.exchanges.isSearching ? Line("searching …", .pending) + Line("  ") : Line()
        return modes + search + Line(isPast ? state.exchanges.position : number, .faint)
    }

    /// What the list is sorted by where no arrow tells it, and what of it where that is not all.
    private func told(of sorting: ListSorting) -> String? {
        let order = sorting.order(state)
        let column = table.arrowColumn == nil ? order.column.map { "\($0.lowercased())\(order.arrow)" } : nil
        let parts = [column, sorting.scope(state).map { "of the latest \($0)" }].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }

    /// What makes the list other than it usually is.
    private var modes: Line {
        var line = Line()
        if state.panel == .setup, let pending = state.setup.pending, let progress = state.setup.progress {
            let lasting = RelativeTime.lasting(pending.since).text(at: state.now)
            line += Line("↻ \(progress), \(lasting)", .pending) + Line("  ")
        }
        if state.isFrozen { line += Line("frozen", .caution) + Line("  ") }
        if state.isReadOnly { line += Line("read-only", .caution) + Line("  ") }
        if !state.roster.marked.isEmpty {
            line += Line("\(state.roster.marked.count) marked", .accent) + Line("  ")
        }
        if let order = state.panel.panel.sorting.flatMap(told) { line += Line(order, .faint) + Line("  ") }
        if !state.filter.isEmpty {
            line += Line("/\(state.filter.text)", state.filterProblem == nil ? .match : .bad) + Line("  ")
        }
        return line
    }
}
