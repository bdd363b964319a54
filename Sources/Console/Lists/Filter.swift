import Federation
import FoundationEssentials

/// A property of an entry that a filter can search: `account:7777`.
package enum FilterField: String, CaseIterable, Hashable, Sendable {
    case state
    case tag
    case code
    case account
    case role
    case identity
    case region
    case node

    /// Whether a filter matches only the start of the field's values.
    var matchesStart: Bool { self == .state || self == .tag }

    /// The byte before the field's text in a ``SearchIndex``; texts without a field have ``unnamed``.
    var marker: UInt8 { UInt8(clamping: 2 + (Self.allCases.firstIndex(of: self) ?? 0)) }
    static let unnamed: UInt8 = 1
    /// The lowest byte value that texts may contain; markers have lower values.
    static let firstTextByte: UInt8 = 0x20
}

/// A parsed filter: words, fields such as `account:…`, and `/expression/`, all of which must match.
///
/// A word or a field's value matches anywhere in a property. Values of `state` and `tag` match only at the start.
/// - `^` before a word or value requires a match at the start.
/// - `$` after a word or value requires a match at the end.
/// - `-` before a word or field excludes matching entries.
package struct Filter: Hashable, Sendable {
    /// One word or field of a filter.
    package struct Term: Hashable, Sendable {
        /// The field to search; `nil` for a word, which is searched in all texts of ``ListEntry/filterTexts``.
        let field: FilterField?
        let text: SearchText
        var isAtStart = false
        var isAtEnd = false
        /// Whether matching entries are hidden.
        var isExcluding = false

        /// Whether a value of the field, in lower case, matches.
        func matches(_ value: String) -> Bool {
            switch (isAtStart || field?.matchesStart == true, isAtEnd) {
            case (true, true): value == text.text
            case (true, false): value.hasPrefix(text.text)
            case (false, true): value.hasSuffix(text.text)
            case (false, false): value.contains(text.text)
            }
        }
    }

    /// The text as typed.
    package let text: String
    let terms: [Term]
    let expression: SearchExpression?
    /// The reason why the filter is invalid; such a filter matches nothing.
    package let problem: String?
    package let isEmpty: Bool

    package init(_ text: String = "") {
        self.text = text
        isEmpty = text.allSatisfy(\.isWhitespace)
        let parts = Self.split(text)
        terms = parts.terms.lowercased().split(separator: " ").compactMap { Self.term(String($0)) }
        guard let pattern = parts.pattern else {
            (expression, problem) = (nil, nil)
            return
        }
        do throws(PatternError) {
            (expression, problem) = (try SearchExpression(parsing: pattern), nil)
        } catch {
            (expression, problem) = (nil, Self.problem(of: pattern, error))
        }
    }

    func terms(for field: FilterField) -> [Term] { terms.filter { $0.field == field } }

    /// Parses a term; `nil` for an incomplete term, which the filter ignores.
    private static func term(_ text: String) -> Term? {
        var rest = text[...]
        let isExcluding = rest.hasPrefix("-")
        if isExcluding { rest.removeFirst() }
        var field: FilterField?
        if let colon = rest.firstIndex(of: ":"), let named = FilterField(rawValue: String(rest[..<colon])) {
            field = named
            rest = rest[rest.index(after: colon)...]
        }
        let isAtStart = rest.hasPrefix("^")
        if isAtStart { rest.removeFirst() }
        let isAtEnd = rest.hasSuffix("$")
        if isAtEnd { rest.removeLast() }
        if rest.isEmpty { return nil }
        return Term(
            field: field,
            text: SearchText(String(rest)),
            isAtStart: isAtStart,
            isAtEnd: isAtEnd,
            isExcluding: isExcluding
        )
    }

    /// The maximum length, in bytes, of an expression that an error message contains.
    private static let longestQuoted = 200

    private static func problem(of pattern: String, _ error: PatternError) -> String {
        let length = pattern.utf8.count
        let name = length > longestQuoted ? "an expression of \(length) bytes" : "/\(pattern)/"
        return "\(name) is not a regular expression: \(error)"
    }

    package var isInvalid: Bool { problem != nil }

    /// The field that a word such as `acount:7777` most likely means.
    var misspelledField: (word: String, field: FilterField)? {
        for term in terms where term.field == nil {
            guard let colon = term.text.text.firstIndex(of: ":") else { continue }
            let name = String(term.text.text[..<colon])
            guard let nearest = NearestName.of(name, among: FilterField.allCases.map(\.rawValue)),
                let field = FilterField(rawValue: nearest)
            else { continue }
            return (name, field)
        }
        return nil
    }

    /// Whether this filter is plain text that extends the text of `other`.
    ///
    /// If so, this filter hides every entry that `other` hides.
    func narrows(_ other: Filter) -> Bool {
        let isPlain = !text.contains { ":/-^$".contains($0) }
        return isPlain && !other.isEmpty && text.hasPrefix(other.text)
    }

    /// Returns the words to highlight, and the match of the expression in a text, in lower case.
    func highlights(in text: String) -> [String] {
        terms.filter { !$0.isExcluding && $0.field != .state }.map(\.text.text)
            + [firstMatch(in: text)].compactMap { $0?.lowercased() }
    }

    func firstMatch(in text: String) -> String? {
        expression?.range(in: text).map { String(text[$0]) }
    }

    /// Splits off an expression between slashes; the second slash can be missing while the operator types.
    private static func split(_ text: String) -> (terms: String, pattern: String?) {
        guard let start = text.firstIndex(of: "/"), start == text.startIndex || text[..<start].last == " "
        else { return (text, nil) }
        let rest = text[text.index(after: start)...]
        let end = rest.lastIndex(of: "/") ?? rest.endIndex
        let after = end == rest.endIndex ? "" : rest[rest.index(after: end)...]
        return (text[..<start] + " " + after, end == rest.startIndex ? nil : String(rest[..<end]))
    }
}
