import Drawing

/// A line of text with a cursor.
package struct LineEditor: Hashable, Sendable {
    package private(set) var text: String
    /// The maximum number of characters; further characters, for example of a large paste, are ignored.
    static let limit = 1000

    /// The number of characters before the cursor.
    package private(set) var position: Int

    init(_ text: String = "") {
        self.text = text
        position = text.count
    }

    /// Applies a key; returns `false` for a key that does not edit.
    mutating func edit(_ key: Key) -> Bool {
        switch key {
        case .character(let character): insert(character)
        case .backspace: remove(from: position - 1, to: position)
        case .delete: remove(from: position, to: position + 1)
        case .control("u"): remove(from: 0, to: position)
        case .control("k"): remove(from: position, to: text.count)
        case .control("w"): remove(from: startOfWord, to: position)
        case .left, .control("b"): position = max(0, position - 1)
        case .right, .control("f"): position = min(text.count, position + 1)
        case .home, .control("a"): position = 0
        case .end, .control("e"): position = text.count
        default: return false
        }
        return true
    }

    private var startOfWord: Int {
        let before = text.prefix(position)
        let words = before.reversed().drop { $0 == " " }.drop { $0 != " " }
        return words.count
    }

    private mutating func insert(_ character: Character) {
        guard text.count < Self.limit else { return }
        text.insert(character, at: text.index(text.startIndex, offsetBy: position))
        position = min(text.count, position + 1)
    }

    private mutating func remove(from start: Int, to end: Int) {
        let start = max(0, start)
        let end = min(text.count, end)
        guard start < end else { return }
        let range = text.index(text.startIndex, offsetBy: start)..<text.index(text.startIndex, offsetBy: end)
        text.removeSubrange(range)
        position = start
    }
}
