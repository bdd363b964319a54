import Drawing
import Federation
import Propagation

extension Binding {
    static let open = Binding(
        "open",
        [.enter, .character("l"), .right],
        help:
            "Open the selected line: a mapping's claims, a past exchange's mapping, what a key does, else its detail",
        label: "open",
        obstacle: { $0.lineCount == 0 ? "There is nothing to open." : nil },
        perform: { $0.openSelected() }
    )

    static let back = Binding(
        "back",
        [.escape, .character("h"), .left],
        help: "Drop the filter, then go back to the panel before"
    ) { state in
        if state.reading != nil || state.filter.isEmpty {
            state.goBack()
        } else {
            state.filter = Filter()
        }
        return []
    }

    static let filter = Binding(
        "filter",
        [.character("/")],
        help: "Show only lines with the words typed, of a tag (tag:prod) or state (state:failing)",
        label: "filter"
    ) { state in
        state.reading = nil
        state.overlay = .filter(LineEditor(state.filter.text), earlier: state.filter)
        return []
    }

    static let nextMatch = match("next-match", "n", "The next line of the filter, from the last to the first")
    {
        $0 + 1
    }

    static let previousMatch = match("previous-match", "N", "The line of the filter before") {
        $0 - 1
    }

    private static func match(
        _ id: String,
        _ key: Character,
        _ help: String,
        to target: @escaping @Sendable (_ line: Int) -> Int
    ) -> Binding {
        Binding(id, [.character(key)], help: help) { state in
            state.filter.isEmpty ? "There is no filter; / sets one." : nil
        } perform: { state in
            let line = target(state.cursor.selected)
            if state.panel == .history {
                state.exchanges.step(to: line)
            } else {
                state.cursor.select(line < 0 ? state.lineCount - 1 : line < state.lineCount ? line : 0)
            }
            return []
        }
    }

    static let freeze = Binding(
        "freeze",
        [.character("Z")],
        help: "Hold the screen still, or let it go on with what came meanwhile"
    ) { state in
        state.isFrozen ? state.thaw() : state.freeze()
    }

    static let palette = Binding(
        "palette",
        [.character(":")],
        help: "Find a panel, a mapping or an action by its name"
    ) { state in
        state.overlay = .palette(Palette())
        return []
    }

    static let mouse = Binding(
        "mouse",
        [.character("m")],
        help: "Let the mouse select, scroll and sort, or leave it to the terminal"
    ) { state in
        state.usesMouse.toggle()
        return []
    }

    static let zone = Binding("zone", [.character("u")], help: "Times in UTC or local") { state in
        state.clockText.isUTC.toggle()
        return []
    }
}

extension ConsoleState {
    /// Opens what is selected; where the screen has no room for a detail beside the list, that comes first.
    fileprivate mutating func openSelected() -> [Effect] {
        if panel == .help { return runSelectedBinding() }
        let isAboutMapping = panel == .mappings || panel == .timeline
        let isInView = reading != nil || !layout.detail.isEmpty
        if isAboutMapping, isInView {
            show(.claims)
        } else if panel == .watch || panel == .history, isInView {
            goToMapping()
        } else if reading == nil {
            reading = ListCursor()
        }
        return []
    }

    /// Does in the panel before the help what the help's selected line is about.
    private mutating func runSelectedBinding() -> [Effect] {
        guard let binding = selectedBinding else { return [] }
        goBack()
        guard binding.isValid(in: self) else {
            notice = Notice(.warning, binding.whereItWorks)
            return []
        }
        return run(binding)
    }

    /// Goes to the mapping that the selected line of the watches or of the history is about.
    private mutating func goToMapping() {
        let line = panel == .watch ? watches.entries.selected?.watch.id : exchanges.selected?.mapping
        guard let id = line else { return }
        guard roster[id] != nil else {
            notice = Notice(.warning, "\(id) is not in the configuration any more.")
            return
        }
        show(.mappings)
        roster.reveal(id)
    }
}
