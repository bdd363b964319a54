import Drawing
import Federation

extension Binding {
    static let compare = Binding(
        "compare",
        [.character("d")],
        in: [.mappings, .claims],
        help: "Compare the claims with the token before, another mapping's or a file's; again to stop",
        label: "diff",
        obstacle: { state in
            guard let row = state.roster.selected else { return "No mapping is selected." }
            return row.lastRecord?.token == nil
                ? "No token of \(row.id) has been seen yet; r asks for one." : nil
        },
        perform: { state in
            guard let row = state.roster.selected else { return [] }
            if state.panel == .claims, state.comparison != nil {
                state.comparison = nil
            } else {
                state.overlay = .menu(Menu(.compare(row.id)))
            }
            return []
        }
    )
}

extension ConsoleState {
    /// Takes a line of the menu of what to compare with.
    mutating func compare(_ id: RoleMapping.ID, with choice: Menu.Other) -> [Effect] {
        show(.claims)
        switch choice {
        case .previous:
            guard let token = roster[id]?.lastRecord?.token else { return [] }
            return ask(id, .previous(than: token.fingerprint))
        case .mapping(let other):
            guard let token = roster[other]?.lastRecord?.token else { return [] }
            comparison = ClaimComparison(mapping: id, title: other, claims: token.claims)
            return []
        case .file:
            overlay = .path(LineEditor(""), of: id)
            return []
        }
    }

    /// Gives a key to the line that a file's path is typed on.
    mutating func edit(path editor: LineEditor, of id: RoleMapping.ID, _ key: Key) -> [Effect] {
        var editor = editor
        switch key {
        case .enter:
            overlay = nil
            return editor.text.isEmpty ? [] : ask(id, .file(editor.text))
        case .escape, .control("c"):
            overlay = nil
        default:
            if editor.take(key) { overlay = .path(editor, of: id) }
        }
        return []
    }

    /// Takes the other claims, unless something else was asked for meanwhile.
    mutating func take(_ answer: Result<ClaimComparison, HistoryProblem>, to request: Request) {
        guard request == comparing else { return }
        comparing = nil
        switch answer {
        case .success(let found): comparison = found
        case .failure(let problem): notice = Notice(.error, problem.text)
        }
    }

    private mutating func ask(_ id: RoleMapping.ID, _ source: ClaimComparison.Source) -> [Effect] {
        let request = nextRequest()
        comparing = request
        return [.compare(id, source, request)]
    }
}
