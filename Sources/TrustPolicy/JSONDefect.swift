import Foundation

/// A syntax that RFC 8259 forbids or leaves undefined, and that readers treat differently.
enum JSONDefect: Hashable, Sendable {
    /// A comma before a closing bracket; IAM refuses it.
    case trailingComma(line: Int)
    /// Two members of one object with the same name, of which readers use different ones.
    case duplicateName(String, line: Int)

    /// Finds the first defect in a text.
    init?(in text: String) {
        var scanner = JSONScanner(bytes: Array(text.utf8))
        guard let defect = scanner.firstDefect() else { return nil }
        self = defect
    }
}

extension JSONDefect: CustomStringConvertible {
    var description: String {
        switch self {
        case .trailingComma(let line): "line \(line) ends a list with a comma"
        case .duplicateName(let name, let line): "line \(line) repeats the name \"\(name)\""
        }
    }
}

/// A scanner of the tokens of a text that is known to be JSON.
private struct JSONScanner {
    let bytes: [UInt8]
    private var position = 0
    private var line = 1
    /// The names in each open bracket; those of an array stay empty.
    private var names: [Set<String>] = []
    private var lastString = ""
    private var followsComma = false

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func firstDefect() -> JSONDefect? {
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\n"): line += 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                names.append([])
                followsComma = false
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if followsComma { return .trailingComma(line: line) }
                _ = names.popLast()
            case UInt8(ascii: ","): followsComma = true
            case UInt8(ascii: ":"):
                guard !names.isEmpty, names[names.count - 1].insert(lastString).inserted else {
                    return .duplicateName(lastString, line: line)
                }
            case UInt8(ascii: "\""):
                followsComma = false
                lastString = string()
            default: followsComma = false
            }
        }
        return nil
    }

    /// Reads a string up to its closing quotation mark, with escapes decoded: `V\u0065rsion` is `Version`.
    private mutating func string() -> String {
        let start = position
        var hasEscapes = false
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            let isEscape = bytes[position] == UInt8(ascii: "\\")
            hasEscapes = hasEscapes || isEscape
            position += isEscape ? 2 : 1
        }
        let text = String(decoding: bytes[start..<min(position, bytes.count)], as: UTF8.self)
        position += 1
        guard hasEscapes else { return text }
        return (try? JSONDecoder().decode(String.self, from: Data("\"\(text)\"".utf8))) ?? text
    }
}
