import Diagnosis
import Drawing
import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

/// The Mappings panel: causes, outcomes, groups, columns, and actions on several mappings.
@Suite(.computing) struct MappingsPanelTests {
    private static let other = #""5d0c6b1e-6f0a-4c3e-9a41-6a1d2d4f7c55""#

    /// The lines of the list as text.
    private static func names(_ state: ConsoleState) -> [RoleMapping.ID] {
        (0..<state.mappings.list.count).map { state.mappings.list[$0].id }
    }

    private static func console(mappings count: Int, columns: Int = 120) throws -> ConsoleState {
        var state = ConsoleFixture.console(columns: columns, rows: 40)
        let mappings = try (1...count).map { number in
            try ConsoleFixture.mapping(
                "m\(number)",
                account: number % 2 == 0 ? "111122223333" : "444455556666",
                tags: number % 3 == 0 ? ["prod"] : []
            )
        }
        ConsoleFixture.send(.configured(Configuration(mappings: mappings), origin: "c"), to: &state)
        return state
    }

    private static func fail(_ id: RoleMapping.ID, in state: inout ConsoleState) throws -> [Effect] {
        let mapping = try #require(state.mappings[id]?.mapping)
        return ConsoleFixture.send(
            .exchanged(.background, ConsoleFixture.record(of: mapping, lifetime: nil)),
            to: &state
        )
    }

    @Test func `mappings that need attention come first, then the others in natural order`() throws {
        var state = try Self.console(mappings: 11)
        _ = try Self.fail("m10", in: &state)
        #expect(Self.names(state).prefix(4) == ["m10", "m1", "m2", "m3"])
    }

    @Test func `the first line is selected until a key is pressed; then the selection stays`() throws {
        var state = try Self.console(mappings: 5)
        _ = try Self.fail("m4", in: &state)
        #expect(state.mappings.selected?.id == "m4")
        try ConsoleFixture.press("jk", in: &state)
        _ = try Self.fail("m2", in: &state)
        #expect(Self.names(state).prefix(2) == ["m2", "m4"])
        #expect(state.mappings.selected?.id == "m4")
    }

    @Test func `a denied role is inspected automatically, and its cause is shown`() throws {
        var state = try Self.console(mappings: 2)
        let effects = try Self.fail("m2", in: &state)
        let issuer = "https://sts.windows.net/8fd1925e-404d-170a-27dc-233ab082415f/"
        #expect(
            effects == [.explain("m2", .background, issuer: issuer, asksClouds: true, isFresh: false)]
        )
        #expect(state.mappings["m2"]?.cause?.part == "exchange")
        let inspection = TrustPanelTests.inspection(TrustPanelTests.policy(sub: Self.other))
        ConsoleFixture.send(.explained("m2", .background, inspection), to: &state)
        #expect(state.mappings["m2"]?.cause?.text == "trust: sub-mismatch")
        let text = view(state).text
        #expect(text.contains("trust: sub-mismatch"))
        #expect(text.contains("policy requires sub  5d0c6b1e-6f0a-4c3e-9a41-6a1d2d4f7c55"))
        #expect(text.contains("token has       sub  1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"))
        #expect(text.contains("update-assume-role-policy --role-name reader"))
        try ConsoleFixture.press("/code:sub-mis<Enter>", in: &state)
        #expect(Self.names(state) == ["m2"])
        try ConsoleFixture.press("/<C-u>code:accessdenied<Enter>", in: &state)
        #expect(Self.names(state) == ["m2"], "the filter also finds the service's own code")
    }

    @Test func `a mapping without a token is inspected as well`() throws {
        var state = try Self.console(mappings: 2)
        let mapping = try #require(state.mappings["m2"]?.mapping)
        let failure = Failure(kind: .refused, code: "AADSTS500011", message: "Not found.", fix: "")
        let record = WatchFixture.record(mapping, .token, failure)
        let effects = ConsoleFixture.send(.exchanged(.background, record), to: &state)
        #expect(effects == [.explain("m2", .background, issuer: nil, asksClouds: true, isFresh: false)])
        // The next exchange gets a token, whose issuer determines the provider to read.
        let unread = TrustPanelTests.unread
        #expect(ConsoleFixture.send(.explained("m2", .background, unread), to: &state).isEmpty)
        #expect(try Self.fail("m2", in: &state).count == 1)
    }

    @Test func `the role of the selected mapping is inspected first`() throws {
        var state = try Self.console(mappings: 8)
        try ConsoleFixture.press(Panel.ID.history.script, in: &state)
        for number in 1...8 { _ = try Self.fail("m\(number)", in: &state) }
        state.mappings.list.keepSelection()
        state.mappings.list.reveal("m7")
        let inspected = try ConsoleFixture.press(Panel.ID.mappings.script, in: &state).compactMap { effect in
            if case .explain(let id, .background, _, _, _) = effect { id } else { nil }
        }
        #expect(inspected.first == "m7" && inspected.count == 4)
    }

    @Test(arguments: [(100.0, 0), (400.0, 1)])
    func `an exchange long after an inspection causes another inspection of the role`(
        seconds: Double,
        count: Int
    )
        throws
    {
        var state = try Self.console(mappings: 1)
        _ = try Self.fail("m1", in: &state)
        let inspection = TrustPanelTests.inspection(TrustPanelTests.policy(sub: Self.other))
        ConsoleFixture.send(.explained("m1", .background, inspection), to: &state)
        ConsoleFixture.send(.ticked(ConsoleFixture.start + seconds), to: &state)
        let mapping = try #require(state.mappings["m1"]?.mapping)
        let record = ConsoleFixture.record(of: mapping, before: -seconds, lifetime: nil)
        #expect(ConsoleFixture.send(.exchanged(.background, record), to: &state).count == count)
    }

    @Test func `before an inspection, commands use the endpoints of the configuration`() throws {
        var state = ConsoleFixture.console()
        let mapping = try ConsoleFixture.mapping("m1")
        let graph = try #require(URL(string: "http://127.0.0.1:9/"))
        let configuration = Configuration(mappings: [mapping], endpoints: Endpoints(graph: graph))
        ConsoleFixture.send(.configured(configuration, origin: "c"), to: &state)
        let evidence = try #require(state.evidence(of: "m1", record: nil))
        #expect(evidence.tools.graph == "http://127.0.0.1:9/")
    }

    @Test func `at most four roles are inspected at a time`() throws {
        var state = try Self.console(mappings: 8)
        let effects = try (1...8).flatMap { try Self.fail("m\($0)", in: &state) }
        #expect(effects.count == 4)
        let inspection = TrustPanelTests.inspection(TrustPanelTests.policy(sub: Self.other))
        #expect(ConsoleFixture.send(.explained("m1", .background, inspection), to: &state).count == 1)
    }

    @Test func `the detail shows how long a mapping has been failing and when it was last live`() throws {
        var state = try Self.console(mappings: 1)
        let mapping = try #require(state.mappings["m1"]?.mapping)
        for (seconds, lifetime) in [(90_000, 3600), (180, nil), (60, nil)] as [(Double, Double?)] {
            let record = ConsoleFixture.record(of: mapping, before: seconds, lifetime: lifetime)
            ConsoleFixture.send(.exchanged(.background, record), to: &state)
        }
        #expect(view(state).text.contains("failing for 3m · last live 2027-01-14 09:00"))
        #expect(state.mappings["m1"]?.recent.outcomes == [.ok, .failed, .failed])
    }

    @Test func `the outcomes of earlier runs precede the outcomes of this run`() throws {
        var state = try Self.console(mappings: 1)
        let mapping = try #require(state.mappings["m1"]?.mapping)
        _ = try Self.fail("m1", in: &state)
        let earlier = ([(600, nil), (900, nil), (4000, 3600), (9000, nil)] as [(Double, Double?)]).map {
            seconds,
            lifetime in
            ConsoleFixture.record(of: mapping, before: seconds, lifetime: lifetime)
        }
        ConsoleFixture.send(.earlierExchangesLoaded(earlier), to: &state)
        #expect(state.mappings["m1"]?.recent.outcomes == [.failed, .ok, .failed, .failed, .failed])
        #expect(view(state).text.contains("failing for 15m · last live 08:53:20"))
    }

    @Test func `the column RECENT shows the latest six outcomes`() {
        var strip = OutcomeStrip()
        for outcome in [.failed, .ok, .ok, .warn, .failed, .ok, .ok, .ok] as [StepOutcome] {
            strip.append(outcome)
        }
        #expect(strip.outcomes == [.ok, .warn, .failed, .ok, .ok, .ok])
        #expect(strip.line.text == "✓▲✕✓✓✓")
    }

    @Test func `a success with a warning is a separate state`() throws {
        var state = try Self.console(mappings: 2)
        let mapping = try #require(state.mappings["m2"]?.mapping)
        let good = ConsoleFixture.record(of: mapping)
        var steps = good.steps
        let warning = Failure(kind: .refused, code: "app-role-missing", message: "No roles.", fix: "Wait.")
        steps[1] = StepRecord(step: .claims, outcome: .warn, duration: .zero, failure: warning)
        let record = ExchangeRecord(
            id: 1,
            at: good.at,
            mapping: good.mapping,
            identity: good.identity,
            roleARN: good.roleARN,
            steps: steps,
            token: good.token,
            credentialExpiry: good.credentialExpiry
        )
        ConsoleFixture.send(.exchanged(.background, record), to: &state)
        #expect(state.mappings["m2"]?.status == .warned)
        let text = view(state).text
        #expect(text.contains("▲ 1 warning"))
        #expect(text.contains("live ▲"))
        #expect(text.contains("claims: app-role-missing"))
        for filter in ["state:warning", "state:live", "code:app-role"] {
            try ConsoleFixture.press("/\(filter)<Enter>", in: &state)
            #expect(Self.names(state) == ["m2"], "\(filter)")
            try ConsoleFixture.press("<Esc>", in: &state)
        }
    }

    @Test func `R acts on the listed mappings when none is marked, and A marks them`() throws {
        var state = try Self.console(mappings: 12)
        try ConsoleFixture.press("/account:1111<Enter>R", in: &state)
        #expect(view(state).text.contains("Exchange the tokens of the 6 listed mappings?"))
        let effects = try ConsoleFixture.press("y", in: &state)
        #expect(effects.count == 6)
        #expect(state.mappings["m1"]?.pending == nil)
        try ConsoleFixture.press("A<Esc>", in: &state)
        #expect(state.mappings.list.marked == ["m2", "m4", "m6", "m8", "m10", "m12"])
    }

    @Test func `mappings are grouped, and a folded group shows its first mapping`() throws {
        var state = try Self.console(mappings: 6)
        _ = try Self.fail("m5", in: &state)
        try ConsoleFixture.press("bj<Enter>", in: &state)
        #expect(state.mappings.list.grouping == "account")
        #expect(Self.names(state) == ["m2", "m4", "m6", "m5", "m1", "m3"])
        #expect(view(state).text.contains("▾ 111122223333 3"))
        try ConsoleFixture.press("B", in: &state)
        #expect(Self.names(state) == ["m2", "m5"])
        #expect(view(state).text.contains("▸ 444455556666 3"))
        _ = try Self.fail("m6", in: &state)
        #expect(Self.names(state) == ["m6", "m5"])
        try ConsoleFixture.press("gz", in: &state)
        #expect(Self.names(state) == ["m6", "m2", "m4", "m5"])
        try ConsoleFixture.press("bg<Enter>z", in: &state)
        #expect(state.notice?.text == "The mappings are not grouped; b groups them.")
    }

    @Test func `columns are chosen by the configuration and by v`() throws {
        var state = try Self.console(mappings: 2, columns: 200)
        var configuration = Configuration(mappings: state.mappings.rows.map(\.mapping))
        configuration.console = ConsoleSettings(columns: ["mapping", "region"])
        ConsoleFixture.send(.configured(configuration, origin: "c"), to: &state)
        let titles = { Panel.mappings.columns(state).map(\.title) }
        #expect(titles() == ["", "MAPPING", "REGION"])
        try ConsoleFixture.press("vgj<Enter>", in: &state)
        #expect(Panel.mappings.columns(state).map(\.title) == ["", "REGION"], "mapping is hidden")
        try ConsoleFixture.press("k<Space><Esc>", in: &state)
        #expect(Panel.mappings.columns(state).map(\.title) == ["", "STATE", "REGION"])
        #expect(state.overlay == nil)
    }

    @Test func `a cut detail is marked as such and scrolls to its end`() throws {
        var state = try ConsoleFixture.everyState(columns: 80, rows: 24)
        try ConsoleFixture.press("j", in: &state)
        #expect(view(state).text.contains(/↓ \d+ more J/))
        #expect(!view(state).text.contains("session   cambist-billing"))
        try ConsoleFixture.press("JJJJJJ", in: &state)
        #expect(view(state).text.contains("session   cambist-billing"))
        #expect(!view(state).text.contains(/↓ \d+ more J/))
        try ConsoleFixture.press("KKKKKK", in: &state)
        #expect(view(state).text.contains("✕ exchange"))
        try ConsoleFixture.press("Jk", in: &state)
        #expect(state.detailTop == 0, "another line's detail starts at its top")
    }

    @Test func `the timeline zooms between an hour, six hours, and a day`() throws {
        var state = try ConsoleFixture.everyState(columns: 120, rows: 40)
        ConsoleFixture.open(.timeline, in: &state)
        #expect(view(state).text.contains("+24h"))
        try ConsoleFixture.press("++", in: &state)
        #expect(view(state).text.contains("+15m"))
        try ConsoleFixture.press("+", in: &state)
        #expect(state.notice?.text == "The shortest period is 1 h.")
        try ConsoleFixture.press("-", in: &state)
        #expect(view(state).text.contains("+1h30"))
    }

    @Test func `the log follows its end until it is scrolled`() throws {
        var state = try Self.console(mappings: 1)
        for transfer in ConsoleFixture.transfers.reversed() {
            ConsoleFixture.send(.transferred(transfer), to: &state)
        }
        ConsoleFixture.open(.log, in: &state)
        #expect(state.log.cursor.selected == 3)
        #expect(state.log.selected?.transfer.path == "/9", "the newest is last")
        try ConsoleFixture.press("k", in: &state)
        let selected = state.log.selected
        ConsoleFixture.send(.transferred(ConsoleFixture.transfers[1]), to: &state)
        #expect(state.log.selected == selected)
        try ConsoleFixture.press("G", in: &state)
        ConsoleFixture.send(.transferred(ConsoleFixture.transfers[2]), to: &state)
        #expect(state.log.cursor.selected == 5)
    }

    @Test(arguments: [Panel.ID.roles, .identities])
    func `r on a role or an identity exchanges the tokens of all its mappings after confirmation`(
        panel: Panel.ID
    ) throws {
        var state = try Self.console(mappings: 4)
        _ = try Self.fail("m4", in: &state)
        ConsoleFixture.open(panel, in: &state)
        try ConsoleFixture.press("j", in: &state)
        try ConsoleFixture.press("kr", in: &state)
        guard case .confirmation(let question) = state.overlay,
            case .exchange(let ids, .refresh) = question.action
        else {
            Issue.record("no question")
            return
        }
        #expect(ids == (panel == .roles ? ["m4", "m2"] : ["m4", "m1", "m2", "m3"]))
    }

    @Test func `a mapping's keys work on the selected watch`() throws {
        var state = try WatchFixture.console(columns: 120, rows: 40)
        ConsoleFixture.open(.watch, in: &state)
        try ConsoleFixture.press("jj", in: &state)
        #expect(try ConsoleFixture.press("t", in: &state) == [.exchange("deploy", Request(number: 1), .test)])
        try ConsoleFixture.press("e", in: &state)
        #expect(state.panel == .explain)
        #expect(view(state).text.contains("deploy"))
        try ConsoleFixture.press("<Esc>x", in: &state)
        #expect(state.watches.list.count == 3, "the watch that ended is gone")
    }
}
