import Drawing

extension ConsoleState {
    /// How many lines a step of the wheel moves.
    private static let wheelStep = 3

    /// Takes what the mouse did to the list; what lies over it leaves the mouse without effect.
    mutating func take(_ event: MouseEvent) {
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

    /// The title of the column of the list that a column of the screen is in; the gap behind it counts too, for
    /// the arrow stands there.
    private func title(at column: Int) -> String? {
        let columns = panel.panel.columns(self)
        let table = TableLayout(columns, in: layout.heading.inset(columns: 1).columns)
        let inner = column - layout.heading.column - 1
        return table.places.first { place in
            (place.column..<(place.column + place.columns + columns[place.index].gap)).contains(inner)
        }.map { columns[$0.index].title }
    }
}
