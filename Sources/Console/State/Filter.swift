import Federation
import Foundation

/// What the operator typed after `/`, read: words, `tag:…`, `state:…`, `/expression/`; all of them must match.
package struct Filter: Hashable, Sendable {
    /// As it was typed.
    package let text: String
    /// Lower-case words that must occur in a row's text.
    private let words: [SearchText]
    private let tags: [String]
    private let states: [String]
    /// What stands between slashes.
    let expression: SearchExpression?
    /// Why its expression cannot be read; nothing matches it then.
    package let problem: String?

    package init(_ text: String = "") {
        self.text = text
        let parts = Self.split(text)
        let terms = parts.terms.lowercased().split(separator: " ").map(String.init)
        func values(_ prefix: String) -> [String] {
            terms.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        }
        tags = values("tag:")
        states = values("state:")
        words = terms.filter { !$0.hasPrefix("tag:") && !$0.hasPrefix("state:") }.map(SearchText.init)
        expression = parts.pattern.flatMap(SearchExpression.init)
        problem = parts.pattern.flatMap { [expression] in expression == nil ? Self.problem(of: $0) : nil }
    }

    /// Foundation's parser says that an expression is wrong, and Swift's says why.
    private static func problem(of pattern: String) -> String {
        do {
            _ = try Regex(pattern)
            return "/\(pattern)/ is no regular expression"
        } catch {
            return "/\(pattern)/ is no regular expression: \(error)"
        }
    }

    /// Whether nothing can match it.
    package var isBroken: Bool { problem != nil }

    package var isEmpty: Bool { text.allSatisfy(\.isWhitespace) }

    /// Whether all that passes it passed `other` too, for it only has more to it.
    func narrows(_ other: Filter) -> Bool {
        let isPlain = !text.contains(where: { ":/".contains($0) })
        return isPlain && !other.isEmpty && text.hasPrefix(other.text)
    }

    /// Whether it is about how mappings are doing, which changes without anybody typing.
    var isAboutConditions: Bool { !states.isEmpty }

    /// The words, as typed but for their case.
    var plainWords: [String] { words.map(\.text) }

    /// The beginnings of states that are wanted.
    var wantedStates: [String] { states }

    /// The beginnings of tags that are wanted.
    var wantedTags: [String] { tags }

    /// Whether a mapping passes; tags and states are taken by their beginnings.
    func matches(_ row: Int, of index: MappingSearchIndex, condition: MappingStatus) -> Bool {
        if isBroken { return false }
        for state in states where !condition.rawValue.hasPrefix(state) { return false }
        for tag in tags where !index.hasTag(tag, row: row) { return false }
        for word in words where !index.contains(word, in: row) { return false }
        return expression == nil || found(in: index.text(of: row)) != nil
    }

    /// Whether a text has all words and what the expression looks for, and what it tells of has the state; what
    /// has no tags and no state passes no filter that wants one.
    func matches(_ text: SearchText, state: String = "") -> Bool {
        if isBroken || !tags.isEmpty || !states.allSatisfy(state.hasPrefix) { return false }
        return words.allSatisfy(text.contains) && (expression == nil || found(in: text.text) != nil)
    }

    /// What of a text is to be marked, lower case: the words, and what the expression found.
    func marks(in text: String) -> [String] {
        words.map(\.text) + [found(in: text)].compactMap { $0?.lowercased() }
    }

    private func found(in text: String) -> String? {
        expression?.range(in: text).map { String(text[$0]) }
    }

    /// Takes an expression between slashes out of a text; the second slash may still be missing.
    private static func split(_ text: String) -> (terms: String, pattern: String?) {
        guard let start = text.firstIndex(of: "/"), start == text.startIndex || text[..<start].last == " "
        else { return (text, nil) }
        let rest = text[text.index(after: start)...]
        let end = rest.lastIndex(of: "/") ?? rest.endIndex
        let after = end == rest.endIndex ? "" : rest[rest.index(after: end)...]
        return (text[..<start] + " " + after, end == rest.startIndex ? nil : String(rest[..<end]))
    }
}
