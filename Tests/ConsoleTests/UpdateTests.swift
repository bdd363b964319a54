import Drawing
import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

@Suite(.computing) struct UpdateTests {
    @Test(arguments: [200, 80, 40])
    func `a notice that is wider than the screen is shown in full`(columns: Int) throws {
        var state = try ConsoleFixture.everyState(columns: columns)
        let text = "Copied the fix of audit to tmux's buffer (prefix ] pastes), and sent it to the terminal."
        ConsoleFixture.send(.noticed(Notice(.warning, text)), to: &state)
        let words = view(state).text.split { $0 == "\n" || $0 == " " }.joined(separator: " ")
        #expect(words.hasSuffix("▲ \(text)"))
    }

    @Test
    func `r requests new credentials and shows the running exchange`() throws {
        var state = try ConsoleFixture.everyState()
        let effects = try ConsoleFixture.press("r", in: &state)
        #expect(effects == [.exchange("audit", Request(number: 1), .refresh)])
        #expect(state.mappings["audit"]?.pending?.request == Request(number: 1))
        #expect(try ConsoleFixture.press("r", in: &state) == [], "an exchange is already running")
        #expect(state.notice?.text == "audit: a refresh is running.")
    }

    @Test
    func `the result of an earlier request changes only the history`() throws {
        var state = try ConsoleFixture.everyState()
        let mapping = try #require(state.mappings["vault"]).mapping
        try ConsoleFixture.press("Gr", in: &state)
        let late = ConsoleFixture.record(of: mapping, number: 7, lifetime: nil)
        ConsoleFixture.send(.exchanged(Request(number: 99), late), to: &state)
        #expect(state.mappings["vault"]?.lastRecord == nil)
        #expect(state.mappings["vault"]?.pending != nil)
        #expect(state.history[0].id == 7)
    }

    @Test
    func `steps of earlier exchanges are ignored`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("r", in: &state)
        let step = StepRecord(step: .token, outcome: .ok, duration: .zero)
        ConsoleFixture.send(.stepped("audit", Request(number: 1), step), to: &state)
        ConsoleFixture.send(.stepped("audit", Request(number: 5), step), to: &state)
        ConsoleFixture.send(.stepped("nobody", Request(number: 1), step), to: &state)
        #expect(state.mappings["audit"]?.pending?.steps == [step])
        #expect(state.mappings["audit"]?.runningStep == .claims)
    }

    @Test
    func `the running step of a chained mapping is known before it ends`() throws {
        let state = try ConsoleFixture.everyState()
        var mapping = try #require(state.mappings["audit"]).mapping
        mapping.assumption = .hub(try #require(state.mappings["vault"]).mapping, ChainedSession())
        var row = MappingRow(mapping: mapping)
        let request = Request(number: 1)
        row.pending = MappingRow.Pending(request: request, purpose: .refresh, since: ConsoleFixture.start)
        row.pending?.steps = [.token, .claims, .trust, .exchange].map {
            StepRecord(step: $0, outcome: .ok, duration: .zero)
        }
        #expect(row.runningStep == .assume)
    }

    @Test
    func `a refresh keeps its credentials, and a test does not`() throws {
        var state = try ConsoleFixture.everyState()
        let mapping = try #require(state.mappings["vault"]).mapping
        try ConsoleFixture.press("Gt", in: &state)
        ConsoleFixture.send(.exchanged(Request(number: 1), ConsoleFixture.record(of: mapping)), to: &state)
        #expect(state.mappings["vault"]?.credentials == nil)
        #expect(state.mappings["vault"]?.status == .live)
        try ConsoleFixture.press("r", in: &state)
        ConsoleFixture.send(.exchanged(Request(number: 2), ConsoleFixture.record(of: mapping)), to: &state)
        #expect(state.mappings["vault"]?.credentials?.expiry == ConsoleFixture.start + 3600)
    }

    @Test
    func `a failed renewal keeps valid credentials and shows the failure`() throws {
        var state = try ConsoleFixture.everyState()
        let mapping = try #require(state.mappings["audit"]).mapping
        ConsoleFixture.send(.exchangeBegan("audit", .background), to: &state)
        #expect(state.mappings["audit"]?.pending?.request == .background)
        let failure = ConsoleFixture.record(of: mapping, number: 9, lifetime: nil)
        ConsoleFixture.send(.planned("audit", nil), to: &state)
        ConsoleFixture.send(.exchanged(.background, failure), to: &state)
        let row = try #require(state.mappings["audit"])
        #expect(row.pending == nil)
        #expect(row.credentials?.expiry == ConsoleFixture.start + 3200)
        #expect(row.status == .failing)
    }

    @Test(arguments: ["R<Enter>", "Rn", "R<Esc>", "Rq", "R<Tab><Tab><Enter>"])
    func `the tokens of all mappings are exchanged only after confirmation`(keys: String) throws {
        var state = try ConsoleFixture.everyState()
        #expect(try ConsoleFixture.press(keys, in: &state) == [])
        #expect(state.overlay == nil)
        #expect(state.notice == Notice(.info, "No token was exchanged."))
    }

    @Test(arguments: [
        ("Tn", "No mapping was tested."), ("xn", "No credentials were dropped."),
        ("o<Esc>", "No sign-in URL was requested."), ("rqn", "The console continues."),
    ])
    func `the answer No is followed by one line with the result`(keys: String, notice: String) throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press(keys, in: &state)
        #expect(state.overlay == nil)
        #expect(state.notice == Notice(.info, notice))
    }

    @Test(arguments: [("Ry", Purpose.refresh), ("R<Tab><Enter>", .refresh), ("Tl<Enter>", .test)])
    func `each mapping's exchange has its own request`(keys: String, purpose: Purpose) throws {
        var state = try ConsoleFixture.everyState()
        let effects = try ConsoleFixture.press(keys, in: &state)
        let ids = ["audit", "billing", "deploy", "metrics", "payments", "vault"]
        let expected = ids.enumerated().map { Effect.exchange($1, Request(number: $0 + 1), purpose) }
        #expect(effects == expected)
        #expect(state.mappings.pendingCount == 6)
    }

    @Test
    func `q goes back, then quits; Q quits at once`() throws {
        var state = try ConsoleFixture.everyState()
        #expect(try ConsoleFixture.press("\(Panel.ID.roles.script)q", in: &state) == [])
        #expect(state.panel == .mappings)
        #expect(try ConsoleFixture.press("q", in: &state) == [.quit])
        #expect(try ConsoleFixture.press("\(Panel.ID.roles.script)Q", in: &state) == [.quit])
        #expect(try ConsoleFixture.press("<C-c>", in: &state) == [.quit])
    }

    @Test
    func `q asks for confirmation while exchanges run`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("r", in: &state)
        #expect(try ConsoleFixture.press("q", in: &state) == [])
        #expect(try ConsoleFixture.press("<Enter>", in: &state) == [])
        #expect(try ConsoleFixture.press("qy", in: &state) == [.quit])
    }

    @Test
    func `Esc clears the filter, then goes back`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("\(Panel.ID.history.script)/denied<Enter>", in: &state)
        #expect(state.lineCount == 2)
        try ConsoleFixture.press("<Esc>", in: &state)
        #expect(state.lineCount == 6)
        #expect(state.panel == .history)
        try ConsoleFixture.press("<Esc>", in: &state)
        #expect(state.panel == .mappings)
    }

    @Test
    func `Esc while typing restores the earlier filter`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("/audit<Enter>/xyz", in: &state)
        #expect(state.lineCount == 0)
        try ConsoleFixture.press("<Esc>", in: &state)
        #expect(state.filter.text == "audit")
    }

    @Test
    func `n and N cycle through the lines of a filter`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("n", in: &state)
        #expect(state.notice?.text == "There is no filter; / sets one.")
        try ConsoleFixture.press("/a<Enter>nn", in: &state)
        #expect(state.cursor.selected == 2)
        try ConsoleFixture.press("NNN", in: &state)
        #expect(state.cursor.selected == state.lineCount - 1)
        try ConsoleFixture.press("n", in: &state)
        #expect(state.cursor.selected == 0)
    }

    @Test(arguments: [
        ("j", 1), ("jjk", 1), ("k", 0), ("G", 99), ("Gg", 0), ("<PgDn>", 12), ("<PgDn><PgUp>", 0),
        ("<C-d>", 6),
        ("G<C-u>", 93), ("<Down><Down><Up>", 1), ("<End><Home>", 0), ("G<PgDn>", 99),
    ])
    func `the cursor moves within the list and stays in view`(keys: String, line: Int) throws {
        var state = ConsoleFixture.console(rows: 24)
        let mappings = try (0..<100).map { try ConsoleFixture.mapping("m\($0 + 100)") }
        ConsoleFixture.send(.configured(Configuration(mappings: mappings), origin: "c"), to: &state)
        try ConsoleFixture.press(keys, in: &state)
        #expect(state.cursor.selected == line)
        #expect(state.shownLines.contains(line))
    }

    @Test
    func `a console of any size has a frame of that size`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("G", in: &state)
        for panel in Panel.ID.allCases {
            ConsoleFixture.open(panel, in: &state)
            for size in [(1, 1), (11, 1), (12, 2), (20, 5), (40, 10), (109, 11), (110, 12), (300, 100)] {
                let size = Size(columns: size.0, rows: size.1)
                ConsoleFixture.send(.resized(size), to: &state)
                #expect(view(state).cells.count == size.columns * size.rows)
            }
        }
    }

    @Test
    func `an invalid configuration keeps the old one and shows the error`() throws {
        var state = try ConsoleFixture.everyState()
        ConsoleFixture.send(.configurationRefused(["line 3: unknown key", "line 9: bad ARN"]), to: &state)
        #expect(state.mappings.rows.count == 6)
        #expect(state.notice == Notice(.error, "line 3: unknown key (and 1 more)"))
    }

    @Test
    func `keys for the terminal become effects`() throws {
        var state = try ConsoleFixture.everyState()
        #expect(
            try ConsoleFixture.press("<C-l><C-z><C-r>", in: &state) == [
                .redraw, .suspend, .reloadConfiguration,
            ]
        )
    }

    @Test func `the host's sources are checked when the panel opens, once for each configuration`()
        throws
    {
        var state = try ConsoleFixture.everyState()
        let key = try #require(Panel.ID.identities.digit)
        #expect(try ConsoleFixture.press("\(key)", in: &state) == [.surveySources])
        #expect(try ConsoleFixture.press("1\(key)", in: &state).isEmpty)
        ConsoleFixture.send(.surveyed(ConsoleFixture.survey), to: &state)
        #expect(try ConsoleFixture.press("1\(key)", in: &state).isEmpty)
        let again = ConsoleFixture.send(.configured(Configuration(), origin: "config.yaml"), to: &state)
        #expect(again == [.surveySources])
        #expect(state.identities.sources == .requested)
    }
}
