import Drawing

extension Canvas {
    /// Where the text of an explanation stands on a screen.
    static func explanationArea(in size: Size) -> Rect {
        explanationBorder(in: size).inset(columns: size.columns >= 30 ? 2 : 1, rows: 1)
    }

    private static func explanationBorder(in size: Size) -> Rect {
        let isSmall = size.columns < 60 || size.rows < 14
        let (body, _) = Rect(size).splitBottom(1)
        return isSmall
            ? body : body.centered(Size(columns: min(size.columns - 4, 110), rows: size.rows - 4))
    }

    /// Draws an explanation over everything else.
    mutating func draw(_ reader: ExplanationViewModel, of state: ConsoleState) {
        let border = Self.explanationBorder(in: size)
        fill(border)
        drawFrame(border)
        let area = Self.explanationArea(in: size)
        let lines = reader.lines(in: state, columns: area.columns)
        let title = Line(" ") + Line(reader.title.fitted(to: max(0, border.columns - 6)), .title) + Line(" ")
        put(title, at: Point(column: border.column + 2, row: border.row), in: border)
        let top = min(reader.top, max(0, lines.count - area.rows))
        for (offset, line) in lines.dropFirst(top).prefix(area.rows).enumerated() {
            put(line.fitted(to: area.columns), in: area.splitTop(offset).rest)
        }
        let left = lines.count - top - area.rows
        guard left > 0 else { return }
        let more = Line(" \(left) more ", .faint)
        put(
            more,
            at: Point(
                column: max(border.column, border.endColumn - more.columns - 2),
                row: border.endRow - 1
            ),
            in: border
        )
    }
}
