import Drawing

extension Binding {
    static let open = Binding(
        "open",
        [.enter, .character("l"), .right],
        in: [.mappings, .timeline],
        help: "Open the claims of the selected mapping",
        label: "open"
    ) { state in
        state.show(.claims)
        return []
    }

    static let back = Binding(
        "back",
        [.escape, .character("h"), .left],
        help: "Drop the filter, then go back to the panel before"
    ) { state in
        if state.filter.isEmpty {
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
        state.overlay = .filter(LineEditor(state.filter.text), earlier: state.filter)
        return []
    }

    static let nextMatch = match("next-match", "n", "The next line of the filter, from the last to the first")
    {
        $0 + 1 < $1 ? $0 + 1 : 0
    }

    static let previousMatch = match("previous-match", "N", "The line of the filter before") {
        $0 > 0 ? $0 - 1 : $1 - 1
    }

    private static func match(
        _ id: String,
        _ key: Character,
        _ help: String,
        to target: @escaping @Sendable (_ line: Int, _ count: Int) -> Int
    ) -> Binding {
        Binding(id, [.character(key)], help: help) { state in
            state.filter.isEmpty ? "There is no filter; / sets one." : nil
        } perform: { state in
            state.cursor.select(target(state.cursor.selected, state.lineCount))
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
