import Drawing

// The screen, the configuration, and quitting.
extension Binding {
    static let zone = Binding("zone", [.character("u")], help: "Show times in UTC or local time") { state in
        state.clockText.isUTC.toggle()
        let zone = state.clockText.zoneName(at: state.now)
        state.notice = Notice(
            .info,
            "Times are in \(zone == "UTC" || state.clockText.isUTC ? "UTC" : "local time, \(zone)")."
        )
        return []
    }

    static let freeze = Binding(
        "freeze",
        [.character("Z")],
        help: "Freeze or unfreeze the screen"
    ) { state in
        state.isFrozen.toggle()
        return []
    }

    static let mouse = Binding(
        "mouse",
        [.character("m")],
        help: "Enable the mouse or leave it to the terminal"
    ) { state in
        state.appearance.usesMouse.toggle()
        state.notice = Notice(
            .info,
            state.appearance.usesMouse
                ? "The mouse selects, scrolls, and sorts; Shift selects text in most terminals."
                : "The mouse selects text in the terminal."
        )
        return []
    }

    static let palette = Binding(
        "palette",
        [.character(":")],
        help: "Find a panel, a mapping, or an action by name"
    ) { state in
        state.overlay = .palette(Palette())
        return []
    }

    static let edit = Binding(
        "edit",
        [.character("E")],
        help: "Edit the configuration at the mapping, then reload it"
    ) { state in
        [.edit(state.subject)]
    }

    package static let reload = Binding("reload", [.control("r")], help: "Reload the configuration") { _ in
        [.reloadConfiguration]
    }

    static let redraw = Binding("redraw", [.control("l")], help: "Redraw the screen") { _ in [.redraw] }

    static let suspend = Binding("suspend", [.control("z")], help: "Suspend cambist; fg resumes it") { _ in
        [.suspend]
    }

    static let close = Binding(
        "close",
        [.character("q")],
        help: "Return to the previous panel; in Mappings, quit",
        label: "quit"
    ) { state in
        if state.panel != .mappings || state.reading != nil {
            state.goBack()
            return []
        }
        return state.mappings.pendingCount == 0 ? [.quit] : state.ask(.quit)
    }

    static let quit = Binding("quit", [.character("Q"), .control("c")], help: "Quit immediately") { _ in
        [.quit]
    }
}
