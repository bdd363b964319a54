import Federation

/// Text that contains variables of a shell script.
struct ScriptText: Hashable, Sendable {
    enum Piece: Hashable, Sendable {
        case text(String)
        case variable(String)
    }

    private(set) var pieces: [Piece] = []

    init(_ pieces: Piece...) {
        for piece in pieces { append(piece) }
    }

    /// Joins texts with commas.
    init(joining texts: [ScriptText]) {
        for (index, text) in texts.enumerated() {
            if index > 0 { append(.text(", ")) }
            for piece in text.pieces { append(piece) }
        }
    }

    static func + (left: ScriptText, right: ScriptText) -> ScriptText {
        var text = left
        for piece in right.pieces { text.append(piece) }
        return text
    }

    /// Encodes a value as JSON, indented by two spaces.
    ///
    /// The values of variables are not escaped, so a variable must contain plain text, such as an ID.
    init(json value: ScriptValue) {
        append(json: value, indent: "")
    }

    /// The text as a bash word (a single argument), with a quoted reference for each variable.
    var bash: String {
        if case .text(let text)? = pieces.first, pieces.count == 1 { return ShellWord.posix(text) }
        if pieces.isEmpty { return "''" }
        return pieces.map { piece in
            switch piece {
            case .text(let text): "'" + text.replacing("'", with: "'\\''") + "'"
            case .variable(let name): "\"$\(name)\""
            }
        }.joined()
    }

    /// The text with the variables' names instead of their values.
    var plain: String {
        pieces.map { piece in
            switch piece {
            case .text(let text), .variable(let text): text
            }
        }.joined()
    }

    private mutating func append(_ piece: Piece) {
        if case .text(let text) = piece, case .text(let last)? = pieces.last {
            pieces[pieces.count - 1] = .text(last + text)
        } else {
            pieces.append(piece)
        }
    }

    /// The maximum length of a value on one line, in characters.
    static let shortLine = 72

    private mutating func append(json value: ScriptValue, indent: String) {
        let line = value.jsonLine
        if line.plain.count <= Self.shortLine {
            for piece in line.pieces { append(piece) }
            return
        }
        let deeper = indent + "  "
        switch value {
        case .list(let values) where !values.isEmpty:
            append(.text("["))
            for (index, value) in values.enumerated() {
                append(.text((index > 0 ? "," : "") + "\n" + deeper))
                append(json: value, indent: deeper)
            }
            append(.text("\n\(indent)]"))
        case .members(let members) where !members.isEmpty:
            append(.text("{"))
            for (index, member) in members.enumerated() {
                let name = JSONValue.string(member.name).compactText
                append(.text((index > 0 ? "," : "") + "\n" + deeper + name + ": "))
                append(json: member.value, indent: deeper)
            }
            append(.text("\n\(indent)}"))
        default:
            for piece in line.pieces { append(piece) }
        }
    }
}

extension ScriptValue {
    /// The value as JSON on one line.
    fileprivate var jsonLine: ScriptText {
        switch self {
        case .text(let text): ScriptText(.text(JSONValue.string(text).compactText))
        case .variable(let name): ScriptText(.text("\""), .variable(name), .text("\""))
        case .integer(let value): ScriptText(.text(String(value)))
        case .number(let value): ScriptText(.text(String(value)))
        case .boolean(let value): ScriptText(.text(String(value)))
        case .null: ScriptText(.text("null"))
        case .list(let values):
            ScriptText(.text("[")) + ScriptText(joining: values.map(\.jsonLine)) + ScriptText(.text("]"))
        case .members(let members):
            ScriptText(.text("{"))
                + ScriptText(
                    joining: members.map { member in
                        ScriptText(.text(JSONValue.string(member.name).compactText + ": "))
                            + member.value.jsonLine
                    }
                ) + ScriptText(.text("}"))
        }
    }
}
