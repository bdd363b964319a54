import Drawing
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

    @Test(arguments: [
        FilterCase(
            "/[/",
            "/[/ is no regular expression: expected custom character class members"
        ),
        FilterCase(
            "/a)/",
            in: .history,
            "/a)/ is no regular expression: closing ')' does not balance any groups openings"
        ),
        FilterCase("state:bogus", "no state:bogus; there are \(FilterCase.states)"),
        FilterCase("state:fail state:x", in: .timeline, "no state:x; there are \(FilterCase.states)"),
        FilterCase("state:live", in: .history, "no state:live; there are ok, failed"),
        FilterCase(
            "state:live",
            in: .setup,
            "no state:live; there are ok, missing, different, unreadable"
        ),
        FilterCase("state:ok", in: .log, "Log has no states; state: is for Mappings"),
        FilterCase("tag:x", in: .roles, "Roles has no tags; tag: is for Mappings"),
        FilterCase("tag:nowhere", "no mapping has a tag nowhere"),
        FilterCase("state:fail tag:pr /a.c/", nil), FilterCase("state:f", in: .history, nil),
        FilterCase("200", in: .log, nil),
    ])
    fileprivate func `what nothing can match is told while it is typed and when it is taken`(
        _ filter: FilterCase
    ) throws {
        let problem = filter.problem
        var state = try ConsoleFixture.everyState(columns: 140)
        ConsoleFixture.open(filter.panel, in: &state)
        try ConsoleFixture.press("/" + filter.text.replacing(" ", with: "<Space>"), in: &state)
        #expect(state.filterProblem == problem)
        if let problem { #expect(view(state).text.contains("✕ \(problem)")) }
        try ConsoleFixture.press("<Enter>", in: &state)
        #expect(state.notice == problem.map { Notice(.warning, "\($0).") })
        if problem != nil { #expect(state.lineCount == 0) }
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

/// What is typed into a panel's filter, and what is told of it.
private struct FilterCase: Sendable, CustomTestStringConvertible {
    static let states = "failing, expired, waiting, expiring, never, live"

    let text: String
    let panel: Panel.ID
    let problem: String?

    init(_ text: String, in panel: Panel.ID = .mappings, _ problem: String?) {
        self.text = text
        self.panel = panel
        self.problem = problem
    }

    var testDescription: String { "\(text) in \(panel.rawValue)" }
}
