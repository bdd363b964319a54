import Drawing

import struct FoundationEssentials.Date

extension ConsoleState {
    /// The number of lines per step of the mouse wheel.
    private static let wheelStep = 3
    /// The longest time between the clicks of a double click, in seconds.
    private static let doubleClick = 0.5

    /// A click on a line.
    struct Click: Hashable, Sendable {
        let place: Point
        let at: Date
    }

    /// Applies a click or a step of the mouse wheel.
    mutating func handle(_ event: MouseEvent) -> [Effect] {
        let hidesKeys = notice != nil
        notice = nil
        if let overlay { return handle(event, in: overlay) }
        switch event.action {
        case .wheelUp: move { line, _ in line - Self.wheelStep }
        case .wheelDown: move { line, _ in line + Self.wheelStep }
        case .press: return press(at: event.place, hidesKeys: hidesKeys)
        }
        return []
    }

    private mutating func handle(_ event: MouseEvent, in overlay: Overlay) -> [Effect] {
        let key: Key =
            switch event.action {
            case .wheelUp: .up
            case .wheelDown: .down
            case .press: .enter
            }
        switch overlay {
        case .filter, .path: return []
        case .confirmation(let confirmation):
            if key != .enter { return answer(confirmation, key) }
            let isYes = DialogLayout(of: confirmation, in: size).answer(at: event.place)
            return isYes.map { answer(confirmation, .character($0 ? "y" : "n")) } ?? []
        case .menu(var menu):
            if key != .enter { return choose(from: menu, key) }
            let layout = DialogLayout(of: menu, in: self)
            if let item = layout.item(at: event.place) {
                menu.cursor.select(item)
                return choose(from: menu, .enter)
            }
            return layout.area.contains(event.place) ? [] : choose(from: menu, .escape)
        case .palette(var palette):
            if key != .enter { return search(palette, key) }
            let layout = DialogLayout(of: palette, in: self)
            if let item = layout.item(at: event.place) {
                palette.cursor.select(item)
                return search(palette, .enter)
            }
            return layout.area.contains(event.place) ? [] : search(palette, .escape)
        }
    }

    private mutating func press(at place: Point, hidesKeys: Bool) -> [Effect] {
        let layout = layout
        if layout.list.contains(place) {
            return press(line: cursor.top + place.row - layout.list.row, at: place)
        }
        if layout.footer.contains(place) {
            return hidesKeys ? [] : pressKey(at: place.column, in: layout.footer)
        }
        if layout.tabs.contains(place) {
            pressTab(at: place.column, in: layout)
        } else if layout.heading.contains(place), let title = title(at: place.column),
            panel.panel.sorting?.columns.contains(title) == true
        {
            sort(by: title)
        }
        return []
    }

    /// Selects a line; a double click opens it.
    private mutating func press(line: Int, at place: Point) -> [Effect] {
        guard line < lineCount else { return [] }
        let isSecond = click.map {
            $0.place.row == place.row && now.timeIntervalSince($0.at) <= Self.doubleClick
        }
        if isSecond == true, line == cursor.selected {
            click = nil
            return run(.open)
        }
        click = Click(place: place, at: now)
        cursor.select(line)
        return []
    }

    private mutating func pressTab(at column: Int, in layout: Layout) {
        let table = ListTable(of: self, in: layout)
        let line = TabBar(state: self, table: table).line(columns: layout.tabs.columns)
        let keyLabel = line.keyLabel(at: column - layout.tabs.column) { keyLabel in
            Panel.all.contains { $0.id.keyLabel == keyLabel }
        }
        if let panel = Panel.all.first(where: { $0.id.keyLabel == keyLabel }) { show(panel.id) }
    }

    /// Runs the binding whose key the footer shows at a column.
    private mutating func pressKey(at column: Int, in footer: Rect) -> [Effect] {
        let line = Canvas.keys(of: self, columns: footer.columns)
        let keymap = appearance.keymap
        let shown = Binding.all.filter { $0.isValid(in: self) && $0.label != nil }
        let keyLabel = line.keyLabel(at: column - footer.column) { keyLabel in
            shown.contains { keymap.keys(of: $0).first?.label == keyLabel }
        }
        return shown.first { keymap.keys(of: $0).first?.label == keyLabel }.map { run($0) } ?? []
    }

    /// Returns the title at a screen column; a title includes the gap with the arrow.
    private func title(at column: Int) -> String? {
        let layout = layout
        let table = ListTable(of: self, in: layout)
        let inner = column - layout.heading.column - 1
        return table.layout.places.first { place in
            let end = place.column + place.columns + table.columns[place.index].gap
            return (place.column..<end).contains(inner)
        }.map { table.columns[$0.index].title }
    }
}

extension Line {
    /// Returns the key at a column in a line of keys and labels, if any.
    fileprivate func keyLabel(at column: Int, isKeyLabel: (String) -> Bool) -> String? {
        var end = 0
        var keyLabel: String?
        for span in spans {
            if end > column { break }
            if span.style == .key || span.style == .accent, isKeyLabel(span.text) { keyLabel = span.text }
            if span.text.count > 1, span.text.allSatisfy({ $0 == " " }) { keyLabel = nil }
            end += span.text.columns()
        }
        return column < end ? keyLabel : nil
    }
}
