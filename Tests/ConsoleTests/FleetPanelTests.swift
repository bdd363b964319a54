import Drawing
import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

@Suite(.computing) struct FleetPanelTests {
    private static let sizes = [
        Size(columns: 40, rows: 10), Size(columns: 80, rows: 24), Size(columns: 120, rows: 40),
    ]
    private static let target = FleetMapping.ID(node: "vm2", mapping: "audit")

    /// Returns a console with Fleet open and the failing mapping of `vm2` selected.
    private static func console(
        _ snapshot: FleetSnapshot? = nil,
        size: Size = Size(columns: 120, rows: 40)
    ) throws -> ConsoleState {
        var state = try ConsoleFixture.everyState(columns: size.columns, rows: size.rows)
        FleetFixture.send(try snapshot ?? FleetFixture.snapshot(), to: &state)
        try ConsoleFixture.press("0g", in: &state)
        return state
    }

    /// Returns the snapshot with a request for the target in some state.
    private static func snapshot(
        _ verb: FleetRequest.Verb,
        _ state: FleetRequest.State
    ) throws -> FleetSnapshot {
        var snapshot = try FleetFixture.snapshot()
        let place = try #require(snapshot.mappings.firstIndex { $0.id == target })
        snapshot.mappings[place].request = FleetFixture.request(target, verb, state)
        return snapshot
    }

    private struct NoRequest: Error {
        let effects: [Effect]
    }

    /// Presses a key that requests an operation from a node; returns the mapping and the request's number.
    private static func request(
        _ key: String,
        in state: inout ConsoleState
    ) throws -> (target: FleetMapping.ID, number: Request) {
        let effects = try ConsoleFixture.press(key, in: &state)
        guard case .requestFromNode(_, let target, let number) = effects.first else {
            throw NoRequest(effects: effects)
        }
        return (target, number)
    }

    @Test(arguments: sizes)
    func `a fleet has a frame in each condition`(size: Size) throws {
        let name = "\(size.columns)x\(size.rows)"
        var state = try ConsoleFixture.everyState(columns: size.columns, rows: size.rows)
        try ConsoleFixture.press("0", in: &state)
        try expectFrame(view(state), "fleet-unconfigured-\(name)")
        state = try Self.console(FleetSnapshot(), size: size)
        try expectFrame(view(state), "fleet-without-nodes-\(name)")
        state = try Self.console(size: size)
        try ConsoleFixture.press("jjj", in: &state)
        try expectFrame(view(state), "fleet-silent-node-\(name)")
        var snapshot = try FleetFixture.snapshot()
        snapshot.unreachableSince = ConsoleFixture.start - 200
        snapshot.problem = "connection to server at \"10.0.0.5\", port 5432 failed: Connection refused"
        state = try Self.console(snapshot, size: size)
        try expectFrame(view(state), "fleet-unreachable-\(name)")
        state = try Self.console(try Self.snapshot(.test, .claimed), size: size)
        try expectFrame(view(state), "fleet-requested-\(name)")
    }

    @Test(arguments: [
        ("r", FleetRequest.Verb.refresh), ("t", .test), ("w", .watch),
    ])
    func `a key requests an operation from the mapping's node and shows it as pending`(
        _ key: String,
        _ verb: FleetRequest.Verb
    ) throws {
        var state = try Self.console()
        let effects = try ConsoleFixture.press(key, in: &state)
        guard case .requestFromNode(let sent, let target, _) = effects.first, effects.count == 1 else {
            Issue.record("\(effects)")
            return
        }
        #expect(sent == verb && target == Self.target)
        #expect(view(state).text.contains("↻ \(verb.rawValue)"))
        #expect(try ConsoleFixture.press(key, in: &state).isEmpty)
        #expect(state.notice?.text.contains("already requested") == true)
    }

    @Test func `W stops a watch of another node only if one runs`() throws {
        var state = try Self.console()
        #expect(try ConsoleFixture.press("W", in: &state).isEmpty)
        try ConsoleFixture.press("jj", in: &state)
        #expect(state.fleetTarget?.mapping == "vault")
        #expect(try ConsoleFixture.press("w", in: &state).isEmpty)
        #expect(try ConsoleFixture.press("W", in: &state).count == 1)
    }

    @Test func `the exchange that answers a request is read, reported, and shown`() throws {
        var state = try Self.console()
        let (target, request) = try Self.request("t", in: &state)
        let stored = FleetFixture.request(target)
        ConsoleFixture.send(.requestedFromNode(target, request, .success(stored)), to: &state)
        ConsoleFixture.send(.fleetRead(try Self.snapshot(.test, .claimed)), to: &state)
        #expect(view(state).text.contains("↻ test"))
        let done = try Self.snapshot(.test, .done(record: "r1"))
        let read = Effect.readFleetRecord("r1", target, request)
        #expect(ConsoleFixture.send(.fleetRead(done), to: &state).contains(read))
        ConsoleFixture.send(.fleetRecordRead(target, request, .success(nil)), to: &state)
        #expect(ConsoleFixture.send(.fleetRead(done), to: &state).contains(read))
        let record = ConsoleFixture.record(of: try ConsoleFixture.mapping("audit"), lifetime: nil)
        ConsoleFixture.send(.fleetRecordRead(target, request, .success(record)), to: &state)
        #expect(state.notice?.text.hasPrefix("audit on vm2: exchange failed, AccessDenied") == true)
        #expect(view(state).text.contains("✕ exchange"))
        #expect(state.fleet.sent.isEmpty)
    }

    @Test func `a response that is known before its request is stored is not lost`() throws {
        var state = try Self.console()
        let (target, request) = try Self.request("w", in: &state)
        ConsoleFixture.send(.fleetRead(try Self.snapshot(.watch, .done(record: nil))), to: &state)
        #expect(!state.fleet.sent.isEmpty)
        let stored = FleetFixture.request(target, .watch)
        ConsoleFixture.send(.requestedFromNode(target, request, .success(stored)), to: &state)
        #expect(state.fleet.sent.isEmpty)
        #expect(state.notice?.text == "audit on vm2: watch request executed.")
    }

    @Test(arguments: [
        (
            FleetRequest.State.refused(reason: "The console is read-only."),
            "refused: The console is read-only."
        ),
        (.expired, "expired"),
    ])
    func `a request that is not executed is reported`(_ end: FleetRequest.State, _ text: String) throws {
        var state = try Self.console()
        let (target, request) = try Self.request("r", in: &state)
        let stored = FleetFixture.request(target, .refresh)
        ConsoleFixture.send(.requestedFromNode(target, request, .success(stored)), to: &state)
        ConsoleFixture.send(.fleetRead(try Self.snapshot(.refresh, end)), to: &state)
        #expect(state.notice?.text.contains(text) == true)
        #expect(state.fleet.sent.isEmpty)
    }

    @Test func `a request shows as pending for 300 ms, even if it fails at once`() throws {
        var state = try Self.console()
        let (target, request) = try Self.request("r", in: &state)
        let failure = ConsoleFixture.denial
        ConsoleFixture.send(.requestedFromNode(target, request, .failure(failure)), to: &state)
        #expect(state.notice?.level == .error)
        #expect(view(state).text.contains("↻ refresh"))
        #expect(state.nextTick.map { $0 <= ConsoleFixture.start + 0.3 } == true)
        ConsoleFixture.send(.ticked(ConsoleFixture.start + 0.3), to: &state)
        #expect(!view(state).text.contains("↻ refresh"))
    }

    @Test(arguments: [
        ("node:vm2", 3), ("node:vm2<Space>state:failing", 1), ("state:silent", 1), ("code:accessdenied", 1),
        ("-node:vm", 1), ("audit", 2),
    ])
    func `the fleet is filtered by node, state, and cause`(_ filter: String, _ count: Int) throws {
        var state = try Self.console()
        try ConsoleFixture.press("/\(filter)", in: &state)
        #expect(state.lineCount == count)
    }

    @Test func `a node that exited normally is stopped, not silent`() throws {
        var snapshot = try FleetFixture.snapshot()
        snapshot.nodes[0] = FleetFixture.node("aks-7f", beat: 240, hasStopped: true)
        var state = try Self.console(snapshot)
        let text = view(state).text
        #expect(text.contains("stopped: aks-7f since 09:56:00"), "\(text)")
        #expect(!text.contains("silent"), "\(text)")
        try ConsoleFixture.press("/state:stopped<Enter>", in: &state)
        #expect(state.lineCount == 1)
        try ConsoleFixture.press("r", in: &state)
        #expect(state.notice?.text.contains("aks-7f has been stopped since 09:56:00") == true)
    }

    @Test func `an outage of the database prevents requests, and the header shows its start`() throws {
        var snapshot = try FleetFixture.snapshot()
        snapshot.unreachableSince = ConsoleFixture.start - 200
        var state = try Self.console(snapshot)
        #expect(try ConsoleFixture.press("r", in: &state).isEmpty)
        #expect(state.notice?.text.contains("unreachable since 09:56:40") == true)
        ConsoleFixture.open(.mappings, in: &state)
        #expect(view(state).text.contains("database unreachable since 09:56"))
    }

    @Test func `a selection stays on its mapping as states change`() throws {
        var state = try Self.console()
        try ConsoleFixture.press("jjjj", in: &state)
        let selected = try #require(state.fleetTarget?.id)
        var snapshot = try FleetFixture.snapshot()
        snapshot.mappings[1] = try FleetFixture.mapping("vm1", "audit", .failing, cause: "AccessDenied")
        ConsoleFixture.send(.fleetRead(snapshot), to: &state)
        #expect(state.fleetTarget?.id == selected)
        #expect(state.fleet.list[0].mapping.state == .failing)
        #expect(state.fleet.list[1].mapping.state == .failing)
    }

    @Test func `Enter reads the last exchanges of the mapping`() throws {
        var state = try Self.console()
        let effects = try ConsoleFixture.press("<Enter>", in: &state)
        guard case .readFleetHistory(let target, let request) = effects.first else {
            Issue.record("\(effects)")
            return
        }
        #expect(target == Self.target && view(state).text.contains("↻ reading"))
        let mapping = try ConsoleFixture.mapping("audit")
        let records = [
            ConsoleFixture.record(of: mapping, before: 60, lifetime: nil),
            ConsoleFixture.record(of: mapping, before: 120),
        ]
        ConsoleFixture.send(.fleetHistoryRead(target, request, .success(records)), to: &state)
        try expectFrame(view(state), "fleet-history-120x40")
        ConsoleFixture.send(.fleetHistoryRead(target, request, .failure(ConsoleFixture.denial)), to: &state)
        #expect(view(state).text.contains("AccessDenied: Not authorized"))
    }

    @Test func `an exchange of a mapping that only another host has is explained from its record`() throws {
        var state = try Self.console()
        ConsoleFixture.send(.configured(Configuration(), origin: "here"), to: &state)
        try ConsoleFixture.press("e", in: &state)
        #expect(state.notice?.text.contains("Enter reads the last ones") == true)
        guard
            case .readFleetHistory(let target, let request) = try ConsoleFixture.press("<Enter>", in: &state)
                .first
        else {
            Issue.record("no request")
            return
        }
        let record = ConsoleFixture.record(of: try ConsoleFixture.mapping("audit"), lifetime: nil)
        ConsoleFixture.send(.fleetHistoryRead(target, request, .success([record])), to: &state)
        try ConsoleFixture.press("e", in: &state)
        #expect(state.panel == .fleet)
        try expectFrame(view(state), "fleet-explanation-120x40")
        #expect(view(state).text.contains("This explanation uses only the exchange"))
        #expect(!view(state).text.contains("--trust-policy"), "the console has no such option")
        try ConsoleFixture.press("e", in: &state)
        #expect(!view(state).text.contains("EXPLANATION"))
    }

    @Test func `an exchange of another node's mapping opens Explain if this host has the mapping, too`()
        throws
    {
        var state = try Self.console()
        let mapping = try ConsoleFixture.mapping("audit", role: "audit-reader")
        guard
            case .readFleetHistory(let target, let request) = try ConsoleFixture.press("<Enter>", in: &state)
                .first
        else {
            Issue.record("no request")
            return
        }
        let record = ConsoleFixture.record(of: mapping, lifetime: nil)
        ConsoleFixture.send(.fleetHistoryRead(target, request, .success([record])), to: &state)
        try ConsoleFixture.press("e", in: &state)
        #expect(state.panel == .explain)
    }

    @Test func `the latest exchange is the newest of the requested exchange and the last exchanges`() throws {
        let mapping = try ConsoleFixture.mapping("audit")
        let requested = ConsoleFixture.record(of: mapping, before: 60)
        let renewal = ConsoleFixture.record(of: mapping, number: 2, before: 10)
        let request = Request(number: 1)
        var fleet = FleetState()
        fleet.end(Self.target, record: requested)
        #expect(fleet.latestRecord(of: Self.target) == requested)
        fleet.beginHistory(of: Self.target, request)
        #expect(fleet.latestRecord(of: Self.target) == requested)
        fleet.finishHistory(of: Self.target, request, .success([renewal, requested]))
        #expect(fleet.latestRecord(of: Self.target) == renewal)
    }

    @Test func `a read-only console requests nothing`() throws {
        var state = ConsoleState(
            now: ConsoleFixture.start,
            size: Size(columns: 120, rows: 40),
            localTime: .utc,
            isReadOnly: true
        )
        FleetFixture.send(try FleetFixture.snapshot(), to: &state)
        try ConsoleFixture.press("0g", in: &state)
        #expect(try ConsoleFixture.press("r", in: &state).isEmpty)
        #expect(state.notice?.text == "This console is read-only.")
    }
}
