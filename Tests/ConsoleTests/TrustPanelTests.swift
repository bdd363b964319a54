import Diagnosis
import Drawing
import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

/// The trust policy with the token's values, and the explanation drawn over it.
@Suite(.computing) struct TrustPanelTests {
    static let provider = "sts.windows.net/8fd1925e-404d-170a-27dc-233ab082415f/"
    static let subject = "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"

    static func policy(aud: String = "api://security-aws-logging", sub: String, more: String = "") -> String {
        """
        {"Version": "2012-10-17", "Statement": [{"Sid": "Logging", "Effect": "Allow",
         "Action": "sts:AssumeRoleWithWebIdentity",
         "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/\(provider)"},
         "Condition": {"StringEquals": {"\(provider):aud": "\(aud)", "\(provider):sub": \(sub)}\(more)}}]}
        """
    }

    static func inspection(_ document: String) -> RoleInspection {
        RoleInspection(
            role: .found(RoleFacts(maximumSession: .seconds(3600))),
            policy: PolicyEvidence(document: document),
            providers: [
                OIDCProvider(
                    arn: "arn:aws:iam::111122223333:oidc-provider/\(provider)",
                    url: provider,
                    clientIDs: ["api://security-aws-logging"]
                )
            ],
            source: .iam(credentials: "profile admin"),
            at: ConsoleFixture.start
        )
    }

    static let unread = RoleInspection(
        problem: Failure(
            kind: .refused,
            code: "other-account",
            message: "Your AWS credentials (profile admin) belong to account 444455556666, "
                + "and the role is in account 111122223333.",
            fix: "Set setup.aws_profile to a profile with credentials of account 111122223333."
        ),
        at: ConsoleFixture.start
    )

    /// Returns a console that shows the Trust panel with the requested inspection.
    private func console(
        _ inspection: RoleInspection?,
        columns: Int = 80,
        rows: Int = 24,
        keys: String = "j"
    ) throws -> ConsoleState {
        var state = try ConsoleFixture.everyState(columns: columns, rows: rows)
        try ConsoleFixture.press(keys, in: &state)
        try ConsoleFixture.press(Panel.ID.trust.script, in: &state)
        // The role of a denied mapping is inspected before its panel opens.
        guard let inspection, let id = state.mappings.selected?.id, let request = state.trust[id].pending
        else {
            return state
        }
        _ = update(&state, .explained(id, request, inspection))
        return state
    }

    @Test(arguments: [(80, 24), (40, 10), (120, 40)])
    func `a policy that denies shows the condition that decided`(columns: Int, rows: Int) throws {
        let other = #""5d0c6b1e-6f0a-4c3e-9a41-6a1d2d4f7c55""#
        let state = try console(Self.inspection(Self.policy(sub: other)), columns: columns, rows: rows)
        try expectFrame(view(state), "trust-denies-\(columns)x\(rows)")
    }

    @Test func `a policy that allows the token shows the verdict`() throws {
        let subjects = #"["\#(Self.subject)", "5d0c6b1e-6f0a-4c3e-9a41-6a1d2d4f7c55"]"#
        try expectFrame(view(console(Self.inspection(Self.policy(sub: subjects)))), "trust-allows")
    }

    @Test func `a policy with a key that only AWS knows shows the dependency`() throws {
        let document = Self.policy(
            sub: #""\#(Self.subject)""#,
            more: #", "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}"#
        )
        try expectFrame(view(console(Self.inspection(document))), "trust-depends")
    }

    @Test func `a policy from a file shows the age of the file`() throws {
        var inspection = Self.inspection(Self.policy(sub: #""\#(Self.subject)""#))
        inspection.source = .file("trust.json")
        inspection.fileChange = ConsoleFixture.start - 3 * 3600
        let text = view(try console(inspection, columns: 120, rows: 60)).text
        #expect(text.contains("The trust policy was read from trust.json, last changed 3h ago."))
    }

    @Test func `every source has its own age, in each panel that shows what was read`() throws {
        var inspection = Self.inspection(Self.policy(sub: #""other""#))
        var facts = CloudFacts()
        facts.directory = "admin"
        facts.directoryAt = ConsoleFixture.start - 120
        facts.issuer = .published(keyIDs: [], took: .zero)
        facts.issuerAt = ConsoleFixture.start - 3 * 3600
        inspection.facts = facts
        inspection.at = ConsoleFixture.start - 5
        var state = try console(inspection, columns: 140, rows: 80)
        for panel in [Panel.ID.trust, .explain, .mappings, .roles] {
            ConsoleFixture.open(panel, in: &state)
            if panel == .roles { try ConsoleFixture.press("j", in: &state) }
            let text = view(state).text
            for (source, age) in [
                ("read from IAM using profile admin", "5s"), ("token of the identity `admin`", "2m"),
                ("issuer's keys were read", "3h"),
            ] {
                #expect(text.contains("\(source), \(age) ago."), "\(panel.rawValue): \(text)")
            }
        }
    }

    @Test func `Roles shows the verdict of the explanation, not that of an older prediction`() throws {
        var state = try console(Self.inspection(Self.policy(sub: #""other""#)), columns: 120, rows: 40)
        let id = try #require(state.mappings.selected?.id)
        let role = try #require(state.mappings[id]?.mapping.roleARN)
        #expect(state.roles.list[id: role]?.trust?.failure?.code == "trust-deny")
        let now = Self.inspection(Self.policy(sub: #""\#(Self.subject)""#))
        try ConsoleFixture.press("e", in: &state)
        let request = Request(number: 10_000)
        state.trust.begin(id, request, issuer: nil)
        ConsoleFixture.send(.explained(id, request, now), to: &state)
        #expect(state.roles.list[id: role]?.trust?.outcome == .ok)
    }

    @Test(arguments: [120, 140, 160, 200])
    func `a long ARN continues after a slash or colon where the columns have room for an ID`(columns: Int)
        throws
    {
        let document = Self.policy(sub: #""other""#)
        let state = try console(Self.inspection(document), columns: columns, rows: 40)
        let lines = state.trust.list.all
        let principal = lines.filter { $0.name.contains("Principal") }
        #expect(principal.count > 1)
        #expect(principal.compactMap { $0.shown?.required }.joined() == principal.first?.required)
        #expect(principal.dropLast().allSatisfy { "/:".contains($0.shown?.required.last ?? " ") })
        let shown = view(state).text.split(separator: "\n").prefix(20).joined(separator: "\n")
        #expect(!shown.contains("…8fd1") && shown.contains("8fd1925e-404d-170a-27dc-233ab082415f/"))
        #expect(Set(lines.map(\.id)).count == lines.count)
    }

    @Test func `a policy that is being read shows the progress`() throws {
        try expectFrame(view(console(nil)), "trust-reading")
    }

    @Test(arguments: [(80, 24), (40, 10)])
    func `a policy that cannot be read shows the error`(columns: Int, rows: Int) throws {
        try expectFrame(
            view(console(Self.unread, columns: columns, rows: rows)),
            "trust-unknown-\(columns)x\(rows)"
        )
    }

    @Test func `a document that is not a policy shows the error`() throws {
        try expectFrame(view(console(Self.inspection("{"))), "trust-malformed")
    }

    @Test func `wide and hostile strings in a policy keep the layout`() throws {
        let document = Self.policy(
            aud: #"api://監査ログ\u202Eevil\u001B[2J"#,
            sub: #"["\#(String(repeating: "長い", count: 200))"]"#
        )
        try expectFrame(view(console(Self.inspection(document))), "trust-hostile")
    }

    @Test(arguments: [(80, 24), (40, 10)])
    func `the explanation is drawn over the panel`(columns: Int, rows: Int) throws {
        let other = #""5d0c6b1e-6f0a-4c3e-9a41-6a1d2d4f7c55""#
        var state = try console(Self.inspection(Self.policy(sub: other)), columns: columns, rows: rows)
        try ConsoleFixture.press("e", in: &state)
        try expectFrame(view(state), "over-explanation-\(columns)x\(rows)")
    }

    @Test(arguments: [Panel.ID.mappings, .claims, .trust, .history])
    func `every panel that shows an exchange opens the explanation`(panel: Panel.ID) throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("j\(panel.script)", in: &state)
        try ConsoleFixture.press("e", in: &state)
        #expect(state.panel == .explain)
        try ConsoleFixture.press("<Esc>", in: &state)
        #expect(state.panel == panel)
        try ConsoleFixture.press("ee", in: &state)
        #expect(state.panel == panel)
    }

    @Test(arguments: [Key.character("Q"), .control("c")])
    func `the keys that quit at once also work in the explanation`(key: Key) throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("e", in: &state)
        #expect(update(&state, .key(key)) == [.quit])
    }

    @Test func `the result of an earlier request is dropped`() throws {
        var state = try console(nil)
        let id = try #require(state.mappings.list.selected?.id)
        _ = update(&state, .explained(id, Request(number: 999), Self.unread))
        #expect(state.trust[id].inspection == nil)
        #expect(state.trust[id].pending != nil)
    }

    @Test func `a known inspection is not requested again`() throws {
        var state = try console(Self.unread)
        #expect(update(&state, .ticked(ConsoleFixture.start + 5)).isEmpty)
        #expect(update(&state, .key(.character("j"))).isEmpty)
    }

    @Test func `an old inspection is requested again for an explanation`() throws {
        var state = try console(Self.unread)
        _ = update(&state, .ticked(ConsoleFixture.start + 60))
        let effects = update(&state, .key(.character("e")))
        guard case .explain(_, _, _, asksClouds: true, isFresh: true) = effects.first else {
            Issue.record("\(effects)")
            return
        }
    }

    @Test func `a read-only console does not call the clouds`() throws {
        var state = try ConsoleFixture.everyState(isReadOnly: true)
        let effects = try Key.script("\(Panel.ID.trust.script)").flatMap { update(&state, .key($0)) }
        guard case .explain(_, _, _, asksClouds: false, _) = effects.first else {
            Issue.record("\(effects)")
            return
        }
    }

    @Test func `the explanation is copied as text`() throws {
        var state = try console(Self.unread)
        try ConsoleFixture.press("e", in: &state)
        guard case .copy(let text, _) = update(&state, .key(.character("y"))).first else {
            Issue.record("expected a copy")
            return
        }
        #expect(text.contains("444455556666"))
    }
}
