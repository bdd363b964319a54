import Drawing
import Federation

// The overlays, and the welcome screen.
extension Canvas {
    mutating func draw(_ confirmation: Confirmation) {
        let layout = DialogLayout(of: confirmation, in: size)
        let (lines, area, rows) = (layout.lines, layout.area, layout.list.rows)
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
        for (isYes, answer) in [(false, layout.no), (true, layout.yes)] {
            put(
                isYes ? " Yes " : " No ",
                at: Point(column: answer.column, row: answer.row),
                in: inner,
                Style(.text, isSelected: isYes == confirmation.isYes)
            )
        }
    }

    mutating func draw(_ menu: Menu, of state: ConsoleState) {
        let items = menu.items(in: state)
        let labels = items.map { $0.label.columns() }.max() ?? 0
        let layout = DialogLayout(of: menu, in: state)
        fill(layout.area)
        drawFrame(layout.area)
        let inner = layout.area.inset(columns: 1, rows: 1)
        put(Line("  ") + Line(menu.title, .title).fitted(to: inner.columns - 4), in: inner)
        for (offset, item) in items.dropFirst(layout.first).prefix(layout.list.rows).enumerated() {
            let row = layout.list.splitTop(offset).rest.splitTop(1).top
            let isSelected = layout.first + offset == menu.cursor.selected
            if isSelected { fill(row, Style(isSelected: true)) }
            let line = Line("  " + item.label.padding(to: labels + 2)) + Line(item.note, .faint)
            put(line.fitted(to: row.columns), in: row, isSelected: isSelected)
        }
    }

    /// Draws the items of the palette above its input line.
    mutating func draw(_ palette: Palette, of state: ConsoleState) {
        let layout = DialogLayout(of: palette, in: state)
        fill(layout.area)
        put(Line(String(repeating: "─", count: layout.area.columns), .border), in: layout.area)
        for (offset, item) in palette.items(in: state).prefix(layout.list.rows).enumerated() {
            let row = layout.list.splitTop(offset).rest.splitTop(1).top
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

    /// Draws the screen for a missing configuration: the purpose of cambist, and the first steps.
    mutating func drawWelcome(_ menu: Menu, of state: ConsoleState) {
        let items = menu.items(in: state)
        let labels = items.map { $0.label.columns() }.max() ?? 0
        let layout = DialogLayout(of: menu, in: state)
        let columns = layout.area.columns
        for (row, line) in layout.lines.enumerated() {
            put(line.fitted(to: columns), in: layout.area.splitTop(row).rest)
        }
        for (number, item) in items.enumerated() {
            let row = layout.list.splitTop(number).rest.splitTop(1).top
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
}
