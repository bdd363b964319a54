import Drawing

extension ConsoleState {
    /// The number of lines that a step of the wheel moves.
    private static let wheelStep = 3

    /// Applies a mouse event to the list; an overlay ignores the mouse.
    mutating func handle(_ event: MouseEvent) {
        guard overlay == nil else { return }
        switch event.action {
        case .wheelUp: move { line, _ in line - Self.wheelStep }
        case .wheelDown: move { line, _ in line + Self.wheelStep }
        case .press: press(at: event.place)
        }
    }

    private mutating func press(at place: Point) {
        let layout = layout
        if layout.list.contains(place) {
            let line = cursor.top + place.row - layout.list.row
            if line < lineCount { cursor.select(line) }
        } else if layout.heading.contains(place), let title = title(at: place.column),
            panel.panel.sorting?.columns.contains(title) == true
        {
            sort(by: title)
        }
    }

    /// Returns the title of the list's column at a column of the screen, including the gap with the arrow.
    private func title(at column: Int) -> String? {
        let columns = panel.panel.columns(self)
        let table = TableLayout(columns, in: layout.heading.inset(columns: 1).columns)
        let inner = column - layout.heading.column - 1
        return table.places.first { place in
            (place.column..<(place.column + place.columns + columns[place.index].gap)).contains(inner)
        }.map { columns[$0.index].title }
    }
}
