import Federation

/// What the operator typed after `/`, read: words, `tag:…`, `state:…`; all of them must match.
package struct Filter: Hashable, Sendable {
    /// As it was typed.
    package let text: String
    /// Lower-case words that must occur in a row's text.
    package let words: [String]
    private let tags: [String]
    private let states: [String]

    package init(_ text: String = "") {
        self.text = text
        let terms = text.lowercased().split(separator: " ").map(String.init)
        func values(_ prefix: String) -> [String] {
            terms.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        }
        tags = values("tag:")
        states = values("state:")
        words = terms.filter { !$0.hasPrefix("tag:") && !$0.hasPrefix("state:") }
    }

    package var isEmpty: Bool { text.allSatisfy(\.isWhitespace) }

    /// Whether a mapping passes; tags and states are taken by their beginnings.
    func matches(_ row: MappingRow, condition: Condition) -> Bool {
        if isEmpty { return true }
        return states.allSatisfy(condition.rawValue.hasPrefix)
            && tags.allSatisfy { tag in row.mapping.tags.contains { $0.lowercased().hasPrefix(tag) } }
            && matches(row.searchText)
    }

    /// Whether a text that is lower case already has all words.
    func matches(_ text: String) -> Bool {
        words.allSatisfy(text.contains)
    }
}
