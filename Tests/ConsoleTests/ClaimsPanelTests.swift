import Diagnosis
import Drawing
import Federation
import Foundation
import TestSupport
import Testing
import TrustPolicy

@testable import Console

/// The claims of a token, compared with the configuration and the trust policy.
@Suite(.computing) struct ClaimsPanelTests {
    private static let other = "5d0c6b1e-6f0a-4c3e-9a41-6a1d2d4f7c55"

    /// Returns the Claims panel of a mapping whose role trusts a subject and whose identity is configured.
    private static func console(
        trusting subject: String,
        principal: String? = TrustPanelTests.subject,
        columns: Int = 120,
        rows: Int = 40
    ) throws -> ConsoleState {
        try console(
            evaluating: TrustPanelTests.policy(sub: "\"\(subject)\""),
            principal: principal,
            columns: columns,
            rows: rows
        )
    }

    /// Returns the Claims panel of a mapping with a trust policy.
    private static func console(
        evaluating document: String,
        principal: String? = TrustPanelTests.subject,
        columns: Int = 120,
        rows: Int = 40
    ) throws -> ConsoleState {
        var state = ConsoleFixture.console(columns: columns, rows: rows)
        let mapping = try ConsoleFixture.mapping("audit")
        let identity = ManagedIdentity(id: "logging", principalID: principal)
        ConsoleFixture.send(
            .configured(Configuration(identities: [identity], mappings: [mapping]), origin: "config.yaml"),
            to: &state
        )
        ConsoleFixture.send(.exchanged(.background, ConsoleFixture.record(of: mapping)), to: &state)
        for effect in try ConsoleFixture.press("2", in: &state) {
            guard case .explain(let id, let request, _, _, _) = effect else { continue }
            ConsoleFixture.send(.explained(id, request, TrustPanelTests.inspection(document)), to: &state)
        }
        return state
    }

    private static func claim(_ name: String, in state: ConsoleState) throws -> ClaimLine {
        try #require(state.claims.list.all.first { $0.name == name })
    }

    @Test func `a claim that the trust policy tests shows the required value`() throws {
        let state = try Self.console(trusting: Self.other)
        let subject = try Self.claim("sub", in: state)
        #expect(subject.trust == .differs(.required, Self.other))
        #expect(subject.configuration == .matches)
        #expect(try Self.claim("aud", in: state).trust == .matches)
        #expect(try Self.claim("iss", in: state).trust == .matches)
        #expect(try Self.claim("roles", in: state).trust == .free, "AWS does not read them")
        #expect(view(state).text.contains("✕ requires \(Self.other)"))
    }

    @Test(arguments: [
        (TrustStatement.Effect.allow, "StringNotEquals", TrustPanelTests.subject, "✕ excludes"),
        (.deny, "StringEquals", TrustPanelTests.subject, "✕ denies"),
        (.deny, "StringNotEquals", other, "✕ exempts"),
    ])
    func `a claim that the trust policy refuses shows what its values mean`(
        effect: TrustStatement.Effect,
        operator: String,
        value: String,
        text: String
    ) throws {
        let statement = """
            {"Effect": "\(effect.rawValue)", "Action": "sts:AssumeRoleWithWebIdentity",
             "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/\(TrustPanelTests.provider)"},
             "Condition": {"\(`operator`)": {"\(TrustPanelTests.provider):sub": "\(value)"}}}
            """
        let allowing = TrustPanelTests.policy(sub: "\"\(TrustPanelTests.subject)\"")
        let document =
            effect == .allow
            ? #"{"Version": "2012-10-17", "Statement": [\#(statement)]}"#
            : allowing.replacing(#""Statement": ["#, with: #""Statement": [\#(statement), "#)
        let state = try Self.console(evaluating: document)
        #expect(view(state).text.contains("\(text) \(value)"), "\(view(state).text)")
    }

    @Test func `a claim that differs from the configuration shows the configured value`() throws {
        let state = try Self.console(trusting: TrustPanelTests.subject, principal: Self.other)
        let subject = try Self.claim("sub", in: state)
        #expect(subject.configuration == .differs(.required, Self.other))
        #expect(subject.trust == .matches)
    }

    @Test func `the heading names the mapping, its identity, and the token`() throws {
        let text = view(try Self.console(trusting: Self.other)).text
        #expect(text.contains("audit · identity logging · new token from imds · signature ↻ · 23h 00m left"))
    }

    @Test func `the other claims share one line, which Enter unfolds, and a filter finds them`() throws {
        var state = try Self.console(trusting: Self.other)
        let folded = state.lineCount
        #expect(!state.claims.list.all.contains { $0.name == "ver" })
        try ConsoleFixture.press("G<Enter>", in: &state)
        #expect(state.lineCount > folded)
        #expect(state.claims.list.all.contains { $0.name == "header.kid" })
        state = try Self.console(trusting: Self.other)
        try ConsoleFixture.press("/ver<Enter>", in: &state)
        #expect((0..<state.lineCount).map { state.claims.list[$0].name }.contains("ver"))
    }

    @Test func `date claims use the 24-hour clock and show the remaining time`() throws {
        let text = view(try Self.console(trusting: Self.other)).text
        #expect(text.contains("2027-01-16 09:00:00  ━━━━━━ 23h 00m left"))
        #expect(text.contains("2027-01-15 09:00:00  1h ago"))
    }

    @Test func `y copies the selected value, and Y copies all claims`() throws {
        var state = try Self.console(trusting: Self.other)
        let value = try ConsoleFixture.press("y", in: &state)
        #expect(value == [.copy(TrustPanelTests.subject, label: "the claim sub")])
        guard
            case .copy(let all, label: "the claims of audit") = try ConsoleFixture.press("Y", in: &state)
                .first
        else {
            Issue.record("nothing is copied")
            return
        }
        #expect(try JSONValue(parsing: Data(all.utf8))["sub"]?.string == TrustPanelTests.subject)
    }

    @Test(arguments: [(120, 40), (80, 24), (40, 10), (200, 60)])
    func `claims that differ from the trust policy have their frames`(columns: Int, rows: Int) throws {
        let state = try Self.console(trusting: Self.other, columns: columns, rows: rows)
        try expectFrame(view(state), "claims-differ-\(columns)x\(rows)")
    }
}
