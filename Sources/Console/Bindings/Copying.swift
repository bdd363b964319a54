import Drawing
import Federation

extension Binding {
    static let copy = Binding(
        "copy",
        [.character("y")],
        in: [.mappings, .claims, .trust, .timeline],
        help: "Choose what of the selected mapping goes to the clipboard; secrets after a question",
        label: "copy",
        obstacle: { $0.roster.selected == nil ? "No mapping is selected." : nil },
        perform: { state in
            state.overlay = state.roster.selected.map { .menu(Menu(.copy($0.id))) }
            return []
        }
    )

    static let signIn = Binding(
        "sign-in",
        [.character("o")],
        in: [.mappings, .claims, .timeline],
        help: "Put a URL that opens the AWS console as the role on the clipboard, after a question",
        isChange: true,
        obstacle: \.obstacleToCredentials,
        perform: { state in
            state.roster.selected.map { state.ask(.signIn($0.id)) } ?? []
        }
    )

    static let forget = Binding(
        "forget",
        [.character("x")],
        in: [.mappings, .timeline],
        help: "Throw the credentials of the marked mappings, or of the selected one, away, after a question",
        isChange: true,
        obstacle: { state in
            if state.roster.marked.isEmpty { return state.obstacleToCredentials }
            return state.forgettable.isEmpty ? "No marked mapping has credentials." : nil
        },
        perform: { $0.ask(.forget($0.forgettable)) }
    )
}

extension ConsoleState {
    /// Those of the mappings that an action is about that have credentials.
    fileprivate var forgettable: [RoleMapping.ID] {
        targets.filter { roster[$0]?.credentials != nil }
    }

    /// Why nothing can be done with the selected mapping's credentials.
    fileprivate var obstacleToCredentials: String? {
        guard let row = roster.selected else { return "No mapping is selected." }
        return row.credentials == nil ? "\(row.id) has no credentials." : nil
    }
}
