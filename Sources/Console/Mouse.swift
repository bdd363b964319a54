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
        } else if layout.heading.contains(place), let key = sortKey(at: place.column) {
            roster.sort(by: roster.sort.choosing(key))
        }
    }

    private func sortKey(at column: Int) -> MappingOrder.Key? {
        let table = TableLayout(panel.panel.columns(self), in: layout.heading.inset(columns: 1).columns)
        let inner = column - layout.heading.column - 1
        let place = table.places.first { ($0.column..<($0.column + $0.columns)).contains(inner) }
        return place.flatMap { panel.panel.sortKey(self, $0.index) }
    }
}
