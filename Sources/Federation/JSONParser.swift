package import FoundationEssentials

/// The reason that bytes were rejected as JSON.
package enum JSONError: Error, Hashable, Sendable {
    /// The text exceeds the caller's size limit.
    case tooLarge(limit: Int)
    /// Arrays and objects are nested deeper than the limit.
    case tooDeep(limit: Int)
    /// Not JSON (RFC 8259); `offset` is the position of the invalid byte, string, or number.
    case malformed(offset: Int)
    /// Two members of one object have this name, and the caller does not allow repeated names.
    case repeatedMember(String)
}

extension JSONError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLarge(let limit): "more than \(limit) bytes of JSON"
        case .tooDeep(let limit): "JSON nested deeper than \(limit) levels"
        case .malformed(let offset): "not JSON at byte \(offset)"
        case .repeatedMember(let name): "JSON with the member \(name) twice in one object"
        }
    }
}

extension JSONValue {
    /// The maximum nesting depth.
    package static let maximumDepth = 64
    /// The default size limit, in bytes.
    package static let defaultSizeLimit = 1 << 20

    /// Parses a JSON text in UTF-8.
    ///
    /// - Parameters:
    ///   - data: The whole text.
    ///   - limit: The maximum size, in bytes.
    ///   - allowsRepeatedMembers: Whether an object may have several members with the same name; the first one is used.
    /// - Throws: ``JSONError`` if the text is not JSON, exceeds a limit, or has a repeated member that is not allowed.
    package init(
        parsing data: Data,
        limit: Int = defaultSizeLimit,
        allowsRepeatedMembers: Bool = true
    ) throws(JSONError) {
        var parser = try JSONParser(data, limit: limit, allowsRepeatedMembers: allowsRepeatedMembers)
        self = try parser.document()
    }

    /// Parses a JSON text; `nil` if it is malformed or exceeds a limit.
    package init?(text: String, limit: Int = defaultSizeLimit) {
        guard let value = try? JSONValue(parsing: Data(text.utf8), limit: limit) else { return nil }
        self = value
    }
}

/// A single-pass JSON parser.
///
/// The parsers in Foundation are unsuitable:
/// - `JSONDecoder` has to try one type after another for a value of unknown type.
/// - `JSONSerialization` keeps the last of several members with the same name, accepts trailing commas, and does not
///   limit the nesting depth.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    /// The number of times that the parser has examined a byte.
    private(set) var steps = 0

    private let allowsRepeatedMembers: Bool

    init(_ data: Data, limit: Int, allowsRepeatedMembers: Bool = true) throws(JSONError) {
        guard data.count <= limit else { throw .tooLarge(limit: limit) }
        bytes = Array(data)
        self.allowsRepeatedMembers = allowsRepeatedMembers
    }

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try value()
        skipWhitespace()
        guard position == bytes.count else { throw malformed }
        return value
    }

    private var malformed: JSONError { .malformed(offset: position) }

    private mutating func peek() -> UInt8? {
        steps += 1
        return position < bytes.count ? bytes[position] : nil
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipWhitespace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        skipWhitespace()
        switch peek() {
        case UInt8(ascii: "{"):
            return try nested { parser throws(JSONError) in .object(try parser.members()) }
        case UInt8(ascii: "["):
            return try nested { parser throws(JSONError) in .array(try parser.elements()) }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return try number()
        }
    }

    private mutating func nested(
        _ read: (inout JSONParser) throws(JSONError) -> JSONValue
    ) throws(JSONError) -> JSONValue {
        depth += 1
        guard depth <= JSONValue.maximumDepth else { throw .tooDeep(limit: JSONValue.maximumDepth) }
        position += 1
        let value = try read(&self)
        depth -= 1
        return value
    }

    private mutating func members() throws(JSONError) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        skipWhitespace()
        if skip("}") { return members }
        repeat {
            skipWhitespace()
            guard peek() == UInt8(ascii: "\"") else { throw malformed }
            let name = try string()
            skipWhitespace()
            guard skip(":") else { throw malformed }
            let value = try value()
            if members[name] == nil {
                members[name] = value
            } else if !allowsRepeatedMembers {
                throw .repeatedMember(name)
            }
            skipWhitespace()
        } while skip(",")
        guard skip("}") else { throw malformed }
        return members
    }

    private mutating func elements() throws(JSONError) -> [JSONValue] {
        var elements: [JSONValue] = []
        skipWhitespace()
        if skip("]") { return elements }
        repeat {
            elements.append(try value())
            skipWhitespace()
        } while skip(",")
        guard skip("]") else { throw malformed }
        return elements
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for byte in word.description.utf8 {
            guard peek() == byte else { throw malformed }
            position += 1
        }
        return value
    }

    private mutating func string() throws(JSONError) -> String {
        let start = position
        position += 1
        var text: [UInt8] = []
        while let byte = peek() {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw .malformed(offset: start)
                }
                return string
            case UInt8(ascii: "\\"): text += try escape()
            case 0..<0x20: throw .malformed(offset: position - 1)
            default: text.append(byte)
            }
        }
        throw malformed
    }

    /// The UTF-8 bytes of the escape sequence after a backslash.
    private mutating func escape() throws(JSONError) -> [UInt8] {
        guard let byte = peek() else { throw malformed }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(String(try escapedScalar()).utf8)
        default: throw .malformed(offset: position - 1)
        }
    }

    private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard skip("\\"), skip("u") else { throw malformed }
        let second = try hexadecimal()
        guard (0xD800..<0xDC00).contains(first), (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw malformed }
        return scalar
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80
            else {
                throw malformed
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        _ = skip("-")
        if !skip("0") { try digits() }
        var isWhole = true
        if skip(".") {
            isWhole = false
            try digits()
        }
        if skip("e") || skip("E") {
            isWhole = false
            if !skip("+") { _ = skip("-") }
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let value = Int(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw .malformed(offset: start) }
        return Int(exactly: value).map(JSONValue.integer) ?? .number(value)
    }

    private mutating func digits() throws(JSONError) {
        let start = position
        while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw malformed }
    }
}
