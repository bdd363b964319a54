/// A grid of cells: the contents of the screen.
package struct Canvas: Hashable, Sendable {
    /// The content of one cell of the grid.
    ///
    /// A wide glyph occupies two cells: the glyph itself and a continuation.
    package struct Cell: Hashable, Sendable {
        package let glyph: Glyph
        package let style: Style
        package let isContinuation: Bool

        init(_ glyph: Glyph, _ style: Style, isContinuation: Bool = false) {
            self.glyph = glyph
            self.style = style
            self.isContinuation = isContinuation
        }

        static let blank = Cell(.blank, Style())
    }

    package let size: Size
    package let characterSet: TerminalCharacterSet
    package let theme: Theme
    /// Whether the terminal reports mouse events instead of selecting text itself.
    package var usesMouse = false
    /// The position of the cursor; `nil` for a hidden cursor.
    package var cursor: Point?
    /// The cells in row-major order.
    package private(set) var cells: [Cell]

    package init(size: Size, characterSet: TerminalCharacterSet = .unicode, theme: Theme = .dark) {
        self.size = size
        self.theme = theme
        self.characterSet = characterSet
        cells = Array(repeating: .blank, count: max(0, size.columns) * max(0, size.rows))
    }

    package var bounds: Rect { Rect(size) }

    package subscript(column column: Int, row row: Int) -> Cell {
        cells[row * size.columns + column]
    }

    package func row(_ row: Int) -> ArraySlice<Cell> {
        cells[(row * size.columns)..<((row + 1) * size.columns)]
    }

    /// Draws the text at `point`, clipped to `area`.
    ///
    /// - Returns: The column after the text, at most the end of `area`; the column of `point` for a row outside `area`.
    @discardableResult
    package mutating func put(
        _ text: String,
        at point: Point,
        in area: Rect,
        _ style: Style = Style()
    ) -> Int {
        let area = area.intersection(bounds)
        var column = point.column
        guard (area.row..<area.endRow).contains(point.row) else { return column }
        for glyph in Glyphs(text) {
            if column >= area.endColumn { break }
            for shown in characterSet.shown(glyph) {
                let width = shown.columns
                if column >= area.column, column + width <= area.endColumn {
                    set(shown, style, column: column, row: point.row)
                }
                column += width
            }
        }
        return min(column, area.endColumn)
    }

    /// Draws a line of styled text at `point`, clipped to `area`.
    ///
    /// - Returns: The column after the line, at most the end of `area`; the column of `point` for a row outside `area`.
    @discardableResult
    package mutating func put(
        _ line: Line,
        at point: Point,
        in area: Rect,
        isSelected: Bool = false
    ) -> Int {
        line.spans.reduce(point.column) { column, span in
            let start = Point(column: column, row: point.row)
            return put(span.text, at: start, in: area, Style(span.style, isSelected: isSelected))
        }
    }

    /// Fills an area with blanks.
    package mutating func fill(_ area: Rect, _ style: Style = Style()) {
        let area = area.intersection(bounds)
        for row in area.row..<area.endRow {
            for column in area.column..<area.endColumn {
                set(.blank, style, column: column, row: row)
            }
        }
    }

    private mutating func set(_ glyph: Glyph, _ style: Style, column: Int, row: Int) {
        let index = row * size.columns + column
        clearHalves(at: index, column: column)
        cells[index] = Cell(glyph, style)
        if glyph.columns == 2 {
            clearHalves(at: index + 1, column: column + 1)
            cells[index + 1] = Cell(.blank, style, isContinuation: true)
        }
    }

    /// Clears the other half of a wide glyph if the cell at `index` contains a half.
    private mutating func clearHalves(at index: Int, column: Int) {
        if cells[index].isContinuation {
            cells[index - 1] = Cell(.blank, cells[index - 1].style)
        } else if column + 1 < size.columns, cells[index + 1].isContinuation {
            cells[index + 1] = Cell(.blank, cells[index + 1].style)
        }
    }
}

extension Canvas {
    /// The rows as text, without trailing spaces.
    package var text: String {
        describe(blank: " ") { $0.isContinuation ? "" : $0.glyph.text }
    }

    /// The rows with one letter for the style of each cell, without trailing plain cells.
    package var styleText: String {
        describe(blank: ".") { String($0.style.letter) }
    }

    private func describe(blank: Character, _ cell: (Cell) -> String) -> String {
        (0..<size.rows).map { number in
            var line = row(number).map(cell).joined()
            while line.last == blank { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
