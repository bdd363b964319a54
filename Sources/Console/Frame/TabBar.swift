import Drawing

/// The second line: the panels with their numbers, and how much of the list is shown.
struct TabBar {
    let state: ConsoleState

    /// Where it is narrow only the panel shown has a name.
    func line(columns: Int) -> Line {
        let right = position
        for hasAllNames in [true, false] {
            let left = tabs(hasAllNames: hasAllNames)
            let room = columns - left.columns - right.columns - 1
            if room >= 1 { return left + Line(String(repeating: " ", count: room)) + right }
        }
        return tabs(hasAllNames: false).fitted(to: columns)
    }

    private func tabs(hasAllNames: Bool) -> Line {
        Panel.ID.allCases.reduce(Line(" ")) { line, id in
            let isShown = id == state.panel
            let name = isShown || hasAllNames ? " \(id.panel.title)" : ""
            return line + Line("\(id.number)", isShown ? .accent : .key)
                + Line(name, isShown ? .accent : .faint) + Line("  ")
        }
    }

    private var position: Line {
        let count = state.lineCount
        let number = count == 0 ? "0" : "\(min(count, state.cursor.selected + 1))/\(count)"
        let filter = state.filter.isEmpty ? Line() : Line("/\(state.filter.text)", .match) + Line("  ")
        return filter + Line(number, .faint)
    }
}
