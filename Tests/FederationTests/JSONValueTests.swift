import Foundation
import TestSupport
import Testing

@testable import Federation

@Suite(.computing) struct JSONValueTests {
    @Test(arguments: [
        "null", "true", "7", "-1.5", #""a/b""#, "[]", #"[1,"x",null,[true]]"#, #"{"a":{"b":[1]},"c":"d"}"#,
    ])
    func `JSON is written as it was parsed`(text: String) throws {
        let value = try JSONValue(parsing: Data(text.utf8))
        #expect(value.compactText == text)
    }

    @Test func `the strings of a value are the strings in an array, or the value itself`() {
        #expect(JSONValue.string("a").strings == ["a"])
        #expect(JSONValue.array([.string("a"), .integer(1), .string("b")]).strings == ["a", "b"])
        #expect(JSONValue.integer(1).strings.isEmpty)
    }

    @Test(arguments: [
        ("1.0", JSONValue.integer(1)), ("1e2", .integer(100)), ("-0", .integer(0)), ("1e300", .number(1e300)),
        ("9223372036854775807", .integer(.max)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
        (#""\u00e9\ud83d\ude00\n\/""#, .string("é😀\n/")), (#"{"a":1,"a":2}"#, .object(["a": .integer(1)])),
        (" [ 1 , 2 ] \n", .array([.integer(1), .integer(2)])), (" { } ", .object([:])),
    ])
    func `values are parsed`(text: String, expected: JSONValue) throws {
        #expect(try JSONValue(parsing: Data(text.utf8)) == expected)
    }

    @Test(arguments: [
        "", " ", "nul", "tru", "01", "-", "1.", ".5", "1e", "+1", "1e400", "NaN", "[1,]", "[", "[1", "{",
        #"{"a"}"#,
        #"{"a":}"#, #"{"a":1,}"#, "{a:1}", "{1:2}", "'a'", #"""#, #""\x""#, #""\u12""#, #""\ud800""#,
        #""\ud800\u0041""#,
        #""\udc00""#, #""\u00é9""#, "\"\n\"", "\"\u{1}\"", "1 2", "[1 2]", "\u{FEFF}1", "//", "[1]/**/",
        "\u{0}",
    ])
    func `invalid JSON is refused with its position`(text: String) {
        #expect {
            try JSONValue(parsing: Data(text.utf8))
        } throws: { error in
            guard case .malformed(let offset) = error as? JSONError else { return false }
            return (0...text.utf8.count).contains(offset)
        }
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0xFF, 0xFE, 0x31, 0],
    ])
    func `bytes that are not UTF-8 are refused`(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: Data(bytes)) }
    }

    private static func nested(_ depth: Int, open: String, close: String) -> Data {
        Data((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
    }

    @Test(arguments: [("[", "]"), (#"{"a":"#, "}"), (#"[{"a":"#, "}]")])
    func `64 levels are parsed, and more are refused with the limit`(open: String, close: String) throws {
        let levels = open.hasPrefix("[{") ? 2 : 1
        _ = try JSONValue(parsing: Self.nested(64 / levels, open: open, close: close))
        for depth in [64 / levels + 1, 100_000] {
            #expect(throws: JSONError.tooDeep(limit: 64)) {
                try JSONValue(parsing: Self.nested(depth, open: open, close: close))
            }
        }
        #expect(JSONError.tooDeep(limit: 64).description.contains("64 levels"))
    }

    @Test func `a text over the size limit is refused with the limit`() throws {
        let text = Data("[1,2,3]".utf8)
        _ = try JSONValue(parsing: text, limit: text.count)
        #expect(throws: JSONError.tooLarge(limit: 6)) { try JSONValue(parsing: text, limit: 6) }
        #expect(JSONValue(text: "[1,2,3]", limit: 6) == nil)
    }

    @Test(arguments: ["[],", #"[[[[[]]]]],"#, #"{"a":[1,2]},"#, #""\u0041","#, "1234567890,"])
    func `parsing takes linear time`(element: String) throws {
        for count in [1, 100, 10_000] {
            let text = Data(("[" + String(repeating: element, count: count) + "1]").utf8)
            var parser = try JSONParser(text, limit: .max)
            _ = try parser.document()
            #expect(parser.steps <= 8 * text.count)
        }
    }

    @Test(arguments: 0..<200)
    func `a value survives writing and parsing`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let value = JSONValue.random(depth: 5, using: &generator)
        #expect(try JSONValue(parsing: Data(value.compactText.utf8)) == value)
    }

    @Test func `invisible characters are escaped`() {
        let text = JSONValue.string("a\u{1B}\u{7F}\u{9B}\u{202E}\u{2028}\u{200B}\u{E0001}é").compactText
        #expect(text == #""a\u001b\u007f\u009b\u202e\u2028\u200b\udb40\udc01é""#)
    }
}

extension JSONValue {
    fileprivate static func random(depth: Int, using generator: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0...(depth > 0 ? 6 : 4), using: &generator) {
        case 0: .null
        case 1: .bool(Bool.random(using: &generator))
        case 2: .integer(Int.random(in: .min ... .max, using: &generator))
        case 3: .number(Double(Int.random(in: -1_000_000...1_000_000, using: &generator)) + 0.5)
        case 4: .string(text(using: &generator))
        case 5:
            .array(
                (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                    random(depth: depth - 1, using: &generator)
                }
            )
        default:
            .object(
                Dictionary(
                    (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                        (text(using: &generator), random(depth: depth - 1, using: &generator))
                    }
                ) { $1 }
            )
        }
    }

    private static func text(using generator: inout SeededGenerator) -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "\"", "\\", "/", "\n", "\u{0}", "\u{1B}", "\u{7F}", "\u{9B}", "\u{202E}", "\u{2028}", "é",
            "日",
            "\u{301}", "😀", "\u{FEFF}", "\u{E0001}",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...8, using: &generator) {
            text.unicodeScalars.append(scalars.randomElement(using: &generator) ?? "a")
        }
        return text
    }
}
