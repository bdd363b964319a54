import Drawing

/// The second line: the panels with their numbers, and how much of the list is shown.
struct TabBar {
    let state: ConsoleState

    /// Where it is narrow the tabs stand closer, then only the panel shown has a name.
    func line(columns: Int) -> Line {
        let right = position
        for left in [tabs(gap: 2), tabs(gap: 1), tabs(gap: 2, isShort: true)] {
            let room = columns - left.columns - right.columns - 1
            if room >= 1 { return left + Line(String(repeating: " ", count: room)) + right }
        }
        return tabs(gap: 1, isShort: true).fitted(to: columns)
    }

    private func tabs(gap: Int, isShort: Bool = false) -> Line {
        Panel.ID.allCases.reduce(Line()) { line, id in
            let isShown = id == state.panel
            let name = isShown || !isShort ? " \(id.panel.title)" : ""
            return line + Line(String(repeating: " ", count: line.isEmpty ? 1 : gap))
                + Line("\(id.number)", isShown ? .accent : .key) + Line(name, isShown ? .accent : .faint)
        }
    }

    private var position: Line {
        let count = state.lineCount
        let number = count == 0 ? "0" : "\(min(count, state.cursor.selected + 1))/\(count)"
        return modes + Line(number, .faint)
    }

    /// What makes the list other than it usually is.
    private var modes: Line {
        var line = Line()
        if state.isFrozen { line += Line("frozen", .caution) + Line("  ") }
        if state.isReadOnly { line += Line("read-only", .caution) + Line("  ") }
        if !state.roster.marked.isEmpty {
            line += Line("\(state.roster.marked.count) marked", .accent) + Line("  ")
        }
        if !state.filter.isEmpty {
            line += Line("/\(state.filter.text)", state.filter.isBroken ? .bad : .match) + Line("  ")
        }
        return line
    }
}
