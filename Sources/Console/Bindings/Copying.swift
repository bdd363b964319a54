import Drawing
import Federation

extension Binding {
    static let copy = Binding(
        "copy",
        [.character("y")],
        in: [.mappings, .claims, .timeline],
        help: "Choose what of the selected mapping goes to the clipboard; secrets after a question",
        label: "copy",
        obstacle: { $0.roster.selected == nil ? "No mapping is selected." : nil },
        perform: { state in
            state.overlay = state.roster.selected.map { .menu(Menu(.copy($0.id))) }
            return []
        }
    )

    static let forget = Binding(
        "forget",
        [.character("x")],
        in: [.mappings, .timeline],
        help: "Throw the selected mapping's credentials away, after a question",
        isChange: true,
        obstacle: { state in
            guard let row = state.roster.selected else { return "No mapping is selected." }
            return row.credentials == nil ? "\(row.id) has no credentials." : nil
        },
        perform: { state in
            state.roster.selected.map { state.ask(.forget($0.id)) } ?? []
        }
    )
}
