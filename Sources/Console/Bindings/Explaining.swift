import Drawing
import Federation

extension Binding {
    static let explain = Binding(
        "explain",
        [.character("e")],
        in: [.mappings, .claims, .trust, .history],
        help: "Say why the selected mapping or exchange works or does not, and what to do",
        label: "explain",
        obstacle: { $0.explained == nil ? "Nothing is selected." : nil },
        perform: { state in
            guard let reader = state.explained else { return [] }
            state.overlay = .explanation(reader)
            return state.explainAnew(reader.mapping)
        }
    )
}

extension ConsoleState {
    /// What is selected to be explained: a past exchange in the history, a mapping elsewhere.
    fileprivate var explained: ExplanationViewModel? {
        if panel == .history {
            return exchanges.selected.map { ExplanationViewModel(mapping: $0.mapping, record: $0) }
        }
        return roster.selected.map { ExplanationViewModel(mapping: $0.id) }
    }

    /// Gives a key to the explanation that is shown.
    mutating func read(_ reader: ExplanationViewModel, _ key: Key) -> [Effect] {
        var reader = reader
        let area = Canvas.explanationArea(in: size)
        let height = max(1, area.rows)
        switch key {
        case .down, .character("j"), .enter: reader.top += 1
        case .up, .character("k"): reader.top -= 1
        case .pageDown, .character(" "), .control("f"): reader.top += height
        case .pageUp, .control("b"): reader.top -= height
        case .control("d"): reader.top += height / 2
        case .control("u"): reader.top -= height / 2
        case .home, .character("g"): reader.top = 0
        case .end, .character("G"): reader.top = .max / 2
        case .character("y"):
            notice = Notice(.info, "The explanation of \(reader.mapping) is on the clipboard.")
            return [.copy(reader.text(in: self))]
        case .character("Q"), .control("c"): return [.quit]
        case .escape, .character("q"), .character("e"), .character("h"), .left:
            overlay = nil
            return []
        default: return []
        }
        let count = reader.lines(in: self, columns: area.columns).count
        reader.top = min(max(0, reader.top), max(0, count - height))
        overlay = .explanation(reader)
        return []
    }
}
