import Testing

@testable import Federation

@Suite struct VisibleTextTests {
    @Test(arguments: [
        ("plain", "plain"), ("two\r\nlines\tand  blanks ", "two lines and blanks"),
        ("\u{1B}[31mred", "<1B>[31mred"), ("a\u{202E}b", "a<202E>b"), ("a\u{0}b\u{9B}c", "a<0>b<9B>c"),
        ("é 日本", "é 日本"),
    ])
    func `controls become visible and lines one`(text: String, expected: String) {
        #expect(VisibleText.oneLine(text) == expected)
    }

    @Test func `a long text is cut`() {
        #expect(VisibleText.oneLine(String(repeating: "x", count: 11), limit: 10) == "xxxxxxxxxx…")
    }
}
