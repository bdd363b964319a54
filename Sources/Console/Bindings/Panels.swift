import Drawing

extension Binding {
    static let mappings = show(.mappings)
    static let claims = show(.claims)
    static let trust = show(.trust)
    static let watches = show(.watch)
    static let history = show(.history)
    static let identities = show(.identities)
    static let roles = show(.roles)
    static let timeline = show(.timeline)
    static let setup = show(.setup)
    static let log = show(.log, [.character("L")])
    static let help = show(.help, [.character("?"), .function(1)], label: "help")

    static let nextPanel = step("next-panel", .tab, "The next panel", by: 1)
    static let previousPanel = step("previous-panel", .backTab, "The panel before", by: -1)

    private static func show(_ id: Panel.ID, _ keys: [Key] = [], label: String? = nil) -> Binding {
        let digit = id.digit.map { [Key.character($0)] } ?? []
        return Binding(id.rawValue, keys + digit, help: id.panel.help, label: label) { state in
            state.show(id)
            return []
        }
    }

    private static func step(_ id: String, _ key: Key, _ help: String, by step: Int) -> Binding {
        Binding(id, [key], help: help) { state in
            let all = Panel.ID.allCases
            state.show(all[(state.panel.place + step + all.count) % all.count])
            return []
        }
    }
}
