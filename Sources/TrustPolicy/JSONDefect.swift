import Foundation

/// A place in a text at which it is not JSON, or is JSON that readers treat differently.
///
/// Source: RFC 8259; names that one object repeats are undefined there.
package struct JSONDefect: Hashable, Sendable {
    /// A place in the text, both counted from 1; a column counts characters.
    package struct Place: Hashable, Sendable, CustomStringConvertible {
        package let line: Int
        package let column: Int

        package var description: String { "line \(line), column \(column)" }
    }

    package enum Kind: Hashable, Sendable {
        /// A comma before a closing bracket; IAM refuses it.
        case trailingComma
        /// Two members of one object with this name, of which readers use different ones.
        case duplicateName(String)
        /// A bracket that another bracket or the end of the text leaves open.
        case unclosed(Character, openedAt: Place, found: String)
        /// A closing bracket without an opening one.
        case unopened(Character)
        case missingComma
        /// A bracket or a comma in the place of a value.
        case missingValue(Character)
        case missingColon
        /// Single or typographic quotation marks.
        case quotationMark(Character)
        case comment
        case openString
        /// A name without quotation marks.
        case bareName(String)
        /// A line break or another control character within a string.
        case controlInString
        case unexpected(String)
        case end
    }

    package let kind: Kind
    package let place: Place

    /// Finds the first defect in a text; `nil` for JSON.
    package init?(in text: String) {
        var scanner = JSONScanner(text)
        guard let defect = scanner.firstDefect() else { return nil }
        self = defect
    }

    fileprivate init(_ kind: Kind, at place: Place) {
        self.kind = kind
        self.place = place
    }
}

extension JSONDefect: CustomStringConvertible {
    package var description: String {
        switch kind {
        case .trailingComma: "\(place): a comma ends a list"
        case .duplicateName(let name): "\(place): the name \"\(name)\" is repeated in one object"
        case .unclosed(let bracket, let opened, let found):
            "\(place): \(found) where \(JSONScanner.closing(bracket)) is missing, for the \(bracket) of \(opened)"
        case .unopened(let bracket): "\(place): a \(bracket) that no bracket opens"
        case .missingValue(let found): "\(place): a value is missing before \(found)"
        case .missingComma: "\(place): a comma is missing before this value"
        case .missingColon: "\(place): a colon is missing after the name"
        case .quotationMark(let mark): "\(place): the quotation mark \(mark) where JSON has \""
        case .comment: "\(place): a comment, which JSON has not"
        case .openString: "\(place): a string that no quotation mark closes"
        case .bareName(let name): "\(place): \(name) without quotation marks"
        case .controlInString: "\(place): a line break or control character within a string"
        case .unexpected(let text): "\(place): \(text) is not JSON"
        case .end: "\(place): the text ends where a value is missing"
        }
    }
}

/// A reader of JSON's tokens that reports the first place where they are not JSON.
private struct JSONScanner {
    private enum Expectation {
        case value
        case firstValue
        case firstName
        case name
        case colon
        case commaOrEnd
    }

    private struct Bracket {
        let character: Character
        let place: JSONDefect.Place
        var names: Set<String> = []

        var isObject: Bool { character == "{" }
    }

    private let text: [Character]
    private var position = 0
    private var line = 1
    private var column = 1
    private var open: [Bracket] = []
    private var expectation = Expectation.value

    init(_ text: String) {
        self.text = Array(text)
    }

    static func closing(_ bracket: Character) -> String { bracket == "{" ? "}" : "]" }

    private var place: JSONDefect.Place { JSONDefect.Place(line: line, column: column) }

    private mutating func advance() {
        if text[position].isNewline {
            line += 1
            column = 1
        } else {
            column += 1
        }
        position += 1
    }

    mutating func firstDefect() -> JSONDefect? {
        while true {
            while position < text.count, text[position].isWhitespace { advance() }
            guard position < text.count else { return atEnd() }
            if open.isEmpty, expectation == .commaOrEnd {
                let found = text[position]
                return JSONDefect(
                    "}]".contains(found) ? .unopened(found) : .unexpected(word()),
                    at: place
                )
            }
            if let defect = token() { return defect }
        }
    }

    private func atEnd() -> JSONDefect? {
        if let bracket = open.last {
            return JSONDefect(
                .unclosed(bracket.character, openedAt: bracket.place, found: "the text ends"),
                at: place
            )
        }
        return expectation == .commaOrEnd ? nil : JSONDefect(.end, at: place)
    }

    private mutating func token() -> JSONDefect? {
        let character = text[position]
        let place = place
        switch character {
        case "{", "[":
            guard isValueExpected else { return misplaced(at: place) }
            open.append(Bracket(character: character, place: place))
            expectation = character == "{" ? .firstName : .firstValue
            advance()
        case "}", "]":
            return close(character, at: place)
        case ",":
            guard expectation == .commaOrEnd else { return JSONDefect(.missingValue(","), at: place) }
            expectation = open.last?.isObject == true ? .name : .value
            advance()
        case ":":
            guard expectation == .colon else { return JSONDefect(.unexpected(":"), at: place) }
            expectation = .value
            advance()
        case "\"":
            return string(at: place)
        case "'", "\u{201C}", "\u{201D}", "\u{2018}", "\u{2019}", "`":
            return JSONDefect(.quotationMark(character), at: place)
        case "/" where position + 1 < text.count && "/*".contains(text[position + 1]), "#":
            return JSONDefect(.comment, at: place)
        default:
            return literal(at: place)
        }
        return nil
    }

    private var isValueExpected: Bool { expectation == .value || expectation == .firstValue }

    private func misplaced(at place: JSONDefect.Place) -> JSONDefect {
        let kind: JSONDefect.Kind =
            switch expectation {
            case .commaOrEnd: .missingComma
            case .colon: .missingColon
            case .value, .firstValue, .firstName, .name: .unexpected(word())
            }
        return JSONDefect(kind, at: place)
    }

    private mutating func close(_ character: Character, at place: JSONDefect.Place) -> JSONDefect? {
        guard let bracket = open.last else { return JSONDefect(.unopened(character), at: place) }
        guard Self.closing(bracket.character) == String(character) else {
            return JSONDefect(
                .unclosed(bracket.character, openedAt: bracket.place, found: "a \(character) stands"),
                at: place
            )
        }
        switch expectation {
        case .commaOrEnd, .firstName, .firstValue: break
        case .name: return JSONDefect(.trailingComma, at: place)
        case .value where precedingCharacter == ",": return JSONDefect(.trailingComma, at: place)
        case .colon: return JSONDefect(.missingColon, at: place)
        case .value: return JSONDefect(.missingValue(character), at: place)
        }
        open.removeLast()
        expectation = .commaOrEnd
        advance()
        return nil
    }

    private var precedingCharacter: Character? {
        text[..<position].last { !$0.isWhitespace }
    }

    /// Reads a string; a name's escapes are decoded for the comparison: `V\u0065rsion` is `Version`.
    private mutating func string(at place: JSONDefect.Place) -> JSONDefect? {
        let isName = expectation == .name || expectation == .firstName
        guard isName || isValueExpected else { return misplaced(at: place) }
        let start = position
        var hasEscapes = false
        advance()
        while position < text.count, text[position] != "\"" {
            if text[position].unicodeScalars.contains(where: { $0.value < 0x20 }) {
                return JSONDefect(text[position].isNewline ? .openString : .controlInString, at: place)
            }
            let isEscape = text[position] == "\\"
            hasEscapes = hasEscapes || isEscape
            advance()
            if isEscape, position < text.count { advance() }
        }
        guard position < text.count else { return JSONDefect(.openString, at: place) }
        advance()
        let quoted = String(text[start..<position])
        if hasEscapes, (try? JSONDecoder().decode(String.self, from: Data(quoted.utf8))) == nil {
            return JSONDefect(.unexpected(quoted), at: place)
        }
        guard isName else {
            expectation = .commaOrEnd
            return nil
        }
        let decoded = hasEscapes ? try? JSONDecoder().decode(String.self, from: Data(quoted.utf8)) : nil
        let name = decoded ?? String(quoted.dropFirst().dropLast())
        guard open[open.count - 1].names.insert(name).inserted else {
            return JSONDefect(.duplicateName(name), at: place)
        }
        expectation = .colon
        return nil
    }

    private mutating func literal(at place: JSONDefect.Place) -> JSONDefect? {
        let word = word()
        if expectation == .name || expectation == .firstName {
            return JSONDefect(.bareName(word), at: place)
        }
        guard isValueExpected else { return misplaced(at: place) }
        let isNumber = word.wholeMatch(of: #/-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/#) != nil
        guard isNumber || ["true", "false", "null"].contains(word) else {
            return JSONDefect(.unexpected(word), at: place)
        }
        for _ in word { advance() }
        expectation = .commaOrEnd
        return nil
    }

    /// The characters up to the next bracket, comma, colon or space, at most 40.
    private func word() -> String {
        let rest = text[position...].prefix { !$0.isWhitespace && !"{}[],:\"".contains($0) }
        return String(rest.isEmpty ? text[position...].prefix(1) : rest.prefix(40))
    }
}
