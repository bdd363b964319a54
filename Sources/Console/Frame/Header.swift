import Drawing
import Federation

/// The first line of the screen.
///
/// The line contains the configuration, the number of mappings per state, problems (clocks, the fleet's database), and
/// the time zone.
struct Header {
    let state: ConsoleState

    /// Returns the line.
    ///
    /// On a narrow screen, the other parts are omitted before the counts.
    func line(columns: Int) -> Line {
        let cambist = Line(" cambist", .accent)
        let name = cambist + Line("  \(state.configuration.origin ?? "")", .faint)
        let zone = Line("  \(state.clockText.zoneName(at: state.now))", .faint)
        let plain = counts(words: 0)
        let problems = problems
        func line(_ left: Line, _ right: Line) -> Line? {
            let room = columns - left.columns - right.columns - 1
            return room < 2 ? nil : left + Line(String(repeating: " ", count: room)) + right
        }
        for words in (0...MappingStatus.allCases.count).reversed() {
            if let line = line(name, counts(words: words) + problems.full + zone) { return line }
        }
        let short = [
            (name, problems.full), (name, problems.brief), (cambist, problems.brief), (name, zone),
            (name, Line()),
        ]
        for (left, right) in short {
            if let line = line(left, plain + right) { return line }
        }
        if plain.isEmpty { return name.fitted(to: columns) }
        return line(cambist, plain) ?? (Line(" ") + plain).fitted(to: columns)
    }

    /// Returns the counts; only the first `words` counts are followed by the name of the state.
    private func counts(words: Int) -> Line {
        let counted = MappingStatus.allCases.map {
            (status: $0, count: state.mappings.counts[$0, default: 0])
        }
        return counted.filter { $0.count > 0 }.enumerated().reduce(into: Line()) { line, entry in
            let (index, (status, count)) = entry
            let word =
                index < words ? " \(status.countWord)\(status == .warned && count > 1 ? "s" : "")" : ""
            line += Line(line.isEmpty ? "" : "  ")
            line += Line("\(status.glyph) \(count)\(word)", status.style)
        }
    }

    /// The problems of the clocks and of the fleet's database; only `full` contains the start of the outage.
    private var problems: (full: Line, brief: Line) {
        guard let since = state.fleet.snapshot?.unreachableSince else { return (clocks, clocks) }
        let brief = clocks + Line("  database unreachable", .caution)
        let time = state.clockText.timeOfDay(since, seenFrom: state.now)
        return (brief + Line(" since \(time)", .caution), brief)
    }

    /// The problem of the clocks, if the offset of a clock is notable (see ``ClockOffset/isNotable``).
    private var clocks: Line {
        let comparison = ClockComparison(aws: state.clocks.aws, azure: state.clocks.azure)
        return comparison.brief.map { Line("  clock: \($0)", .caution) } ?? Line()
    }
}

/// The second line: the panels, the modes, and the position in the list.
struct TabBar {
    let state: ConsoleState
    let table: ListTable

    /// Returns the line; a narrow screen reduces the gaps and drops the names of panels that are not shown.
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
        for tab in Panel.tabs(showing: state.panel) where !named.contains(tab.id) {
            let more = tab.title.count + 1
            if more > left { break }
            named.insert(tab.id)
            left -= more
        }
        return line(gap: gap, named: named)
    }

    private func line(gap: Int, named: Set<Panel.ID>) -> Line {
        Panel.tabs(showing: state.panel).reduce(into: Line()) { line, tab in
            let isShown = tab.id == state.panel
            line += Line(String(repeating: " ", count: line.isEmpty ? 1 : gap))
            line += Line(tab.keyLabel, isShown ? .accent : .key)
            if named.contains(tab.id) { line += Line(" \(tab.title)", isShown ? .accent : .faint) }
        }
    }

    private var position: Line {
        let count = state.lineCount
        let number = count == 0 ? "0" : "\(min(count, state.cursor.selected + 1))/\(count)"
        return modes + Line(state.panel.panel.position?(state) ?? number, .faint)
    }

    /// Returns the part of the order that the table does not show (for example, `time↓ of the latest 500`).
    private func text(of sorting: Panel.Sorting) -> String? {
        let order = sorting.order(state)
        let column = table.arrowColumn == nil ? order.column.map { "\($0.lowercased())\(order.arrow)" } : nil
        let parts = [column, sorting.limit(state).map { "of the latest \($0)" }].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }

    private var modes: Line {
        var line = Line()
        func add(_ text: String, _ style: ResolvedStyle) { line += Line(text, style) + Line("  ") }
        if state.isFrozen { add("frozen", .caution) }
        if state.isReadOnly { add("read-only", .caution) }
        let marked = state.mappings.list.marked.count
        if marked > 0 { add("\(marked) marked", .accent) }
        if let order = state.panel.panel.sorting.flatMap(text) { add(order, .faint) }
        if !state.filter.isEmpty {
            add("/\(state.filter.text)", state.filterProblem == nil ? .match : .bad)
        }
        return state.panel.panel.progress(state) + line
    }
}
