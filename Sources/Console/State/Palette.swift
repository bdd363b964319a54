import Drawing
import Federation

/// A line of words that finds panels, mappings, tags, states, actions and themes by their names.
package struct Palette: Hashable, Sendable {
    /// What a line of it does.
    enum Choice: Hashable, Sendable {
        case binding(Binding.ID)
        case mapping(RoleMapping.ID)
        /// Shows the mappings that this filter lets through.
        case filter(String)
        case theme(String)
    }

    struct Item: Hashable, Sendable {
        let choice: Choice
        /// What is typed to get it.
        let name: String
        let help: String

        /// What follows `tag:` or `state:`, which is looked for as well.
        var value: Substring? {
            guard case .filter = choice else { return nil }
            return name.split(separator: ":", maxSplits: 1).last
        }
    }

    package internal(set) var editor = LineEditor()
    package internal(set) var cursor = ListCursor()

    /// How many lines are offered at most.
    static let limit = 8
    /// What vi and k9s have taught the fingers.
    private static let aliases = ["q": "quit", "q!": "quit", "wq": "quit", "qa": "quit", "h": "help"]

    /// What the text found: the name itself, names that begin with it, then those that contain it.
    func items(in state: ConsoleState) -> [Item] {
        let text = editor.text.lowercased()
        let alias = Self.aliases[text]
        var exact: [Item] = []
        var first: [Item] = []
        var second: [Item] = []
        for item in Self.actions(in: state) {
            if item.name == text || item.choice == alias.map(Choice.binding) {
                exact.append(item)
            } else if item.name.hasPrefix(text) || item.value?.hasPrefix(text) == true {
                first.append(item)
            } else if item.name.contains(text) {
                second.append(item)
            }
        }
        let found = text.isEmpty ? [] : state.roster.find(SearchText(text), limit: Self.limit)
        let mappings = found.map {
            Item(choice: .mapping($0.id), name: $0.id, help: "Mapping to \($0.mapping.roleARN.name)")
        }
        return Array((exact + first + mappings + second).prefix(Self.limit))
    }

    private static func actions(in state: ConsoleState) -> [Item] {
        let bindings = Binding.all.filter { $0.isValid(in: state) && !$0.isMove }.map {
            Item(choice: .binding($0.id), name: $0.id, help: $0.help)
        }
        let states = MappingStatus.allCases.filter { state.roster.counts[$0, default: 0] > 0 }.map {
            filter("state:\($0.rawValue)", "Mappings that are \($0.rawValue)")
        }
        let tags = state.roster.tags.map { filter("tag:\($0)", "Mappings with that tag") }
        let themes = state.themeNames.map {
            Item(choice: .theme($0), name: "theme \($0)", help: "Colours of that theme")
        }
        return bindings + states + tags + themes
    }

    private static func filter(_ text: String, _ help: String) -> Item {
        Item(choice: .filter(text), name: text, help: help)
    }
}
