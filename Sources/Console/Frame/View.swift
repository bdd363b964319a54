package import Drawing
import Federation

/// Returns the frame of a state; `layout` is the state's layout if already computed by the caller.
package func view(
    _ state: ConsoleState,
    in layout: Layout? = nil,
    characterSet: TerminalCharacterSet = .unicode
) -> Canvas {
    var canvas = Canvas(size: state.size, characterSet: characterSet, theme: state.appearance.theme)
    canvas.usesMouse = state.appearance.usesMouse
    guard state.size.columns >= 12, state.size.rows >= 2 else {
        canvas.put(
            "\(state.size.columns)×\(state.size.rows)",
            at: Point(column: 0, row: 0),
            in: canvas.bounds
        )
        return canvas
    }
    if case .menu(let menu) = state.overlay, case .welcome = menu.kind {
        canvas.drawWelcome(menu, of: state)
        return canvas
    }
    let layout = layout ?? state.layout
    canvas.put(Header(state: state).line(columns: layout.header.columns), in: layout.header)
    let table = ListTable(of: state, in: layout)
    canvas.put(TabBar(state: state, table: table).line(columns: layout.tabs.columns), in: layout.tabs)
    for (row, line) in state.subjectLines(rows: layout.subject.rows).enumerated() {
        canvas.put(
            (Line(" ") + line).fitted(to: layout.subject.columns),
            in: layout.subject.splitTop(row).rest
        )
    }
    canvas.drawList(of: state, table, in: layout)
    canvas.drawDetail(of: state, in: layout)
    canvas.drawFooter(of: state, in: layout.footer)
    switch state.overlay {
    case .confirmation(let confirmation): canvas.draw(confirmation)
    case .menu(let menu): canvas.draw(menu, of: state)
    case .palette(let palette): canvas.draw(palette, of: state)
    case .filter, .path, nil: break
    }
    return canvas
}

/// The columns of the list shown, their positions, and the cells of the lines on the screen.
struct ListTable {
    let columns: [Column]
    let layout: TableLayout
    let order: ListOrder?
    /// The cells by line; lines without separate cells are absent.
    let cells: [Int: [Line]]

    init(of state: ConsoleState, in layout: Layout) {
        let panel = state.panel.panel
        columns = panel.columns(state)
        let width = layout.list.inset(columns: 1).columns
        let lines = state.reading == nil ? state.shownLines(in: layout) : 0..<0
        let cells = Dictionary(
            uniqueKeysWithValues: lines.compactMap { line in
                panel.wholeLine(state, line, width) == nil ? (line, panel.cells(state, line)) : nil
            }
        )
        self.cells = cells
        self.layout = TableLayout(columns, in: width, showing: lines.compactMap { cells[$0] })
        order = panel.sorting?.order(state)
    }

    /// The position of the arrow beside the sort column's title; `nil` when the column is not shown.
    var arrowColumn: Int? {
        guard let title = order?.column,
            let place = layout.places.first(where: { columns[$0.index].title == title })
        else { return nil }
        let isRight = columns[place.index].alignment == .right
        return place.column + (isRight ? place.columns : min(title.count, place.columns))
    }
}

extension Canvas {
    /// Draws a line at the top of an area.
    mutating func put(_ line: Line, in area: Rect, isSelected: Bool = false) {
        put(line, at: Point(column: area.column, row: area.row), in: area, isSelected: isSelected)
    }

    /// Draws the titles of the columns, with an arrow at the sort column.
    private mutating func draw(_ table: ListTable, in area: Rect) {
        fill(area, Style(.heading))
        put(table.columns.map { Line($0.title, .heading) }, of: table.columns, by: table.layout, in: area)
        guard let order = table.order, let column = table.arrowColumn else { return }
        let place = Point(column: area.column + column, row: area.row)
        put(
            order.arrow,
            at: place,
            in: Rect(column: area.column, row: area.row, columns: area.columns + 1, rows: area.rows),
            Style(.accent)
        )
    }

    fileprivate mutating func drawList(of state: ConsoleState, _ table: ListTable, in layout: Layout) {
        let panel = state.panel.panel
        if state.reading != nil { return }
        let lines = state.shownLines(in: layout)
        if lines.isEmpty { return draw(panel.empty(state), in: layout.list) }
        draw(table, in: layout.heading.inset(columns: 1))
        for (offset, line) in lines.enumerated() {
            let row = layout.list.splitTop(offset).rest.splitTop(1).top
            let isSelected = line == state.cursor.selected
            if isSelected { fill(row, Style(isSelected: true)) }
            if panel.isMarked(state, line) {
                put(
                    "▐",
                    at: Point(column: row.column, row: row.row),
                    in: row,
                    Style(.accent, isSelected: isSelected)
                )
            }
            let inner = row.inset(columns: 1)
            guard let cells = table.cells[line] else {
                let whole = panel.wholeLine(state, line, inner.columns) ?? Line()
                put(whole.fitted(to: inner.columns), in: inner, isSelected: isSelected)
                continue
            }
            put(
                cells,
                of: table.columns,
                by: table.layout,
                in: inner,
                marking: state.filter.isEmpty
                    ? [] : state.filter.highlights(in: cells.map(\.text).joined(separator: " ")),
                isSelected: isSelected
            )
        }
    }

    /// Draws the text of an empty list, a third of the way down.
    private mutating func draw(_ message: [Line], in area: Rect) {
        let message = message.flatMap { line in
            line.columns <= area.columns
                ? [line]
                : line.text.wrapped(to: max(2, area.columns - 2)).map { Line($0, line.spans[0].style) }
        }
        for (index, line) in message.enumerated() {
            let row = area.row + min(area.rows / 3, max(0, area.rows - message.count)) + index
            let column = area.column + max(0, (area.columns - line.columns) / 2)
            put(line, at: Point(column: column, row: row), in: area)
        }
    }

    fileprivate mutating func drawDetail(of state: ConsoleState, in layout: Layout) {
        guard !layout.detail.isEmpty else { return }
        let detail = state.panel.panel.detail(state)
        let isBelow = layout.divider.rows == 1 || state.reading != nil
        guard let detail else { return draw(divider: layout.divider) }
        var area = layout.detail.inset(columns: 1)
        let lines = detail.lines(area.columns)
        let top = state.reading?.top ?? min(state.detailTop, max(0, lines.count - 1))
        if isBelow {
            let left = lines.count - top - area.rows
            draw(divider: layout.divider, detail, more: left > 0 ? state.moreLine(left) : Line())
        } else {
            draw(divider: layout.divider)
            put(Line(detail.title, .title).fitted(to: area.columns), in: area)
            put(detail.remark.fitted(to: area.columns), in: area.splitTop(1).rest)
            area = area.splitTop(2).rest
        }
        for (index, line) in lines.dropFirst(top).prefix(area.rows).enumerated() {
            let row = area.splitTop(index).rest
            let isCut = !isBelow && index == area.rows - 1 && lines.count - top > area.rows
            put(isCut ? state.moreLine(lines.count - top - index) : line, in: row)
        }
    }

    /// Draws the line between list and detail, without a title.
    private mutating func draw(divider area: Rect) {
        let isHorizontal = area.rows == 1
        for row in area.row..<area.endRow {
            let text = isHorizontal ? String(repeating: "─", count: area.columns) : "│"
            put(text, at: Point(column: area.column, row: row), in: area, Style(.border))
        }
    }

    /// Draws the line above a detail: the detail's title and remark, and `more`.
    private mutating func draw(divider area: Rect, _ detail: Panel.Detail, more: Line) {
        draw(divider: area)
        let room = area.columns - 6 - (more.isEmpty ? 0 : more.columns + 2)
        var line = Line(detail.title.fitted(to: max(0, room)), .title)
        let remarks = [detail.remark, detail.remark.spans.first.map { Line($0.text, $0.style) } ?? Line()]
        let title = line.columns
        if let remark = remarks.first(where: { !$0.isEmpty && title + 4 + $0.columns <= room }) {
            line += Line(" ── ", .border) + remark
        }
        put(Line(" ") + line + Line(" "), at: Point(column: area.column + 2, row: area.row), in: area)
        if more.isEmpty { return }
        let place = Point(column: max(area.column, area.endColumn - more.columns - 3), row: area.row)
        put(Line(" ") + more + Line(" "), at: place, in: area)
    }
}

extension ConsoleState {
    /// Returns a text with the number of hidden lines at the end of the detail and the key that scrolls down.
    fileprivate func moreLine(_ count: Int) -> Line {
        let key = reading == nil ? appearance.keymap.keys(of: .detailDown).first : Key.down
        return Line("↓ \(count) more ", .faint) + Line(key?.label ?? "", .key)
    }
}
