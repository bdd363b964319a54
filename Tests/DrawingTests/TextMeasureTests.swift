import TestSupport
import Testing

@testable import Drawing

@Suite(.computing) struct TextMeasureTests {
    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdefg", 6, "abcde…"), ("漢字漢字", 5, "漢字…"), ("漢字漢字", 4, "漢…"),
        ("abc", 1, "…"),
        ("abc", 0, ""), ("", 0, ""), ("a\u{1B}[0mbcd", 12, "a<U+001B>[0…"),
    ])
    func `a long text ends in an ellipsis`(text: String, columns: Int, shown: String) {
        #expect(text.fitted(to: columns) == shown)
    }

    @Test(arguments: [
        ("arn:aws:iam::111122223333:role/audit", 20, "arn:aws:…role/audit"), ("abcdef", 5, "ab…ef"),
        ("漢字漢字漢字", 7, "漢字…字"), ("ab", 1, "…"),
        ("1ea7e6e0-7876-4d1c-aec5-7b1c927ede74", 20, "1ea7e6e0-7876-4d1c-…"),
        ("1ea7e6e0-7876-4d1c-aec5-7b1c927ede74", 24, "1ea7e6e0-…7b1c927ede74"),
        (
            "https://sts.windows.net/8fd1925e-404d-170a-27dc-233ab082415f/", 40,
            "https://sts.windows.net/…233ab082415f/"
        ),
        ("create provider https://sts.windows.net/", 36, "create …https://sts.windows.net/"),
        ("payments-production-euwest-17", 18, "payments…euwest-17"),
        ("arn:aws:iam::111122223333:role/payments-production-reader", 34, "arn:aws:iam::…production-reader"),
    ])
    func `a long text can be cut in its middle`(text: String, columns: Int, shown: String) {
        #expect(text.fitted(to: columns, cut: .middle) == shown)
    }

    @Test(arguments: UInt64(0)..<200)
    func `a shortened text fits`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let text = Self.words(using: &generator)
        let columns = Int.random(in: 0..<40, using: &generator)
        #expect(text.fitted(to: columns).columns() <= columns)
        #expect(text.fitted(to: columns, cut: .middle).columns() <= columns)
        let line = Line(text, .good) + Line(text, .bad)
        #expect(line.fitted(to: columns).columns <= columns)
    }

    @Test(arguments: UInt64(0)..<200)
    func `wrapping loses only spaces at line breaks`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let text = Self.words(using: &generator)
        let columns = Int.random(in: 2..<30, using: &generator)
        let lines = text.wrapped(to: columns)
        #expect(lines.allSatisfy { $0.columns() <= columns })
        #expect(lines.joined().filter { $0 != " " } == text.filter { $0 != " " })
    }

    @Test
    func `lines break at spaces`() {
        #expect("one two three".wrapped(to: 8) == ["one two", "three"])
        #expect("abcdefghij klm".wrapped(to: 4) == ["abcd", "efgh", "ij", "klm"])
        #expect("".wrapped(to: 4) == [""])
    }

    @Test(arguments: [
        ("arn:aws:iam::111122223333:role/audit", 20, ["arn:aws:iam::", "111122223333:role/", "audit"]),
        ("1ea7e6e0-7876-4d1c-aec5-7b1c927ede74", 20, ["1ea7e6e0-7876-4d1c-", "aec5-7b1c927ede74"]),
        ("role/payments-production-reader", 14, ["role/", "payments-", "production-", "reader"]),
        (
            "api://2f4a9838-26b7-47ee-be60-ccc1fdec5953/x", 40,
            ["api://", "2f4a9838-26b7-47ee-be60-ccc1fdec5953/x"]
        ),
        ("x --profile-of-audit", 10, ["x", "--profile-", "of-audit"]),
        ("abcdefgh --profile", 8, ["abcdefgh", "--profil", "e"]),
    ])
    func `an ID that is wider than a line breaks between its parts`(id: String, columns: Int, lines: [String])
    {
        #expect(id.wrapped(to: columns) == lines)
    }

    @Test
    func `a huge text is read only as far as it is visible`() {
        let text = String(repeating: "x", count: 100_000)
        #expect(text.columns(upTo: 10) == 11)
        #expect(text.fitted(to: 5, cut: .middle) == "xx…xx")
    }

    private static func words(using generator: inout SeededGenerator) -> String {
        let words = ["a", "role", "漢字", "reader", "arn:aws:iam::1:role/x", "é", "🚀", "of", ""]
        return (0..<Int.random(in: 0..<12, using: &generator)).map { _ in
            words.randomElement(using: &generator) ?? ""
        }.joined(separator: " ")
    }
}
