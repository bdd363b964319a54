import Foundation

/// What RFC 8259 forbids or leaves open and Foundation's decoder takes silently.
enum JSONLaxity: Hashable, Sendable {
    /// A comma before a closing bracket; IAM refuses it.
    case trailingComma(line: Int)
    /// Two members of one object share a name, and readers differ in which one counts.
    case duplicateName(String, line: Int)

    /// The first such place in a text that the decoder took.
    init?(in text: String) {
        var scanner = Scanner(bytes: Array(text.utf8))
        guard let laxity = scanner.firstLaxity() else { return nil }
        self = laxity
    }
}

extension JSONLaxity: CustomStringConvertible {
    var description: String {
        switch self {
        case .trailingComma(let line): "line \(line) ends a list with a comma"
        case .duplicateName(let name, let line): "line \(line) repeats the name \"\(name)\""
        }
    }
}

/// Walks over the tokens of a text that is known to be JSON.
private struct Scanner {
    let bytes: [UInt8]
    private var position = 0
    private var line = 1
    /// The names seen in each open bracket; an array's stay empty.
    private var names: [Set<String>] = []
    private var lastString = ""
    private var followsComma = false

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func firstLaxity() -> JSONLaxity? {
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

    /// The text up to the closing quotation mark, as it reads: `V\u0065rsion` is `Version`.
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
