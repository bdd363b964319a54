import Drawing

extension Panel {
    /// Every key there is; Enter does what the selected one does.
    static let help = Panel(
        title: "Help",
        help: "Every key and what it does",
        columns: { _ in
            [
                Column("KEY", minimum: 5, ideal: 16, priority: 0),
                Column("DOES", minimum: 8, comfort: 80, ideal: 110, priority: 1),
                Column("WHERE", minimum: 10, comfort: 20, ideal: 40, priority: 2),
                Column("NAME", minimum: 14, ideal: 16, priority: 3),
            ]
        },
        breadth: { _ in .max / 2 },
        count: { $0.shownBindings.count },
        cells: { state, line in
            let binding = state.shownBindings[line]
            return [
                Line(binding.keyText(in: state.keymap), .key), Line(binding.help),
                Line(binding.panels?.map(\.panel.title).joined(separator: ", ") ?? "everywhere", .faint),
                Line(binding.id, .faint),
            ]
        },
        times: { _, _ in [] },
        detail: { state in
            state.selectedBinding.map { binding in
                Detail(title: binding.keyText(in: state.keymap)) { columns in
                    binding.help.wrapped(to: columns).map { Line($0) }
                }
            }
        },
        detailRows: 3,
        empty: { _ in ["No key matches the filter.", "Esc shows all of them again."] },
        cursor: \.helpView.cursor,
        filter: { $0.helpView.filter },
        setFilter: { $0.helpView.filter = $1 }
    )
}

extension Binding {
    /// Its keys as they are told: `j Down`.
    fileprivate func keyText(in keymap: Keymap) -> String {
        keymap.keys(of: self).map(\.label).joined(separator: " ")
    }
}

extension ConsoleState {
    /// What the selected line is about.
    var selectedBinding: Binding? {
        let bindings = shownBindings
        let line = helpView.cursor.selected
        return bindings.indices.contains(line) ? bindings[line] : nil
    }

    fileprivate var shownBindings: [Binding] {
        let filter = helpView.filter
        if filter.isEmpty { return Binding.all }
        return Binding.all.filter {
            filter.matches(SearchText("\($0.keyText(in: keymap)) \($0.help) \($0.id)"))
        }
    }
}
