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
        help: "Throw the selected mapping's credentials away, after a question",
        isChange: true,
        obstacle: \.obstacleToCredentials,
        perform: { state in
            state.roster.selected.map { state.ask(.forget($0.id)) } ?? []
        }
    )
}

extension ConsoleState {
    /// Why nothing can be done with the selected mapping's credentials.
    fileprivate var obstacleToCredentials: String? {
        guard let row = roster.selected else { return "No mapping is selected." }
        return row.credentials == nil ? "\(row.id) has no credentials." : nil
    }
}
