import Federation
import Foundation
import Propagation
import Store
import TestSupport
import Testing

@testable import Operations

/// The states of a mapping: live, expiring, expired, failing, waiting, blocked, and idle.
@Suite(.limited) struct MappingStateTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    private static func mapping(_ role: String = "audit") throws -> RoleMapping {
        RoleMapping(
            id: "audit",
            identity: "logging",
            audience: "api://a",
            roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/\(role)")),
            region: "eu-west-1",
            sessionName: "cambist-audit"
        )
    }

    /// Returns the last exchange, `ago` seconds before now, with credentials for an hour or with a failure.
    private static func latest(_ ago: Double, failure: Failure? = nil) throws -> LatestExchange {
        let at = now - ago
        let step = StepRecord(
            step: .exchange,
            outcome: failure == nil ? .ok : .failed,
            duration: .zero,
            failure: failure
        )
        let record = ExchangeRecord(
            id: 1,
            at: at,
            mapping: "audit",
            identity: "logging",
            roleARN: try mapping().roleARN,
            steps: [step],
            credentialExpiry: failure == nil ? at + 3600 : nil
        )
        return LatestExchange(record: record, since: at - 60)
    }

    private static let refusal = Failure(kind: .refused, code: "AccessDenied", message: "no", fix: "")

    @Test func `without an exchange, a mapping is idle`() throws {
        let state = MappingState(try Self.mapping(), latest: nil, stored: nil, watch: nil, now: Self.now)
        #expect(state.word == .idle)
        #expect(state.since == nil && state.lastAt == nil && state.cause == nil)
    }

    @Test(arguments: [
        (60.0, MappingStateName.live, -120.0), (2699, .live, -2759), (2700, .expiring, 0),
        (3599, .expiring, -899), (3600, .expired, 0), (7200, .expired, -3600),
    ])
    func `credentials are expiring in their last quarter hour and then expired`(
        _ ago: Double,
        _ word: MappingStateName,
        _ since: Double
    ) throws {
        let state = MappingState(
            try Self.mapping(),
            latest: try Self.latest(ago),
            stored: nil,
            watch: nil,
            now: Self.now
        )
        #expect(state.word == word)
        #expect(state.since == Self.now + since)
        #expect(state.credentialExpiry == Self.now - ago + 3600)
        #expect(state.word.needsAttention == (word == .expired))
    }

    @Test func `a failure has its code and needs attention regardless of the keyring`() throws {
        let state = MappingState(
            try Self.mapping(),
            latest: try Self.latest(60, failure: Self.refusal),
            stored: (Self.now - 600, Self.now + 3000),
            watch: nil,
            now: Self.now
        )
        #expect(state.word == .failing && state.word.needsAttention)
        #expect(state.cause == "AccessDenied")
        #expect(state.lastOutcome == .failed)
        #expect(state.credentialExpiry == Self.now + 3000)
    }

    @Test func `credentials in the keyring have precedence over those in the history`() throws {
        let state = MappingState(
            try Self.mapping(),
            latest: try Self.latest(7200),
            stored: (Self.now - 60, Self.now + 3540),
            watch: nil,
            now: Self.now
        )
        #expect(state.word == .live)
    }

    @Test func `a mapping with a running watch is waiting`() throws {
        let watch = Watch(of: "audit", at: Self.now - 30, timing: PropagationTiming(speed: 1))
        let state = MappingState(
            try Self.mapping(),
            latest: try Self.latest(60, failure: Self.refusal),
            stored: nil,
            watch: watch,
            now: Self.now
        )
        #expect(state.word == .waiting && !state.word.needsAttention)
        #expect(state.since == Self.now - 30)
    }

    @Test func `an exchange of another role is ignored`() throws {
        let state = MappingState(
            try Self.mapping("other"),
            latest: try Self.latest(60),
            stored: nil,
            watch: nil,
            now: Self.now
        )
        #expect(state.word == .idle)
    }
}
