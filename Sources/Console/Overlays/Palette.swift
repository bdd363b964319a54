import Drawing
import Federation

/// An input line that finds panels, mappings, tags, states, actions, and themes by name.
package struct Palette: Hashable, Sendable {
    enum Choice: Hashable, Sendable {
        case binding(Binding.ID)
        case mapping(RoleMapping.ID)
        /// Shows the mappings that pass this filter.
        case filter(String)
        case theme(String)
    }

    struct Item: Hashable, Sendable {
        let choice: Choice
        let name: String
        let help: String

        /// The part after `tag:` or `state:`; the input can match the start of this part.
        var value: Substring? {
            guard case .filter = choice else { return nil }
            return name.split(separator: ":", maxSplits: 1).last
        }
    }

    package internal(set) var editor = LineEditor()
    package internal(set) var cursor = ListCursor()

    /// The maximum number of items.
    static let limit = 8
    /// The commands of vi and k9s, with the bindings that they run.
    private static let aliases = ["q": "quit", "q!": "quit", "wq": "quit", "qa": "quit", "h": "help"]

    /// Returns the items that match the text, the best matches first.
    ///
    /// The order is:
    /// 1. equal names and aliases
    /// 2. names and values that start with the text
    /// 3. mappings whose texts contain the text
    /// 4. other names that contain the text
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
        let found = text.isEmpty ? [] : state.mappings.list.find(SearchText(text), limit: Self.limit)
        let mappings = found.map {
            Item(choice: .mapping($0.id), name: $0.id, help: "Mapping to \($0.mapping.roleARN.name)")
        }
        return Array((exact + first + mappings + second).prefix(Self.limit))
    }

    private static func actions(in state: ConsoleState) -> [Item] {
        let bindings = Binding.all.filter { $0.isValid(in: state) && !$0.isMove }.map {
            Item(choice: .binding($0.id), name: $0.id, help: $0.help)
        }
        let states = MappingStatus.allCases.filter { state.mappings.counts[$0, default: 0] > 0 }.map {
            // A filter term is a single word, so the filter contains only the first word of the state.
            filter("state:\($0.rawValue.prefix { $0 != " " })", "Mappings with the state \($0.rawValue)")
        }
        let tags = state.mappings.tags.map { filter("tag:\($0)", "Mappings with this tag") }
        let themes = state.appearance.themeNames.map {
            Item(choice: .theme($0), name: "theme \($0)", help: "Use the colors of this theme")
        }
        return bindings + states + tags + themes
    }

    private static func filter(_ text: String, _ help: String) -> Item {
        Item(choice: .filter(text), name: text, help: help)
    }
}
