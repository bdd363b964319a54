import Drawing

extension Binding {
    static let reload = Binding(
        "reload",
        [.control("r")],
        help: "Read the configuration again"
    ) { _ in [.reloadConfiguration] }

    static let redraw = Binding("redraw", [.control("l")], help: "Draw the screen afresh") { _ in [.redraw] }

    static let suspend = Binding(
        "suspend",
        [.control("z")],
        help: "Stop cambist until the shell's fg"
    ) { _ in [.suspend] }

    static let close = Binding(
        "close",
        [.character("q")],
        help: "Go back; from Mappings leave, after a question if exchanges run",
        label: "quit"
    ) { state in
        if state.panel != .mappings || state.reading != nil {
            state.goBack()
            return []
        }
        if state.roster.pendingCount == 0 { return [.quit] }
        return state.ask(.quit)
    }

    static let quit = Binding(
        "quit",
        [.character("Q"), .control("c")],
        help: "Leave at once"
    ) { _ in [.quit] }
}
