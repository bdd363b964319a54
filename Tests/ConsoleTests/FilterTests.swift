import Drawing
import Federation
import Propagation
import TestSupport
import Testing

@testable import Console

@Suite(.computing) struct FilterTests {
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

    @Test(arguments: [
        ("node:local", true), ("node:LOCALHOST", true), ("node:vm2", false), ("-node:vm2", true),
        ("-node:localhost", false), ("localhost", false),
    ])
    func `in Mappings and History, node: compares with the node of this console`(
        filter: String,
        isPassed: Bool
    ) throws {
        var state = try ConsoleFixture.everyState()
        for panel in [Panel.ID.mappings, .history] {
            ConsoleFixture.open(panel, in: &state)
            let count = state.lineCount
            state.filter = Filter(filter)
            #expect(state.lineCount == (isPassed ? count : 0))
            state.filter = Filter()
        }
    }

    @Test func `the configured name of the node replaces the host's`() throws {
        var state = try ConsoleFixture.everyState()
        var configuration = Configuration(mappings: state.mappings.rows.map(\.mapping))
        configuration.fleet.node = "vm1"
        ConsoleFixture.send(.configured(configuration, origin: "config.yaml"), to: &state)
        state.filter = Filter("node:vm1")
        #expect(state.filterProblem == nil)
        #expect(state.lineCount > 0)
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
            "/[/ is not a regular expression: missing terminating ] for character class"
        ),
        FilterCase(
            "/a)/",
            in: .history,
            "/a)/ is not a regular expression: unmatched closing parenthesis"
        ),
        FilterCase("state:bogus", "no state:bogus; use \(FilterCase.states)"),
        FilterCase("state:fail state:x", in: .timeline, "no state:x; use \(FilterCase.states)"),
        FilterCase("state:live", in: .history, "no state:live; use ok, failed"),
        FilterCase(
            "state:live",
            in: .setup,
            "no state:live; use ok, missing, different, unreadable"
        ),
        FilterCase("state:ok", in: .log, "Log has no states; the filter state: works in Mappings"),
        FilterCase("tag:x", in: .roles, "Roles has no tags; the filter tag: works in Mappings"),
        FilterCase("tag:nowhere", "no mapping has the tag nowhere; known: prod"),
        FilterCase("-tag:nowhere", nil),
        FilterCase("account:9", "no mapping has the account 9; known: 111122223333"),
        FilterCase(
            "role:^deploy$",
            "no mapping has the role deploy; known: audit-reader, billing-reader, deploy-reader, "
                + "metrics-reader, payments-reader, and 1 more"
        ),
        FilterCase("code:nothing", "no mapping has the code nothing; known: accessdenied, not-authorized"),
        FilterCase("acount:1", #"unknown field "acount:"; did you mean "account:"?"#),
        FilterCase(
            "identity:x",
            in: .roles,
            "Roles has no identities; the filter identity: works in Mappings"
        ),
        FilterCase("node:vm2", "this is the node localhost; Fleet shows the other nodes"),
        FilterCase("node:vm2", in: .history, "this is the node localhost; Fleet shows the other nodes"),
        FilterCase("node:local", nil), FilterCase("-node:vm2", nil),
        FilterCase("node:^localhost$", in: .history, nil),
        FilterCase("-x ^a b$ identity:x -account:1 role:^a code:denied$", in: .history, nil),
        FilterCase("region:eu tag:prod -region:us", in: .history, nil),
        FilterCase("tag:nowhere", in: .log, "no request has the tag nowhere; known: prod"),
        FilterCase("-region:nowhere node:local", in: .log, nil),
        FilterCase("code:404", in: .log, "no request has the code 404; known: 200, 403, 500, none"),
        FilterCase("account:9", in: .log, "no request has the account 9; known: 111122223333"),
        FilterCase("role:x", in: .watch, "no watch has the role x; known: audit-reader, billing-reader"),
        FilterCase("code:x", in: .watch, "no watch has the code x"),
        FilterCase("state:fail tag:pr /a.c/", nil), FilterCase("state:f", in: .history, nil),
        FilterCase("200", in: .log, nil),
    ])
    fileprivate func `a filter that cannot match shows its problem as it is typed and after Enter`(
        _ filter: FilterCase
    ) throws {
        let problem = filter.problem
        var state = try ConsoleFixture.everyState(columns: 240)
        for transfer in ConsoleFixture.transfers { ConsoleFixture.send(.transferred(transfer), to: &state) }
        ConsoleFixture.send(.transferred(Self.transfer(of: "audit", 200)), to: &state)
        for name in ["audit", "billing"] {
            ConsoleFixture.send(.watched(Self.watch(of: name), isHere: true), to: &state)
        }
        ConsoleFixture.open(filter.panel, in: &state)
        try ConsoleFixture.press("/" + filter.text.replacing(" ", with: "<Space>"), in: &state)
        #expect(state.filterProblem == problem)
        if let problem { #expect(view(state).text.contains("✕ \(problem)")) }
        try ConsoleFixture.press("<Enter>", in: &state)
        #expect(state.notice == problem.map { Notice(.warning, "\($0).") })
        if problem != nil { #expect(state.lineCount == 0) }
    }

    private static func transfer(of mapping: RoleMapping.ID, _ status: Int) -> Transfer {
        Transfer(
            at: ConsoleFixture.start,
            method: "POST",
            host: "sts.example",
            path: "/",
            status: status,
            duration: .milliseconds(1),
            mapping: mapping,
            operation: "STS AssumeRoleWithWebIdentity"
        )
    }

    private static func watch(of mapping: RoleMapping.ID) -> StoredWatch {
        let watch = Watch(of: mapping, at: ConsoleFixture.start, timing: PropagationTiming(), changed: nil)
        return StoredWatch(watch: watch, lease: nil)
    }

    @Test(arguments: [
        ("account:1111", 2), ("account:^2", 0), ("role:audit", 1), ("-role:audit", 4),
        ("-role:audit -host", 1),
        ("code:403", 1), ("code:none", 1), ("-code:200", 2), ("region:eu identity:logging", 2), ("^sts", 2),
        ("reader$ role:x", 0), ("node:localhost", 5), ("-node:localhost", 0),
    ])
    func `Log filters requests by the properties of their mappings`(filter: String, count: Int) throws {
        var state = try ConsoleFixture.everyState(columns: 240)
        for transfer in ConsoleFixture.transfers.prefix(3) {
            ConsoleFixture.send(.transferred(transfer), to: &state)
        }
        for name in ["audit", "billing"] {
            ConsoleFixture.send(.transferred(Self.transfer(of: name, 200)), to: &state)
        }
        ConsoleFixture.open(.log, in: &state)
        state.filter = Filter(filter)
        #expect(state.lineCount == count)
    }

    @Test(arguments: [
        ("account:1111", 2), ("role:audit", 1), ("-role:audit", 1), ("^audit$", 1), ("identity:^absent", 0),
        ("state:waiting region:eu", 2), ("-audit", 1), ("node:localhost", 2),
    ])
    func `Watch filters by the properties of the mappings`(filter: String, count: Int) throws {
        var state = try ConsoleFixture.everyState(columns: 240)
        for name in ["audit", "billing"] {
            ConsoleFixture.send(.watched(Self.watch(of: name), isHere: true), to: &state)
        }
        ConsoleFixture.open(.watch, in: &state)
        state.filter = Filter(filter)
        #expect(state.lineCount == count)
    }

    @Test(arguments: [
        ("account:1111", true), ("account:^2", false), ("role:audit-reader$", true), ("role:^audit$", false),
        ("-role:audit", false), ("identity:logging", true), ("code:^accessdenied$", true),
        ("code:accessdenied", true),
        ("code:not", false), ("-code:AccessDenied", false), ("-code:other", true), ("^aud", true),
        ("^udit", false),
        ("-nothing audit", true), ("-audit", false), ("-account:9 state:failed", true),
        ("state:ok role:audit", false),
    ])
    func `History filters by fields, excluded words, and anchors`(filter: String, isPassed: Bool) throws {
        let mapping = try ConsoleFixture.mapping("audit", role: "audit-reader")
        let record = ConsoleFixture.record(of: mapping, before: 0, lifetime: nil)
        #expect(HistoryQuery(Filter(filter)).matches(record) == isPassed)
    }

    @Test(arguments: [
        ("region:eu", true), ("region:us", false), ("-region:us", true), ("-region:eu", false),
        ("region:west-1$", true), ("tag:prod", true), ("tag:rod", false), ("-tag:prod", false),
        ("region:eu tag:emea role:audit", true), ("region:eu tag:dev", false),
    ])
    func `History filters by the regions and tags that the configuration has now`(
        filter: String,
        isPassed: Bool
    ) throws {
        var mapping = try ConsoleFixture.mapping("audit", role: "audit-reader")
        mapping.tags = ["prod", "EMEA"]
        let record = ConsoleFixture.record(of: mapping, before: 0, lifetime: nil)
        var list = HistoryList()
        list.add(record)
        list.show(only: Filter(filter), of: [mapping])
        #expect(list.count == (isPassed ? 1 : 0))
        // Without the mapping, nothing is known of its region.
        list.apply(node: "n", [RoleMapping]())
        list.show(only: Filter(filter), of: [RoleMapping]())
        #expect(list.count == (filter.hasPrefix("-") ? 1 : 0))
    }

    @Test func `every panel that lists mappings or their events accepts their fields`() {
        for panel in Panel.all where [.mappings, .timeline, .watch, .history, .log].contains(panel.id) {
            let wanted: [FilterField] = [.tag, .account, .role, .identity, .region, .node, .code]
            #expect(Set(panel.fields).isSuperset(of: wanted), "\(panel.title)")
        }
    }

    @Test func `an empty result of History names a value that no mapping has`() throws {
        var state = try ConsoleFixture.everyState(columns: 120)
        ConsoleFixture.open(.history, in: &state)
        let effects = try ConsoleFixture.press("/role:x<Enter>", in: &state)
        let request = effects.compactMap { effect in
            if case .readHistory(let page, let request) = effect { (page, request) } else { nil }
        }.last
        if let (page, request) = request {
            #expect(page.query.terms == [HistoryTerm(.role, "x")])
            ConsoleFixture.send(.historyRead(request, .success([])), to: &state)
        }
        #expect(
            view(state).text.contains(
                "No line matches the filter: no mapping has the role x; known: audit-reader"
            )
        )
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
