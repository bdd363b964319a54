import TestSupport
import Testing

@testable import Federation
@testable import TrustPolicy

/// Invisible characters, literal characters, and URLs that IAM refuses.
@Suite(.computing) struct BlankCharacterTests {
    @Test(arguments: [
        ("a\u{200B}b", "ab", "U+200B (zero width space) at character 2"),
        ("ab\r\n", "ab", "U+000D"), ("\u{FEFF}ab", "ab", "U+FEFF (zero width no-break space) at character 1"),
        (" ab", "ab", "U+0020 (space) at character 1"), ("ab", "a b", nil), ("ab", "ab", nil),
        ("abc", "abd", nil),
    ])
    func `the first blank that the other text lacks is named`(text: String, other: String, blank: String?) {
        let found = text.firstBlank(missingIn: other)
        if let blank {
            #expect(found?.hasPrefix(blank) == true, "\(found ?? "")")
        } else {
            #expect(found == nil)
        }
    }

    @Test func `spaces within a text are kept`() {
        #expect(" a b\u{A0}\t".withoutBlanks == "a b")
        #expect(NearMiss(betweenRequired: "a b", found: "ab") == nil)
    }

    @Test(arguments: [
        ("https://idp.example:8443/a", "a port (:8443)", "idp.example/a"),
        ("idp.example/a?b#c", "a query (?b#c)", "idp.example/a"),
        ("idp.example/a#c", "a fragment (#c)", "idp.example/a"),
        ("https://user:word@idp.example:8443/a?b", "user information (before the @)", "idp.example/a"),
        ("http://idp.example/a", "the scheme http://", "idp.example/a"),
        ("[2001:db8::1]:8443/a", "a port (:8443)", "[2001:db8::1]/a"),
        ("\"idp.example\"", "quotation marks", "idp.example"),
        ("idp.example/ a", "U+0020 (space) at character 13", "idp.example/a"),
    ])
    func `a URL with a part that IAM refuses has a correction`(url: String, part: String, corrected: String) {
        let defect = ProviderURLDefect(in: url)
        #expect(defect?.part == part && defect?.corrected == corrected)
    }

    @Test(arguments: ["https://sts.windows.net/a/", "idp.example", "idp.example/a:b@c", "[2001:db8::1]/a"])
    func `a URL without such a part has no defect`(url: String) {
        #expect(ProviderURLDefect(in: url) == nil)
    }

    /// Source: IAM user guide, policy variables: `${*}`, `${?}`, and `${$}` are literal characters.
    @Test(arguments: [
        ("StringLike", "a${*}", "a*", true), ("StringLike", "a${*}", "ab", false),
        ("StringLike", "a${?}*", "a?b", true), ("StringEquals", "a${$}{b}", "a${b}", true),
        ("StringEquals", "a${*}", "a*", true), ("ArnLike", "a:b:c:d:e:${*}", "a:b:c:d:e:f", false),
    ])
    func `an escaped character is literal`(name: String, value: String, found: String, passes: Bool) throws {
        let condition = #"{"\#(name)":{"aws:UserAgent":"\#(value)"}}"#
        let decision = try EntraFixture.decision(condition, ["aws:UserAgent": [found]])
        #expect(decision == (passes ? .allow : .deny))
        let policy = try TrustPolicy(parsing: EntraFixture.policy(condition: condition))
        #expect(!policy.statements[0].conditions[0].escapes.isEmpty)
        #expect(!policy.lint().contains { $0.id == "wildcard-under-equals" })
    }
}
