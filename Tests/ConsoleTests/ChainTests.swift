import Drawing
import Federation
import Foundation
import TestSupport
import Testing
import TrustPolicy

@testable import Console
@testable import Diagnosis

/// A mapping whose hub fails: the console explains the hub's exchange, as the command `explain` does.
@Suite(.computing) struct ChainTests {
    private static let inspection = {
        var inspection = TrustPanelTests.inspection(
            TrustPanelTests.policy(sub: #""5d0c6b1e-6f0a-4c3e-9a41-6a1d2d4f7c55""#)
        )
        inspection.mapping = "hub"
        return inspection
    }()

    private let hub: RoleMapping
    private let spoke: RoleMapping
    private let record: ExchangeRecord

    init() throws {
        hub = try ConsoleFixture.mapping("hub", role: "hub-reader")
        let role = try #require(RoleARN("arn:aws:iam::444455556666:role/spoke"))
        spoke = RoleMapping(
            id: "spoke",
            identity: hub.identity,
            audience: hub.audience,
            roleARN: role,
            region: hub.region,
            sessionName: "cambist-spoke",
            assumption: .hub(hub, ChainedSession())
        )
        record = ConsoleFixture.record(of: spoke, lifetime: nil)
    }

    /// Returns a console that has read the roles for the spoke's explanation, and the effects of the keys.
    private func console(pressing script: String) throws -> (state: ConsoleState, effects: [Effect]) {
        var state = ConsoleFixture.console(columns: 160, rows: 50)
        ConsoleFixture.send(.configured(Configuration(mappings: [hub, spoke]), origin: "c.yaml"), to: &state)
        var effects = ConsoleFixture.send(.exchanged(.background, record), to: &state)
        state.mappings.list.reveal("spoke")
        var waiting = effects
        for key in try Key.script(script) { waiting += ConsoleFixture.send(.key(key), to: &state) }
        effects = waiting
        while !waiting.isEmpty {
            let effect = waiting.removeFirst()
            guard case .explain(let id, let request, _, _, _) = effect else { continue }
            let inspection = id == "hub" ? Self.inspection : TrustPanelTests.unread
            let next = ConsoleFixture.send(.explained(id, request, inspection), to: &state)
            waiting += next
            effects += next
        }
        return (state, effects)
    }

    @Test func `the explanation of the spoke has the causes of its hub`() throws {
        let (state, effects) = try console(pressing: "e")
        let read = effects.compactMap { effect in
            if case .explain(let id, _, _, _, _) = effect { id } else { nil }
        }
        #expect(Set(read) == ["hub"], "the role of the hub is read")
        var evidence = Evidence(of: record, mapping: spoke, identity: nil, now: ConsoleFixture.start)
        evidence.add(Self.inspection)
        let explanation = try #require(state.trust.page?.explanation)
        #expect(explanation.causes == Explanation(evidence).causes)
        #expect(explanation.causes.map(\.id).starts(with: ["hub-failed", "sub-mismatch"]))
        #expect(view(state).text.contains("sub-mismatch"))
    }

    @Test func `the detail of the spoke shows the hub's cause with its fix`() throws {
        let (state, _) = try console(pressing: "e<Esc>")
        #expect(state.mappings["spoke"]?.cause?.code == "hub-failed")
        let text = view(state).text
        #expect(text.contains("The hub `hub` has no credentials"))
        #expect(text.contains("update-assume-role-policy --role-name hub-reader"), "\(text)")
    }

    @Test func `the key c copies the hub's fix, and the key a plans the hub's setup`() throws {
        let copied = try console(pressing: "c").effects.compactMap { effect in
            if case .copy(let text, _) = effect { text } else { nil }
        }
        #expect(copied.count == 1)
        #expect(copied.first?.contains("update-assume-role-policy --role-name hub-reader") == true)
        let planned = try console(pressing: "a").effects.compactMap { effect in
            if case .planSetup(let ids, _) = effect { ids } else { nil }
        }
        #expect(planned == [["hub"]])
    }

    @Test func `the Trust panel of the spoke names the hub's role`() throws {
        let (state, _) = try console(pressing: "3")
        #expect(view(state).text.contains("arn:aws:iam::111122223333:role/federation/hub-reader"))
    }

    /// Returns a console in which the hop of the spoke itself was denied, and the effects of that exchange.
    ///
    /// - Parameters:
    ///   - spoke: The mapping.
    ///   - warning: The warning of the trust step, if it read a policy.
    /// - Returns: The console, whose selected mapping is the spoke.
    private func consoleWithDenial(
        of spoke: RoleMapping,
        warning: Failure? = nil
    ) -> (state: ConsoleState, effects: [Effect]) {
        let outcome = warning == nil ? StepOutcome.skipped : .warn
        let denial = ConsoleFixture.denial
        let own = ExchangeRecord(
            id: 7,
            at: ConsoleFixture.start,
            mapping: spoke.id,
            identity: spoke.identity,
            roleARN: spoke.roleARN,
            steps: [
                StepRecord(step: .trust, outcome: outcome, duration: .zero, failure: warning),
                StepRecord(step: .assume, outcome: .failed, duration: .zero, failure: denial),
            ]
        )
        var state = ConsoleFixture.console(columns: 160, rows: 50)
        ConsoleFixture.send(.configured(Configuration(mappings: [hub, spoke]), origin: "c.yaml"), to: &state)
        let effects = ConsoleFixture.send(.exchanged(.background, own), to: &state)
        state.mappings.list.reveal("spoke")
        return (state, effects)
    }

    /// Returns the inspection of a role that trusts the hub's role under a condition.
    private func inspection(condition: String = "{}") -> RoleInspection {
        TrustPanelTests.inspection(
            """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"\(hub.roleARN)"},\
            "Action":"sts:AssumeRole","Condition":\(condition)}]}
            """
        )
    }

    @Test func `if a spoke's own hop fails, the console reads the spoke's role without a keypress`() {
        let (_, effects) = consoleWithDenial(of: spoke)
        let read = effects.compactMap { effect in
            if case .explain(let id, .background, _, _, _) = effect { id } else { nil }
        }
        #expect(read == ["spoke"])
    }

    @Test func `the denial that the trust step predicted is the cause until the role is read`() throws {
        let warning = Failure(
            kind: .refused,
            code: "trust-deny",
            message: "The trust policy does not allow the role of hub: StringEquals sts:ExternalId requires "
                + "id-1, found nothing (policy from /etc/spoke.json).",
            fix: "`cambist explain spoke` shows the statement and the fix."
        )
        var (state, _) = consoleWithDenial(of: spoke, warning: warning)
        #expect(state.mappings["spoke"]?.cause?.text == "assume: trust-deny")
        let known = state.explanation(of: "spoke", record: state.mappings["spoke"]?.lastRecord)
        let evidence = try #require(known?.causes.first).evidence
        #expect(evidence.contains("sts:ExternalId requires id-1"))
        let found = inspection(condition: #"{"StringEquals":{"sts:ExternalId":"id-1"}}"#)
        ConsoleFixture.send(.explained("spoke", .background, found), to: &state)
        #expect(state.mappings["spoke"]?.cause?.text == "assume: external-id-missing")
    }

    @Test func `the panel Roles shows the hub's steps at the hub's role`() throws {
        let (failed, _) = try console(pressing: "")
        #expect(failed.roles.list[id: hub.roleARN]?.exchange?.outcome == .failed)
        #expect(failed.roles.list[id: spoke.roleARN]?.exchange == nil)
        let exchange = StepRecord(step: .exchange, outcome: .ok, duration: .zero)
        let own = Failure(kind: .refused, code: "trust-deny", message: "The trust policy denies.", fix: "")
        let works = ExchangeRecord(
            id: 8,
            at: ConsoleFixture.start,
            mapping: spoke.id,
            identity: spoke.identity,
            roleARN: spoke.roleARN,
            steps: [
                StepRecord(step: .trust, outcome: .warn, duration: .zero, failure: own), exchange,
                StepRecord(step: .assume, outcome: .ok, duration: .zero),
            ]
        )
        var state = failed
        ConsoleFixture.send(.exchanged(.background, works), to: &state)
        #expect(state.roles.list[id: hub.roleARN]?.exchange == exchange)
        #expect(state.roles.list[id: hub.roleARN]?.trust == nil)
        #expect(state.roles.list[id: spoke.roleARN]?.exchange?.step == .assume)
        #expect(state.roles.list[id: spoke.roleARN]?.trust?.failure == own)
    }

    @Test func `a warning about the hub's policy is shown at the hub's role`() {
        let warning = Failure(kind: .refused, code: "trust-deny", message: "hub: It denies.", fix: "")
        let (state, _) = consoleWithDenial(of: spoke, warning: warning)
        #expect(state.roles.list[id: hub.roleARN]?.trust?.failure == warning)
        #expect(state.roles.list[id: spoke.roleARN]?.trust == nil)
        #expect(state.roles.list[id: spoke.roleARN]?.exchange?.outcome == .failed)
    }

    @Test(arguments: [([:], "sts:AssumeRole"), (["team": "red"], "sts:TagSession")])
    func `the Trust panel compares the action of the chained call`(tags: [String: String], action: String)
        throws
    {
        let tagged = RoleMapping(
            id: spoke.id,
            identity: spoke.identity,
            audience: spoke.audience,
            roleARN: spoke.roleARN,
            region: spoke.region,
            sessionName: spoke.sessionName,
            assumption: .hub(hub, ChainedSession(tags: tags))
        )
        var (state, _) = consoleWithDenial(of: tagged)
        ConsoleFixture.send(.explained("spoke", .background, inspection()), to: &state)
        try ConsoleFixture.press(Panel.ID.trust.script, in: &state)
        let line = try #require(state.trust.page?.lines.first { $0.name.hasSuffix("Action") })
        #expect(line.required == "sts:AssumeRole" && line.found == action)
        #expect(line.outcome == (tags.isEmpty ? .yes : .no))
    }
}
