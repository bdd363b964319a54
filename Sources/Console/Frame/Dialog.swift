import Drawing

extension Canvas {
    /// Draws a question over everything else.
    mutating func draw(_ confirmation: Confirmation) {
        let width = min(max(36, confirmation.question.columns() + 6), max(0, size.columns - 2), 70)
        let names = confirmation.names.wrapped(to: width - 6)
        let area = bounds.centered(Size(columns: width, rows: names.count + 5))
        fill(area)
        drawFrame(area)
        let inner = area.inset(columns: 3, rows: 1)
        put(Line(confirmation.question, .title).fitted(to: inner.columns), in: inner)
        for (index, name) in names.enumerated() {
            put(Line(name), in: inner.splitTop(index + 1).rest)
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

    /// Draws a border along the edge of an area.
    private mutating func drawFrame(_ area: Rect) {
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
}
