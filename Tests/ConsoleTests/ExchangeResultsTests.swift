import Drawing
import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

/// The result line after an exchange that the operator started.
@Suite(.computing) struct ExchangeResultsTests {
    /// Ends the running exchange of a mapping.
    private static func end(_ id: RoleMapping.ID, lifetime: Double?, in state: inout ConsoleState) throws {
        let row = try #require(state.mappings[id])
        let request = try #require(row.pending?.request)
        let record = ConsoleFixture.record(of: row.mapping, lifetime: lifetime)
        ConsoleFixture.send(.exchanged(request, record), to: &state)
    }

    @Test func `the result of a refresh has the credentials' expiration and the duration`() throws {
        var state = try ConsoleFixture.everyState()
        state.mappings.list.reveal("audit")
        try ConsoleFixture.press("r", in: &state)
        try Self.end("audit", lifetime: 3600, in: &state)
        #expect(state.notice == Notice(.info, "audit: credentials until 11:00 (161 ms)"))
        try ConsoleFixture.press("r", in: &state)
        try Self.end("audit", lifetime: 86_400, in: &state)
        #expect(state.notice?.text == "audit: credentials until 2027-01-16 10:00 (161 ms)")
    }

    @Test func `the result of a test reports that every step passed`() throws {
        var state = try ConsoleFixture.everyState()
        state.mappings.list.reveal("audit")
        try ConsoleFixture.press("t", in: &state)
        try Self.end("audit", lifetime: 3600, in: &state)
        #expect(state.notice?.text == "audit: every step passed (161 ms)")
    }

    @Test func `the result of a failure names the step and the code`() throws {
        var state = try ConsoleFixture.everyState()
        state.mappings.list.reveal("audit")
        try ConsoleFixture.press("r", in: &state)
        try Self.end("audit", lifetime: nil, in: &state)
        #expect(state.notice?.level == .error)
        #expect(
            state.notice?.text
                == "audit: exchange failed, AccessDenied (161 ms). e explains, c copies the fix."
        )
    }

    @Test func `several exchanges share one result line`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("Ry", in: &state)
        let ids = ["audit", "deploy", "metrics", "payments", "vault"]
        for id in ids { try Self.end(id, lifetime: 3600, in: &state) }
        #expect(state.notice?.text == "5 of 6 done …")
        try Self.end("billing", lifetime: nil, in: &state)
        #expect(state.notice == Notice(.error, "5 exchanged, 1 failed: billing"))
    }

    @Test(arguments: [(Request.background, true), (.backgroundTest, false)])
    func `only a refresh in the background replaces the credentials`(request: Request, isKept: Bool) throws {
        var state = ConsoleFixture.console()
        let mapping = try ConsoleFixture.mapping("audit")
        ConsoleFixture.send(
            .configured(Configuration(mappings: [mapping]), origin: "config.yaml"),
            to: &state
        )
        ConsoleFixture.send(.exchangeBegan("audit", request), to: &state)
        #expect(state.mappings["audit"]?.pending?.purpose == (isKept ? .refresh : .test))
        ConsoleFixture.send(.exchanged(request, ConsoleFixture.record(of: mapping)), to: &state)
        let row = try #require(state.mappings["audit"])
        #expect(row.pending == nil && row.lastRecord != nil)
        #expect((row.credentials != nil) == isKept)
    }

    @Test func `an exchange that the operator did not start has no result line`() throws {
        var state = try ConsoleFixture.everyState()
        let mapping = try #require(state.mappings["vault"]).mapping
        ConsoleFixture.send(.exchangeBegan("vault", .background), to: &state)
        ConsoleFixture.send(.exchanged(.background, ConsoleFixture.record(of: mapping)), to: &state)
        #expect(state.notice == nil)
    }

    @Test func `the exchanging state is shown for at least 300 ms`() throws {
        var state = try ConsoleFixture.everyState()
        state.mappings.list.reveal("vault")
        try ConsoleFixture.press("r", in: &state)
        try Self.end("vault", lifetime: 3600, in: &state)
        let row = try #require(state.mappings["vault"])
        #expect(row.status == .live)
        for milliseconds in [0, 100, 299] {
            #expect(row.showsExchange(at: ConsoleFixture.start + Double(milliseconds) / 1000))
        }
        #expect(!row.showsExchange(at: ConsoleFixture.start + 0.301))
        let tick = try #require(state.nextTick)
        #expect(tick <= ConsoleFixture.start + 0.301, "the screen then changes without a key")
        ConsoleFixture.send(.ticked(ConsoleFixture.start + 1), to: &state)
        #expect(!view(state).text.contains("exchanging"))
    }

    @Test(arguments: [("u", "UTC"), ("m", "mouse"), ("mm", "mouse"), (":theme<Enter>", "theme")])
    func `a key that changes the screen reports the change`(keys: String, word: String) throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press(keys, in: &state)
        #expect(state.notice?.text.contains(word) == true)
    }
}
