import Federation
import TestSupport
import Testing
import TrustPolicy

@testable import Provisioning

/// Quoting of strings by the rules of each script language.
@Suite(.limited) struct QuotingTests {
    @Test(arguments: [
        ("plain", #""plain""#), ("", #""""#), (#"say "hi""#, #""say \"hi\"""#),
        (#"back\slash"#, #""back\\slash""#),
        ("${var.x}", #""$${var.x}""#), ("%{ if x }", #""%%{ if x }""#), ("$ 5 and 5 %", #""$ 5 and 5 %""#),
        ("$${x}", #""$$${x}""#), ("line\nbreak\ttab\r", #""line\nbreak\ttab\r""#),
        ("bell\u{7}", #""bell\u0007""#),
        ("`it's`", #""`it's`""#), ("Größe 漢字", #""Größe 漢字""#),
    ])
    func `HCL reads a text back without interpolation`(text: String, literal: String) {
        #expect(HCLText.quoted(text) == literal)
    }

    @Test(arguments: [
        ("name", "name"), ("made-by", "made-by"), ("_x1", "_x1"), ("1x", #""1x""#), ("a:b", #""a:b""#),
        ("", #""""#),
        ("a b", #""a b""#), ("sts.windows.net/t/:aud", #""sts.windows.net/t/:aud""#),
    ])
    func `an HCL key has quotes unless it is an identifier`(key: String, text: String) {
        #expect(HCLText.key(key) == text)
    }

    @Test(arguments: [
        ("plain", #"`"plain"`"#), (#"a"b"#, #"`"a\"b"`"#), ("a`b", #"`"a\`b"`"#), (#"a\b"#, #"`"a\\b"`"#),
        ("it's", #"`"it's"`"#), ("a/b", #"`"a/b"`"#), ("\n", #"`"\n"`"#),
    ])
    func `JMESPath reads a text back`(text: String, literal: String) {
        #expect(QueryLiteral.jmesPath(text) == literal)
    }

    @Test(arguments: [("api://x", "'api://x'"), ("O'Brien's", "'O''Brien''s'"), ("", "''")])
    func `OData doubles apostrophes`(text: String, literal: String) {
        #expect(QueryLiteral.odata(text) == literal)
    }

    @Test(
        arguments: [
            ([.text("plain")], "plain"), ([.text("a b")], "'a b'"), ([], "''"), ([.variable("x")], #""$x""#),
            ([.text("it's "), .variable("x"), .text("$y")], #"'it'\''s '"$x"'$y'"#),
        ] as [([ScriptText.Piece], String)]
    )
    func `bash expands the script's variables and nothing else`(pieces: [ScriptText.Piece], word: String) {
        let text = pieces.reduce(ScriptText()) { $0 + ScriptText($1) }
        #expect(text.bash == word)
    }

    @Test(
        arguments: [
            (.text("it's $x `y`"), "'it''s $x `y`'"), (.text("‘a’"), "'‘‘a’’'"), (.boolean(true), "$true"),
            (.null, "$null"),
            (.list([.integer(1), .text("a")]), "@(1, 'a')"), (.variable("id"), "$id"), (.list([]), "@()"),
            (
                .members([.init(name: "made-by", value: .text("x")), .init(name: "b", value: .null)]),
                "@{ 'made-by' = 'x'; b = $null }"
            ),
        ] as [(ScriptValue, String)]
    )
    func `PowerShell reads a value back`(value: ScriptValue, text: String) {
        #expect(value.powerShell() == text)
    }

    @Test func `JSON has the members that name a statement first`() {
        let json = JSONValue.object([
            "Condition": .null, "Version": .string("2012-10-17"),
            "Effect": .string("Allow"),
        ])
        #expect(
            ScriptText(json: ScriptValue(json)).plain
                == #"{"Version": "2012-10-17", "Effect": "Allow", "Condition": null}"#
        )
    }
}
