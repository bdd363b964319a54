import Drawing
import Federation

extension Canvas {
    /// Draws the last line: the text being typed, the notice, or the keys.
    mutating func drawFooter(of state: ConsoleState, in area: Rect) {
        if case .filter(let editor, _) = state.overlay {
            let hint = state.filterProblem.map { Line("✕ \($0)", .bad) } ?? state.panel.panel.filterHint
            draw(editor, prompt: " / ", hint: hint, in: area)
        } else if case .path(let editor, _) = state.overlay {
            draw(editor, prompt: " file ", hint: Line("a token, or its claims as JSON", .faint), in: area)
        } else if case .palette(let palette) = state.overlay {
            draw(palette.editor, prompt: " : ", hint: Line("Tab completes", .faint), in: area)
        } else if let notice = state.notice {
            draw(notice, reference: state.reference, in: area)
        } else {
            put(Self.keys(of: state, columns: area.columns), in: area)
        }
    }

    /// Draws a notice; a long notice also covers the lines above the area.
    private mutating func draw(_ notice: Notice, reference: ConfigurationReference?, in area: Rect) {
        let mark = notice.mark
        let room = max(2, area.columns - 1 - mark.columns)
        let wrapped = reference.naming(in: notice.text).wrapped(to: room)
        let limit = max(1, area.row / 4)
        let texts = wrapped.count > limit ? wrapped.prefix(limit - 1) + [wrapped[limit - 1] + "…"] : wrapped
        for (offset, text) in texts.enumerated() {
            let row = Rect(
                column: area.column,
                row: area.row - texts.count + 1 + offset,
                columns: area.columns,
                rows: 1
            )
            let lead = offset == 0 ? mark : Line(String(repeating: " ", count: mark.columns))
            fill(row)
            put((Line(" ") + lead + Line(text)).fitted(to: area.columns), in: row)
        }
    }

    private mutating func draw(_ editor: LineEditor, prompt: String, hint: Line, in area: Rect) {
        let before = String(editor.text.prefix(editor.position))
        let room = max(1, area.columns - prompt.count - 1)
        var start = before
        while start.columns(upTo: room) > room { start.removeFirst() }
        let after = String(editor.text.dropFirst(editor.position))
        put(Line(prompt, .accent) + Line(start + after, .field), in: area)
        cursor = Point(column: area.column + prompt.count + start.columns(), row: area.row)
        let text = prompt.count + (start + after).columns(upTo: area.columns)
        let left = area.columns - text - 3
        if left < min(hint.columns, 24) { return }
        let shown = hint.fitted(to: left)
        put(shown, at: Point(column: area.endColumn - shown.columns - 1, row: area.row), in: area)
    }

    /// Returns as many keys of available actions as fit.
    ///
    /// In at least 40 columns, the keys of the last two available actions are always included.
    static func keys(of state: ConsoleState, columns: Int) -> Line {
        func entry(_ binding: Binding) -> Line? {
            binding.isOffered(in: state) ? binding.footerEntry(in: state.appearance.keymap) : nil
        }
        var bindings = Binding.labeled[...]
        var last = Line()
        var reserved = columns >= 40 ? 2 : 0
        while reserved > 0, let binding = bindings.popLast() {
            guard let entry = entry(binding) else { continue }
            last = entry + last
            reserved -= 1
        }
        var line = Line(" ")
        for binding in bindings {
            guard let entry = entry(binding) else { continue }
            if line.columns + entry.columns + last.columns > columns { break }
            line += entry
        }
        return (line + last).fitted(to: columns)
    }
}

extension Binding {
    fileprivate static let labeled = all.filter { $0.label != nil }

    fileprivate func footerEntry(in keymap: Keymap) -> Line? {
        guard let label, let key = keymap.keys(of: self).first else { return nil }
        return Line(key.label, .key) + Line(" \(label)  ", .faint)
    }
}

extension Notice {
    fileprivate var mark: Line {
        switch level {
        case .info: Line()
        case .warning: Line("▲ ", .caution)
        case .error: Line("✕ ", .bad)
        }
    }
}
