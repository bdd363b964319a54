import Drawing

// Moving between lines and panels, opening, filtering, and sorting.
extension Binding {
    static let down = move("down", [.character("j"), .down], "One line down") { line, _ in line + 1 }
    static let up = move("up", [.character("k"), .up], "One line up") { line, _ in line - 1 }
    static let pageDown = move("page-down", [.pageDown, .control("f")], "One page down") { $0 + $1 }
    static let pageUp = move("page-up", [.pageUp, .control("b")], "One page up") { $0 - $1 }
    static let halfPageDown = move("half-page-down", [.control("d")], "Half a page down") { $0 + $1 / 2 }
    static let halfPageUp = move("half-page-up", [.control("u")], "Half a page up") { $0 - $1 / 2 }
    static let top = end("top", [.character("g"), .home], "First line", isLast: false)
    static let bottom = end("bottom", [.character("G"), .end], "Last line", isLast: true)

    private static func move(
        _ id: String,
        _ keys: [Key],
        _ help: String,
        to target: @escaping @Sendable (_ line: Int, _ page: Int) -> Int
    ) -> Binding {
        Binding(id, keys, help: help, isMove: true) { state in
            state.move(target)
            return []
        }
    }

    private static func end(_ id: String, _ keys: [Key], _ help: String, isLast: Bool) -> Binding {
        Binding(id, keys, help: help, isMove: true) { state in
            state.moveToEnd(isLast)
            return []
        }
    }

    static let detailDown = scroll("detail-down", "J", "Scroll the detail down", by: 1)
    static let detailUp = scroll("detail-up", "K", "Scroll the detail up", by: -1)

    private static func scroll(_ id: String, _ key: Character, _ help: String, by step: Int) -> Binding {
        Binding(id, [.character(key)], help: help, isMove: true) { state in
            if state.reading != nil {
                state.move { line, _ in line + step }
            } else {
                state.detailTop = max(0, state.detailTop + step * max(1, state.detailRows / 2))
            }
            return []
        }
    }

    /// Returns the binding that shows a panel.
    static func show(_ panel: Panel) -> Binding {
        let digit = panel.id.digit.map { [Key.character($0)] } ?? []
        let id = panel.id
        return Binding(
            id.rawValue,
            panel.keys + digit,
            help: "\(panel.title): \(panel.help)",
            label: panel.label,
            isUseful: { $0.panel != id },
            perform: { state in
                state.show(id)
                return []
            }
        )
    }

    static let nextPanel = step("next-panel", .tab, "Next panel", by: 1)
    static let previousPanel = step("previous-panel", .backTab, "Previous panel", by: -1)

    private static func step(_ id: String, _ key: Key, _ help: String, by step: Int) -> Binding {
        Binding(id, [key], help: help) { state in
            let all = Panel.lists
            let index = all.firstIndex(of: state.panel) ?? (step > 0 ? -1 : 0)
            state.show(all[(index + step + all.count) % all.count])
            return []
        }
    }

    static let open = Binding(
        "open",
        [.enter, .character("l"), .right],
        help: "Open what the line shows; what opens depends on the panel",
        label: "open",
        obstacle: { $0.lineCount == 0 ? "The list is empty." : nil },
        isUseful: { $0.layout.detail.isEmpty || $0.panel.panel.canOpen($0) },
        perform: { state in
            let panel = state.panel.panel
            let isDetailShown = state.reading != nil || !state.layout.detail.isEmpty
            if let open = panel.open, isDetailShown || !panel.showsDetailFirst { return open(&state) }
            if state.reading == nil { state.reading = ListCursor() }
            return []
        }
    )

    static let back = Binding(
        "back",
        [.escape, .character("h"), .left],
        help: "Clear the filter, then return to the previous panel"
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
        in: Panel.lists,
        help:
            "Filter the list by words or fields, such as state:failing",
        label: "filter",
        isUseful: \.hasLines
    ) { state in
        state.reading = nil
        state.overlay = .filter(LineEditor(state.filter.text), earlier: state.filter)
        return []
    }

    static let nextMatch = match("next-match", "n", "Next match, wrapping around") { $0 + 1 }
    static let previousMatch = match("previous-match", "N", "Previous match, wrapping around") { $0 - 1 }

    private static func match(
        _ id: String,
        _ key: Character,
        _ help: String,
        to target: @escaping @Sendable (_ line: Int) -> Int
    ) -> Binding {
        Binding(id, [.character(key)], in: Panel.lists, help: help) { state in
            state.filter.isEmpty ? "There is no filter; \(state.key(.filter)) sets one." : nil
        } perform: { state in
            let line = target(state.cursor.selected)
            if let step = state.panel.panel.step {
                step(&state, line)
            } else {
                state.cursor.select(line < 0 ? state.lineCount - 1 : line < state.lineCount ? line : 0)
            }
            return []
        }
    }

    static let zoomIn = zoom("zoom-in", [.character("+"), .character("=")], "Zoom in: show a shorter period")
    {
        $0.closer
    }
    static let zoomOut = zoom("zoom-out", [.character("-")], "Zoom out: show a longer period") { $0.wider }

    private static func zoom(
        _ id: String,
        _ keys: [Key],
        _ help: String,
        _ other: @escaping @Sendable (TimelineZoom) -> TimelineZoom?
    ) -> Binding {
        Binding(id, keys, in: [.timeline], help: help, label: id == "zoom-in" ? "zoom" : nil) { state in
            other(state.timelineZoom) == nil
                ? "The \(id == "zoom-in" ? "shortest" : "longest") period is \(state.timelineZoom.hours) h."
                : nil
        } perform: { state in
            state.timelineZoom = other(state.timelineZoom) ?? state.timelineZoom
            return []
        }
    }

    private static let sortedPanels = Panel.all.filter { $0.sorting != nil }.map(\.id)

    static let sort = Binding(
        "sort",
        [.character("s")],
        in: sortedPanels,
        help: "Choose the sort column; choosing it again reverses the order",
        label: "sort",
        isUseful: \.hasLines
    ) { state in
        guard let sorting = state.panel.panel.sorting else { return [] }
        var menu = Menu(.sort)
        menu.cursor.select(sorting.choices.firstIndex(of: sorting.order(state).column) ?? 0)
        state.overlay = .menu(menu)
        return []
    }

    static let invert = Binding(
        "invert",
        [.character("I")],
        in: sortedPanels,
        help: "Reverse the order of the list"
    ) { state in
        state.invertOrder()
        return []
    }
}

extension ConsoleState {
    fileprivate var hasLines: Bool { lineCount > 0 || !filter.isEmpty }
}
