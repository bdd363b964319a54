import Drawing
import Federation

/// A line of words that finds panels, mappings, actions and themes by their names.
package struct Palette: Hashable, Sendable {
    /// What a line of it does.
    enum Choice: Hashable, Sendable {
        case binding(Binding.ID)
        case mapping(RoleMapping.ID)
        case theme(String)
    }

    struct Item: Hashable, Sendable {
        let choice: Choice
        /// What is typed to get it.
        let name: String
        let help: String
    }

    package internal(set) var editor = LineEditor()
    package internal(set) var cursor = ListCursor()

    /// How many lines are offered at most.
    static let limit = 8

    /// What the text found: names that begin with it first, then those that contain it.
    func items(in state: ConsoleState) -> [Item] {
        let text = editor.text.lowercased()
        let wanted = SearchText(text)
        var first: [Item] = []
        var second: [Item] = []
        for item in Self.actions(in: state) {
            if item.name.hasPrefix(text) {
                first.append(item)
            } else if item.name.contains(text) {
                second.append(item)
            }
        }
        for row in text.isEmpty ? [] : state.roster.rows {
            if first.count + second.count >= Self.limit { break }
            guard row.searchText.contains(wanted) else { continue }
            let item = Item(choice: .mapping(row.id), name: row.id, help: row.mapping.roleARN.name)
            if row.searchText.hasPrefix(wanted) { first.append(item) } else { second.append(item) }
        }
        return Array((first + second).prefix(Self.limit))
    }

    private static func actions(in state: ConsoleState) -> [Item] {
        Binding.all.filter { $0.isValid(in: state) && !$0.isMove }.map {
            Item(choice: .binding($0.id), name: $0.id, help: $0.help)
        }
            + state.themeNames.map {
                Item(choice: .theme($0), name: "theme \($0)", help: "Colours of that theme")
            }
    }
}
