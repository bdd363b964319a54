import Drawing

extension Canvas {
    /// Draws the first screen of who has no configuration: what this is, and what can be done.
    mutating func drawWelcome(_ menu: Menu, of state: ConsoleState, path: String) {
        let items = menu.items(in: state)
        let labels = items.map { $0.label.columns() }.max() ?? 0
        let columns = min(76, size.columns - 4)
        let introduction =
            [Line("cambist", .accent), Line()]
            + paragraph("Exchanges tokens of Azure managed identities for AWS session credentials.", columns)
            + [Line()]
            + paragraph("There is no configuration yet at \(path).", columns) + [Line()]
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
