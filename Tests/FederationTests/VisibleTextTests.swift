import TestSupport
import Testing

@testable import Federation

/// Characters that a terminal does not show, or that change how it shows others.
private let invisible: [Unicode.Scalar] = [
    "\u{0}", "\u{7}", "\u{1B}", "\u{7F}", "\u{80}", "\u{85}", "\u{9B}", "\u{9F}", "\u{AD}", "\u{34F}",
    "\u{61C}",
    "\u{180E}", "\u{200B}", "\u{200D}", "\u{200E}", "\u{202E}", "\u{2028}", "\u{2029}", "\u{2066}",
    "\u{2069}",
    "\u{3164}", "\u{E000}", "\u{FEFF}", "\u{FFF9}", "\u{E0041}", "\u{10FFFF}",
]

@Suite(.computing) struct VisibleTextTests {
    @Test(arguments: [
        ("plain", "plain"), ("two\r\nlines\tand  blanks ", "two lines and blanks"),
        ("\u{1B}[31mred", "<U+001B>[31mred"), ("a\u{202E}b", "a<U+202E>b"),
        ("a\u{0}b\u{9B}c", "a<U+0000>b<U+009B>c"),
        ("é 日本", "é 日本"),
    ])
    func `control characters are made visible and lines joined`(text: String, expected: String) {
        #expect(VisibleText.oneLine(text) == expected)
    }

    @Test func `a long text is truncated`() {
        #expect(VisibleText.oneLine(String(repeating: "x", count: 11), limit: 10) == "xxxxxxxxxx…")
    }

    @Test(arguments: invisible)
    func `an invisible character is shown as its code point, once`(scalar: Unicode.Scalar) {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let shown = "a<U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)>b"
        let text = "a\(scalar)b"
        for function in [VisibleText.escaped, VisibleText.line] {
            #expect(function(text) == shown)
            #expect(function(shown) == shown)
        }
    }

    @Test(arguments: invisible)
    func `encoded JSON escapes an invisible character`(scalar: Unicode.Scalar) {
        let escaped = VisibleText.json(#"{"a": "x\#(scalar)y"}"#)
        #expect(!escaped.unicodeScalars.contains(where: VisibleText.isInvisible))
        #expect(JSONValue(text: escaped)?["a"]?.string == "x\(scalar)y")
    }

    @Test func `newlines and tabs are kept in text and in JSON, and become spaces in a line`() {
        #expect(VisibleText.escaped("a\n\tb\r") == "a\n\tb<U+000D>")
        #expect(VisibleText.json("{\n\t\"a\": 1\r\n}") == "{\n\t\"a\": 1\r\n}")
        #expect(VisibleText.line("a  b\nc") == "a  b c")
    }

    @Test(arguments: ["café", "e\u{301}", "日本語", "العربية", "❤\u{FE0F}", "🇩🇪", "–…·"])
    func `ordinary text is unchanged`(text: String) {
        #expect(VisibleText.escaped(text) == text)
    }

    @Test func `a failure has no invisible characters`() {
        let failure = Failure(
            kind: .refused,
            code: "Access\u{1B}[2JDenied",
            message: "a\nb\u{202E}",
            fix: "run \u{9B}it",
            requestID: "r\u{7F}"
        )
        #expect(failure.code == "Access<U+001B>[2JDenied")
        #expect(failure.message == "a b<U+202E>")
        #expect(failure.fix == "run <U+009B>it")
        #expect(failure.requestID == "r<U+007F>")
        #expect(failure.naming("audit") == failure)
    }
}
