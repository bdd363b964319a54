import Federation
import Foundation

/// A parsed filter: words, `tag:…`, `state:…`, and `/expression/`, all of which must match.
package struct Filter: Hashable, Sendable {
    /// The text as typed.
    package let text: String
    let words: [SearchText]
    /// Prefixes of wanted tags.
    let tags: [String]
    /// Prefixes of wanted states.
    let states: [String]
    let expression: SearchExpression?
    /// The reason why the expression is invalid; such a filter matches nothing.
    package let problem: String?
    package let isEmpty: Bool

    package init(_ text: String = "") {
        self.text = text
        isEmpty = text.allSatisfy(\.isWhitespace)
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

    /// Foundation's parser rejects an expression; Swift's gives the reason.
    private static func problem(of pattern: String) -> String {
        do {
            _ = try Regex(pattern)
            return "/\(pattern)/ is not a regular expression"
        } catch {
            return "/\(pattern)/ is not a regular expression: \(error)"
        }
    }

    package var isBroken: Bool { problem != nil }

    /// Whether all entries that pass this filter also pass `other`, because it only adds to it.
    func narrows(_ other: Filter) -> Bool {
        let isPlain = !text.contains(where: { ":/".contains($0) })
        return isPlain && !other.isEmpty && text.hasPrefix(other.text)
    }

    /// Returns the parts of a text to highlight, in lower case.
    func highlights(in text: String) -> [String] {
        words.map(\.text) + [firstMatch(in: text)].compactMap { $0?.lowercased() }
    }

    func firstMatch(in text: String) -> String? {
        expression?.range(in: text).map { String(text[$0]) }
    }

    /// Splits off an expression between slashes; the second slash may be missing while typing.
    private static func split(_ text: String) -> (terms: String, pattern: String?) {
        guard let start = text.firstIndex(of: "/"), start == text.startIndex || text[..<start].last == " "
        else { return (text, nil) }
        let rest = text[text.index(after: start)...]
        let end = rest.lastIndex(of: "/") ?? rest.endIndex
        let after = end == rest.endIndex ? "" : rest[rest.index(after: end)...]
        return (text[..<start] + " " + after, end == rest.startIndex ? nil : String(rest[..<end]))
    }
}
