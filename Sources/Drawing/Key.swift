/// A key press reported by a terminal.
package enum Key: Hashable, Sendable {
    /// A printable character or a space.
    case character(Character)
    /// A character pressed together with Control; letters are lowercase.
    case control(Character)
    case enter
    case escape
    case tab
    case backTab
    case backspace
    case delete
    case insert
    case up
    case down
    case left
    case right
    case home
    case end
    case pageUp
    case pageDown
    case function(Int)

    /// Whether the key is a character.
    package var isText: Bool {
        if case .character = self { true } else { false }
    }
}

extension Key: CustomStringConvertible {
    /// The key in the notation of ``init(_:)``: `j`, `<Enter>`, `<C-d>`, `<F1>`, `<Space>`, `<lt>`.
    package var description: String {
        switch self {
        case .character(" "): "<Space>"
        case .character("<"): "<lt>"
        case .character(let character): String(character)
        case .control(let character): "<C-\(character)>"
        case .function(let number): "<F\(number)>"
        default: "<\(Self.names.first { $0.key == self }?.name ?? "")>"
        }
    }

    /// The name for display: `j`, `Enter`, `C-d`, `F1`, `Space`, `<`.
    package var label: String {
        self == .character("<")
            ? "<" : description.count > 1 ? String(description.dropFirst().dropLast()) : description
    }

    /// The keys with a fixed name in the notation.
    private static let names: [(name: String, key: Key)] = [
        ("Enter", .enter), ("Esc", .escape), ("Tab", .tab), ("S-Tab", .backTab), ("BS", .backspace),
        ("Del", .delete), ("Ins", .insert), ("Up", .up), ("Down", .down), ("Left", .left),
        ("Right", .right), ("Home", .home), ("End", .end), ("PgUp", .pageUp), ("PgDn", .pageDown),
        ("Space", .character(" ")), ("lt", .character("<")),
    ]
}

extension Key {
    /// Parses a key in the notation of ``description``; names are case-insensitive.
    package init?(_ text: String) {
        if text.count == 1, let character = text.first {
            self = .character(character)
            return
        }
        guard text.hasPrefix("<"), text.hasSuffix(">") else { return nil }
        let name = text.dropFirst().dropLast()
        if let known = Self.names.first(where: { $0.name.lowercased() == name.lowercased() }) {
            self = known.key
        } else if name.count == 3, name.lowercased().hasPrefix("c-"), let letter = name.last,
            letter.isASCII
        {
            self = .control(Character(letter.lowercased()))
        } else if name.lowercased().hasPrefix("f"), let number = Int(name.dropFirst()),
            (1...63).contains(number)
        {
            self = .function(number)
        } else {
            return nil
        }
    }

    /// Parses a sequence of keys: `jj<Enter>/foo<Esc> <C-d>`.
    ///
    /// Spaces between keys are ignored; write `<Space>` for the space bar and `<lt>` for `<`.
    ///
    /// - Throws: ``KeyScriptError`` for the first text that is not a key.
    package static func script(_ text: String) throws(KeyScriptError) -> [Key] {
        var keys: [Key] = []
        var rest = text[...]
        while let first = rest.first {
            if first.isWhitespace {
                rest = rest.dropFirst()
                continue
            }
            var length = 1
            if first == "<" {
                guard let end = rest.firstIndex(of: ">") else { throw KeyScriptError(name: String(rest)) }
                length = rest.distance(from: rest.startIndex, to: end) + 1
            }
            guard let key = Key(String(rest.prefix(length))) else {
                throw KeyScriptError(name: String(rest.prefix(length)))
            }
            keys.append(key)
            rest = rest.dropFirst(length)
        }
        return keys
    }
}

/// An unknown key in a script.
package struct KeyScriptError: Error, Hashable, Sendable, CustomStringConvertible {
    package let name: String

    package var description: String {
        "\(name) is not a key; keys are single characters or names such as <Enter>, <Esc>, <C-d>, <PgDn>, <lt>."
    }
}
