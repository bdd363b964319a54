import FoundationEssentials

/// A syntax error in a JSON text, or a repeated name in one object.
///
/// RFC 8259 does not define the meaning of a repeated name, so parsers differ.
package struct JSONDefect: Hashable, Sendable {
    /// A position in the text: the line and the column (in characters), both counted from 1.
    package struct Place: Hashable, Sendable, CustomStringConvertible {
        package let line: Int
        package let column: Int

        package var description: String { "line \(line), column \(column)" }
    }

    package enum Kind: Hashable, Sendable {
        /// A comma before a closing bracket; IAM refuses a trailing comma.
        case trailingComma
        /// Two members of one object have this name.
        case duplicateName(String)
        /// An opening bracket without a closing bracket, or with a closing bracket of the other kind.
        case unclosed(Character, openedAt: Place, found: String)
        /// A closing bracket without an opening bracket.
        case unopened(Character)
        case missingComma
        /// A bracket or a comma instead of a value.
        case missingValue(Character)
        case missingColon
        /// Single or typographic quotation marks.
        case quotationMark(Character)
        case comment
        case unterminatedString
        /// A name without quotation marks.
        case unquotedName(String)
        /// A control character other than a line break within a string.
        case controlCharacterInString
        case unexpected(String)
        case end
    }

    package let kind: Kind
    package let place: Place

    /// Finds the first defect in a text; `nil` for valid JSON.
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
        case .trailingComma: "\(place): a trailing comma"
        case .duplicateName(let name): "\(place): the name \"\(name)\" is repeated in one object"
        case .unclosed(let bracket, let opened, let found):
            "\(place): \(found), but the \(bracket) at \(opened) needs a closing \(JSONScanner.closing(bracket))"
        case .unopened(let bracket): "\(place): a \(bracket) without an opening bracket"
        case .missingValue(let found): "\(place): a value is missing before \(found)"
        case .missingComma: "\(place): a comma is missing before this value"
        case .missingColon: "\(place): a colon is missing after the name"
        case .quotationMark(let mark): "\(place): the quotation mark \(mark) instead of \""
        case .comment: "\(place): a comment, which JSON does not allow"
        case .unterminatedString: "\(place): an unterminated string"
        case .unquotedName(let name): "\(place): \(name) without quotation marks"
        case .controlCharacterInString: "\(place): a control character within a string"
        case .unexpected(let text): "\(place): unexpected \(text.hasPrefix("\"") ? text : "\"\(text)\"")"
        case .end: "\(place): the text ends where a value is missing"
        }
    }
}

/// A JSON scanner that reports the first defect.
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
                .unclosed(bracket.character, openedAt: bracket.place, found: "a \(character)"),
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

    /// Scans a string; decodes a name before comparing it with other names (`V\u0065rsion` is `Version`).
    private mutating func string(at place: JSONDefect.Place) -> JSONDefect? {
        let isName = expectation == .name || expectation == .firstName
        guard isName || isValueExpected else { return misplaced(at: place) }
        let start = position
        var hasEscapes = false
        advance()
        while position < text.count, text[position] != "\"" {
            if text[position].unicodeScalars.contains(where: { $0.value < 0x20 }) {
                return JSONDefect(
                    text[position].isNewline ? .unterminatedString : .controlCharacterInString,
                    at: place
                )
            }
            let isEscape = text[position] == "\\"
            hasEscapes = hasEscapes || isEscape
            advance()
            if isEscape, position < text.count { advance() }
        }
        guard position < text.count else { return JSONDefect(.unterminatedString, at: place) }
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
            return JSONDefect(.unquotedName(word), at: place)
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

    /// Returns the text up to the next bracket, comma, colon, quotation mark, or white space: 1 to 40 characters.
    private func word() -> String {
        let rest = text[position...].prefix { !$0.isWhitespace && !"{}[],:\"".contains($0) }
        return String(rest.isEmpty ? text[position...].prefix(1) : rest.prefix(40))
    }
}
