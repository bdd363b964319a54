import Drawing
import TestSupport
import Testing

@testable import Console

@Suite(.limited) struct FilterTests {
    @Test(arguments: [
        ("ab", "xABx", true), ("ab cd", "cd ab", true), ("ab cd", "abc", false), ("", "x", true),
        ("/a.c/", "xabcx", true),
        ("/^abc$/", "xabc", false), ("/A|B/", "b", true), ("/a b/", "a b", true), ("x /a.c/", "abc", false),
        ("x /a.c/", "abc x", true),
        ("/a.c/ x", "abc x", true), ("/", "x", true), ("/a", "xa", true), ("a/b", "a/b", true),
        ("/[/", "[", false), ("漢", "漢字", true), ("-ab", "xaby", false), ("-ab", "ba", true),
        ("x -a", "xb", true),
        ("^ab", "abx", true), ("^ab", "xab", false), ("ab$", "xab", true), ("ab$", "abx", false),
        ("^ab$", "ab", true),
        ("-^a", "ba", true), ("-", "x", true), ("tag:", "x", true), ("^", "x", true),
    ])
    func `a text passes when all words and the expression match`(
        filter: String,
        text: String,
        isPassed: Bool
    ) {
        #expect(Filter(filter).passes(text) == isPassed)
    }

    @Test(arguments: [("/[/", true), ("/(a/", true), ("[", false), ("/a/", false)])
    func `an invalid expression makes a filter invalid`(filter: String, isInvalid: Bool) {
        #expect(Filter(filter).isInvalid == isInvalid)
    }

    @Test func `an expression of many open groups is invalid`() {
        #expect(Filter("/" + String(repeating: "(", count: 50_000) + "/").isInvalid)
    }

    @Test(arguments: [
        FilterCase(
            "/[/",
            "/[/ is not a regular expression: expected custom character class members"
        ),
        FilterCase(
            "/a)/",
            in: .history,
            "/a)/ is not a regular expression: closing ')' does not balance any groups openings"
        ),
        FilterCase("state:bogus", "no state:bogus; use \(FilterCase.states)"),
        FilterCase("state:fail state:x", in: .timeline, "no state:x; use \(FilterCase.states)"),
        FilterCase("state:live", in: .history, "no state:live; use ok, failed"),
        FilterCase(
            "state:live",
            in: .setup,
            "no state:live; use ok, missing, different, unreadable"
        ),
        FilterCase("state:ok", in: .log, "Log has no states; state: works in Mappings"),
        FilterCase("tag:x", in: .roles, "Roles has no tags; tag: works in Mappings"),
        FilterCase("tag:nowhere", "no mapping has the tag nowhere; known: prod"),
        FilterCase("-tag:nowhere", nil),
        FilterCase("account:9", "no mapping has the account 9; known: 111122223333"),
        FilterCase(
            "role:^deploy$",
            "no mapping has the role deploy; known: audit-reader, billing-reader, deploy-reader, "
                + "metrics-reader, payments-reader and 1 more"
        ),
        FilterCase("code:nothing", "no mapping has the code nothing; known: accessdenied, not-authorized"),
        FilterCase("acount:1", "unknown field acount:; did you mean account:"),
        FilterCase("identity:x", in: .roles, "Roles has no identities; identity: works in Mappings"),
        FilterCase("-x", in: .history, "History has no -word, ^start, or end$; they work in Mappings"),
        FilterCase("state:fail tag:pr /a.c/", nil), FilterCase("state:f", in: .history, nil),
        FilterCase("200", in: .log, nil),
    ])
    fileprivate func `a filter that cannot match shows its problem as it is typed and after Enter`(
        _ filter: FilterCase
    ) throws {
        let problem = filter.problem
        var state = try ConsoleFixture.everyState(columns: 240)
        ConsoleFixture.open(filter.panel, in: &state)
        try ConsoleFixture.press("/" + filter.text.replacing(" ", with: "<Space>"), in: &state)
        #expect(state.filterProblem == problem)
        if let problem { #expect(view(state).text.contains("✕ \(problem)")) }
        try ConsoleFixture.press("<Enter>", in: &state)
        #expect(state.notice == problem.map { Notice(.warning, "\($0).") })
        if problem != nil { #expect(state.lineCount == 0) }
    }

    @Test
    func `matches are highlighted`() {
        #expect(Filter("Foo /b.r/").highlights(in: "a foo BAR") == ["foo", "bar"])
        #expect(Filter("/x/").highlights(in: "abc") == [])
    }

    @Test(arguments: [
        ("a", "a", true), ("ab", "a", true), ("a b", "a", true), ("b", "a", false), ("a", "", false),
        ("tag:p", "tag", false), ("a -b", "a", false), ("ab$", "ab", false),
    ])
    func `a longer filter narrows a shorter one`(longer: String, shorter: String, narrows: Bool) {
        #expect(Filter(longer).narrows(Filter(shorter)) == narrows)
    }
}

/// A filter typed into a panel, and the problem that the panel shows.
private struct FilterCase: Sendable, CustomTestStringConvertible {
    static let states =
        "failing, expired, blocked, waiting, expiring, warning, no credentials, idle, live"

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

/// An entry that has only text.
private struct TextEntry: ListEntry {
    let filterText: String
    var id: String { filterText }
}

extension Filter {
    /// Whether a list shows an entry with this text.
    fileprivate func passes(_ text: String) -> Bool {
        var list = ListModel<TextEntry>()
        list.replace(with: [TextEntry(filterText: text)])
        list.show(only: self)
        return list.count == 1
    }
}
