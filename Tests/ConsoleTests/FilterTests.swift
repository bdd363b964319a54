import Testing

@testable import Console

struct FilterTests {
    @Test(arguments: [
        ("ab", "xABx", true), ("ab cd", "cd ab", true), ("ab cd", "abc", false), ("", "x", true),
        ("/a.c/", "xabcx", true),
        ("/^abc$/", "xabc", false), ("/A|B/", "b", true), ("/a b/", "a b", true), ("x /a.c/", "abc", false),
        ("x /a.c/", "abc x", true),
        ("/a.c/ x", "abc x", true), ("/", "x", true), ("/a", "xa", true), ("a/b", "a/b", true),
        ("/[/", "[", false), ("漢", "漢字", true),
    ])
    func `a text passes when it has all words and what the expression looks for`(
        filter: String,
        text: String,
        isPassed: Bool
    ) {
        #expect(Filter(filter).matches(SearchText(text)) == isPassed)
    }

    @Test(arguments: [("/[/", true), ("/(a/", true), ("[", false), ("/a/", false)])
    func `an expression that cannot be read is told`(filter: String, isBroken: Bool) {
        #expect(Filter(filter).isBroken == isBroken)
    }

    @Test
    func `what was found is marked`() {
        #expect(Filter("Foo /b.r/").marks(in: "a foo BAR") == ["foo", "bar"])
        #expect(Filter("/x/").marks(in: "abc") == [])
    }

    @Test(arguments: [
        ("a", "a", true), ("ab", "a", true), ("a b", "a", true), ("b", "a", false), ("a", "", false),
        ("tag:p", "tag", false),
    ])
    func `more of the same words narrow a filter`(longer: String, shorter: String, narrows: Bool) {
        #expect(Filter(longer).narrows(Filter(shorter)) == narrows)
    }
}
