import TestSupport
import Testing

@testable import Federation

/// Regular expressions typed by users.
@Suite(.computing) struct SearchExpressionTests {
    @Test(arguments: [
        ("denied", "AccessDenied no", "Denied"), ("^access", "AccessDenied", "Access"), ("x*", "axxb", "xx"),
        ("a.*z", "no", nil), ("x*", "abc", nil), ("日.", "das 日本", "日本"), ("", "abc", nil), ("a", "", nil),
        (".", "", nil), ("|b", "ab", "b"), ("ÄB", "xäb", "äb"), (#"\w+"#, "→ größe", "größe"),
        (#"\bx"#, "éx x", "x"), (".", "👩‍👩‍👧", "👩"), ("e\u{301}", "cafe\u{301}", "e\u{301}"),
        (#"\x{65e5}"#, "日", "日"), (#"a\K"#, "ab", nil), (#"\Ab"#, "a\nb", nil),
    ])
    func `the first nonempty match is found, ignoring letter case`(
        pattern: String,
        text: String,
        found: String?
    ) throws {
        let expression = try #require(SearchExpression(pattern))
        #expect(expression.range(in: text).map { String(text[$0].unicodeScalars) } == found)
    }

    @Test(arguments: ["one\ntwo", "one\r\ntwo", "one\rtwo\n"])
    func `the anchors match at each line`(text: String) throws {
        for pattern in ["^t", "e$"] {
            #expect(try #require(SearchExpression(pattern)).range(in: text) != nil)
        }
        #expect(try #require(SearchExpression("e.")).range(in: text) == nil)
    }

    @Test(arguments: [
        ("(?<=role/)audit", "role/audit", "audit"), ("(?<!role/)audit", "role/audit", nil),
        ("(?<=a|bc)d", "xbcd", "d"), ("audit(?=-1)", "audit-1", "audit"), (#"(a)\1"#, "xaAx", "aA"),
    ])
    func `an expression can look around a match`(pattern: String, text: String, found: String?) throws {
        let expression = try #require(SearchExpression(pattern))
        #expect(expression.range(in: text).map { String(text[$0]) } == found)
    }

    @Test(arguments: [
        "[", "(", "*a", "a)", #"a\"#, "a{2,1}", #"\C"#, "(?<=a+)b", "(?<", #"\p{Nothing}"#, #"\1"#,
        "((a{1000}){1000}){1000}",
    ])
    func `an invalid pattern is not an expression`(pattern: String) {
        #expect(SearchExpression(pattern) == nil)
    }

    @Test func `the reason why a pattern is invalid is reported`() {
        let error = #expect(throws: PatternError.self) { try SearchExpression(parsing: "a(b") }
        #expect(error?.description == "missing closing parenthesis")
    }

    @Test func `a long or deep pattern is not an expression`() {
        #expect(SearchExpression(String(repeating: "a", count: 4096)) != nil)
        #expect(SearchExpression(String(repeating: "a", count: 4097)) == nil)
        let depth = 101
        let deep = String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth)
        #expect(SearchExpression(deep) == nil)
    }

    @Test func `expressions with the same pattern are equal`() {
        #expect(SearchExpression("a+") == SearchExpression("a+"))
        #expect(SearchExpression("a+") != SearchExpression("A+"))
        #expect(Set([SearchExpression("a+"), SearchExpression("a+")]).count == 1)
    }

    @Test func `exponential backtracking ends with the budget`() throws {
        let expression = try #require(SearchExpression("(a+)+$"))
        let text = String(repeating: "a", count: 60) + "!"
        #expect(expression.range(in: text) == nil)
        var budget = 25
        #expect(expression.range(in: text, budget: &budget) == nil)
        #expect(budget == 0)
        #expect(expression.range(in: "aaa", budget: &budget) == nil, "without a budget, nothing is found")
    }

    @Test(arguments: [
        "(a+)+$", "(a|aa|aaa)+$", "(a*)*b?c", "((((a*)*)*)*)*$x", "(.*)*(.*)*y", "(?:a?){60}a{60}z",
        "(a(?R)?)+$", "(?R)", "(?=(a+)+!!)x", #"(.*?)(.*?)(.*?)\1\2\3q|x"#, #"(\w+\s?)*\.$"#,
        "(?:(a|b)*c|a)*z",
    ])
    func `a hostile expression ends quickly`(pattern: String) throws {
        let expression = try #require(SearchExpression(pattern))
        let texts = [60, 1000, 5000].map { String(repeating: "a", count: $0) + "! c b z y x q" }
        let clock = ContinuousClock()
        let duration = clock.measure {
            for text in texts { _ = expression.range(in: text) }
        }
        #expect(duration < .seconds(2))
    }

    @Test func `the steps of all start positions reduce the budget`() throws {
        // Each start position needs at most a few thousand steps.
        let expression = try #require(SearchExpression("a.{0,20}?.{0,20}?(?:e|f)"))
        let text = String(repeating: "ab", count: 1000)
        var budget = 10_000_000
        #expect(expression.range(in: text, budget: &budget) == nil)
        #expect(budget > 0)
        #expect(budget < 9_900_000)
    }

    @Test func `an endless recursion uses up the budget`() throws {
        let expression = try #require(SearchExpression("(?R)"))
        var budget = 1000
        #expect(expression.range(in: "aaa", budget: &budget) == nil)
        #expect(budget == 0)
    }

    @Test func `an ordinary search uses no budget`() throws {
        let expression = try #require(SearchExpression("web.*identity"))
        var budget = 1
        for number in 0..<1000 {
            let text = "AccessDenied Not authorized to perform sts:AssumeRoleWithWebIdentity \(number)"
            #expect(expression.range(in: text, budget: &budget) != nil)
        }
        #expect(budget == 1)
    }

    @Test func `concurrent searches have the same results`() async throws {
        let expression = try #require(SearchExpression("b+$"))
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let text = String(repeating: "a", count: number) + "bb"
                    return expression.range(in: text).map { text[$0] } == "bb"
                }
            }
            for await isFound in group { #expect(isFound) }
        }
    }
}
