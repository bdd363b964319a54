import Drawing

// The overlays, and the welcome screen.
extension Canvas {
    /// Returns the lines of a confirmation, its area, and the number of lines that fit.
    static func layout(of confirmation: Confirmation, in size: Size) -> (lines: [Line], area: Rect, rows: Int)
    {
        let changes = confirmation.changes(columns: max(20, min(size.columns - 8, 110)))
        let longest = changes.map(\.columns).max() ?? 0
        let wanted = max(36, confirmation.question.columns(upTo: size.columns) + 6, longest + 6)
        let width = min(wanted, max(0, size.columns - 2), changes.isEmpty ? 70 : 116)
        let lines = changes.isEmpty ? confirmation.names.wrapped(to: width - 6).map { Line($0) } : changes
        let area = Rect(size).centered(Size(columns: width, rows: min(lines.count + 5, size.rows)))
        return (lines, area, max(0, area.rows - 5))
    }

    /// Draws a confirmation over the panel.
    mutating func draw(_ confirmation: Confirmation) {
        let (lines, area, rows) = Self.layout(of: confirmation, in: size)
        fill(area)
        drawFrame(area)
        let inner = area.inset(columns: 3, rows: 1)
        put(Line(confirmation.question, .title).fitted(to: inner.columns), in: inner)
        for (index, line) in lines.dropFirst(confirmation.top).prefix(rows).enumerated() {
            put(line.fitted(to: inner.columns), in: inner.splitTop(index + 1).rest)
        }
        let rest = lines.count - confirmation.top - rows
        if lines.count > rows, rows > 0 {
            let more = Line(rest > 0 ? " j k scroll, \(rest) more " : " j k scroll ", .faint)
            let place = Point(
                column: max(area.column, area.endColumn - more.columns - 2),
                row: area.endRow - 1
            )
            put(more, at: place, in: area)
        }
        let answers = inner.splitBottom(1).bottom
        let noColumn = put(
            " No ",
            at: Point(column: answers.column, row: answers.row),
            in: answers,
            Style(.text, isSelected: !confirmation.isYes)
        )
        put(
            " Yes ",
            at: Point(column: noColumn + 2, row: answers.row),
            in: answers,
            Style(.text, isSelected: confirmation.isYes)
        )
    }

    /// Draws a menu over the panel.
    mutating func draw(_ menu: Menu, of state: ConsoleState) {
        let items = menu.items(in: state)
        let labels = items.map { $0.label.columns() }.max() ?? 0
        let notes = items.map { $0.note.columns() }.max() ?? 0
        let width = max(menu.title.columns(upTo: 60), labels + 2 + notes) + 6
        let area = bounds.centered(
            Size(columns: min(width, size.columns), rows: min(items.count + 4, size.rows))
        )
        fill(area)
        drawFrame(area)
        let inner = area.inset(columns: 1, rows: 1)
        put(Line("  ") + Line(menu.title, .title).fitted(to: inner.columns - 4), in: inner)
        let list = inner.splitTop(2).rest
        let first = max(0, menu.cursor.selected - list.rows + 1)
        for (offset, item) in items.dropFirst(first).prefix(list.rows).enumerated() {
            let row = list.splitTop(offset).rest.splitTop(1).top
            let isSelected = first + offset == menu.cursor.selected
            if isSelected { fill(row, Style(isSelected: true)) }
            let line = Line("  " + item.label.padding(to: labels + 2)) + Line(item.note, .faint)
            put(line.fitted(to: row.columns), in: row, isSelected: isSelected)
        }
    }

    /// Draws the items of the palette above its input line.
    mutating func draw(_ palette: Palette, of state: ConsoleState, above end: Int) {
        let items = palette.items(in: state)
        let rows = min(items.count, max(0, end - 1))
        let area = Rect(row: end - rows - 1, columns: size.columns, rows: rows + 1)
        fill(area)
        put(Line(String(repeating: "─", count: area.columns), .border), in: area)
        for (offset, item) in items.prefix(rows).enumerated() {
            let row = area.splitTop(offset + 1).rest.splitTop(1).top
            let isSelected = offset == palette.cursor.selected
            if isSelected { fill(row, Style(isSelected: true)) }
            let name = item.name.fitted(to: 24).padding(to: 26)
            put(
                (Line(" " + name) + Line(item.help, .faint)).fitted(to: row.columns),
                in: row,
                isSelected: isSelected
            )
        }
    }

    /// Draws a border inside an area.
    mutating func drawFrame(_ area: Rect) {
        guard area.columns >= 2, area.rows >= 2 else { return }
        let style = Style(.border)
        let bar = String(repeating: "─", count: area.columns - 2)
        put("╭\(bar)╮", at: Point(column: area.column, row: area.row), in: area, style)
        put("╰\(bar)╯", at: Point(column: area.column, row: area.endRow - 1), in: area, style)
        for row in (area.row + 1)..<(area.endRow - 1) {
            put("│", at: Point(column: area.column, row: row), in: area, style)
            put("│", at: Point(column: area.endColumn - 1, row: row), in: area, style)
        }
    }

    /// Draws the first screen without a configuration: the purpose of cambist, and the first steps.
    mutating func drawWelcome(_ menu: Menu, of state: ConsoleState, path: String) {
        let items = menu.items(in: state)
        let labels = items.map { $0.label.columns() }.max() ?? 0
        let columns = min(76, size.columns - 4)
        let introduction =
            [Line("cambist", .accent), Line()]
            + paragraph("Exchanges tokens of Azure managed identities for AWS session credentials.", columns)
            + [Line()]
            + paragraph("\(path) does not exist yet.", columns) + [Line()]
        let height = introduction.count + items.count
        let shown = introduction.suffix(max(0, size.rows - items.count))
        let top = max(0, (size.rows - height) / 3)
        let left = max(0, (size.columns - columns) / 2)
        let body = Rect(column: left, row: top, columns: columns, rows: size.rows - top)
        for (row, line) in shown.enumerated() {
            put(line.fitted(to: columns), in: body.splitTop(row).rest)
        }
        for (number, item) in items.enumerated() {
            let row = body.splitTop(shown.count + number).rest.splitTop(1).top
            let isSelected = number == menu.cursor.selected
            if isSelected { fill(row, Style(isSelected: true)) }
            let name =
                Line(isSelected ? "▸ " : "  ", .accent) + Line(item.key.map { "\($0)  " } ?? "", .key)
                + Line(item.label)
            let whole =
                name + Line(String(repeating: " ", count: labels + 3 - item.label.count))
                + Line(item.note, .faint)
            put(
                (whole.columns <= columns ? whole : name).fitted(to: columns),
                in: row,
                isSelected: isSelected
            )
        }
    }

    private func paragraph(_ text: String, _ columns: Int) -> [Line] {
        text.wrapped(to: columns).map { Line($0, .faint) }
    }
}
