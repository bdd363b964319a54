import Drawing

extension Panel.ID {
    package static let help = Panel.ID(rawValue: "help")
}

extension Panel {
    static let help = Panel(
        .help,
        title: "Help",
        help: "all keys and their actions",
        keys: [.character("?"), .function(1)],
        list: { $0.help },
        changeList: { $1(&$0.help) },
        columns: { state in
            let keys = state.help.all.reduce(5) { max($0, $1.keys.columns(upTo: 24)) }
            return [
                Column("KEY", minimum: 5, preferred: keys, ideal: keys, priority: 0),
                Column("ACTION", minimum: 8, preferred: 80, ideal: 110, priority: 1),
                Column("WHERE", minimum: 10, preferred: 20, ideal: 40, priority: 2),
                Column("NAME", minimum: 14, ideal: 16, priority: 3),
            ]
        },
        cells: { _, entry in
            [Line(entry.keys, .key), Line(entry.help), Line(entry.panels, .faint), Line(entry.id, .faint)]
        },
        detail: { _, entry in
            Detail(title: entry.keys) { columns in
                entry.help.wrapped(to: columns).map { Line($0) }
                    + entry.panels.wrapped(to: columns).map { Line($0, .faint) }
            }
        },
        empty: { _ in [] }
    ).with { panel in
        panel.label = "help"
        panel.preferredColumns = { _ in .max / 2 }
        panel.detailRows = 3
        panel.showsDetailFirst = false
        panel.open = { $0.runSelectedBinding() }
    }
}

/// A binding as the help shows it.
struct HelpEntry: ListEntry {
    let id: Binding.ID
    let keys: String
    let help: String
    let panels: String

    init(_ binding: Binding, _ keymap: Keymap) {
        id = binding.id
        keys = keymap.keys(of: binding).map(\.label).joined(separator: " ")
        help = binding.help
        panels = binding.places
    }

    var filterText: String { "\(keys) \(help) \(id)" }
}

extension ConsoleState {
    /// Lists the bindings with their current keys.
    mutating func setHelp() {
        help.replace(with: Binding.all.map { HelpEntry($0, appearance.keymap) })
    }

    /// Returns to the panel before the help and runs the selected binding there.
    fileprivate mutating func runSelectedBinding() -> [Effect] {
        guard let binding = help.selected.flatMap({ Binding.named($0.id) }) else { return [] }
        goBack()
        guard binding.isValid(in: self) else {
            notice = Notice(.warning, binding.validityHint)
            return []
        }
        return run(binding)
    }
}
