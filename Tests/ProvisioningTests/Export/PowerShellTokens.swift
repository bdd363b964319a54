/// The tokens of a PowerShell script without here-strings.
///
/// Source: PowerShell language specification 3.0, chapter 2: comments, string literals, brackets.
struct PowerShellTokens {
    /// The contents of the single-quoted strings.
    private(set) var literals: [String] = []
    /// The text between strings and comments.
    private(set) var code = ""
    /// The errors found; empty for a valid script.
    private(set) var problems: [String] = []

    private static let singleQuotes = Set("'\u{2018}\u{2019}\u{201A}\u{201B}")
    private static let doubleQuotes = Set("\"\u{201C}\u{201D}\u{201E}")
    private static let partners: [Character: Character] = [")": "(", "}": "{", "]": "["]

    init(_ script: String) {
        var rest = script[...]
        var open: [Character] = []
        while let character = rest.popFirst() {
            switch character {
            case "#": rest = rest.drop { $0 != "\n" }
            case "@" where rest.first.map(Self.singleQuotes.union(Self.doubleQuotes).contains) ?? false:
                problems.append("a here-string")
            case _ where Self.singleQuotes.contains(character): scanLiteral(&rest)
            case _ where Self.doubleQuotes.contains(character): scanExpandable(&rest)
            case "`": _ = rest.popFirst()
            case "(", "{", "[":
                open.append(character)
                code.append(character)
            case ")", "}", "]":
                if open.popLast() != Self.partners[character] { problems.append("a stray \(character)") }
                code.append(character)
            default: code.append(character)
            }
        }
        if !open.isEmpty { problems.append("\(open) without an end") }
    }

    private mutating func scanLiteral(_ rest: inout Substring) {
        var text = ""
        while let character = rest.popFirst() {
            guard Self.singleQuotes.contains(character) else {
                text.append(character)
                continue
            }
            guard let next = rest.first, Self.singleQuotes.contains(next) else {
                literals.append(text)
                return
            }
            text.append(character)
            rest.removeFirst()
        }
        problems.append("a literal without an end: \(text)")
    }

    private mutating func scanExpandable(_ rest: inout Substring) {
        while let character = rest.popFirst() {
            if character == "`" { _ = rest.popFirst() }
            if Self.doubleQuotes.contains(character) { return }
        }
        problems.append("a string without an end")
    }
}
