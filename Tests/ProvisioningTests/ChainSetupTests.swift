import AWS
import Federation
import Foundation
import TestSupport
import Testing
import TrustPolicy

@testable import Provisioning

/// Setup of a hub and a spoke: the spoke's trust of the hub's role, and the hub's permission.
@Suite(.limited) struct ChainSetupTests {
    private static let account = "111122223333"

    private func spoke(
        _ hub: RoleMapping,
        _ session: ChainedSession,
        id: RoleMapping.ID = "spoke"
    ) throws -> RoleMapping {
        RoleMapping(
            id: id,
            identity: hub.identity,
            audience: hub.audience,
            roleARN: try #require(RoleARN("arn:aws:iam::\(Self.account):role/spoke")),
            region: hub.region,
            sessionName: "cambist-spoke",
            assumption: .hub(hub, session)
        )
    }

    private func hub(_ name: String = "audit") throws -> RoleMapping {
        RoleMapping(
            id: name,
            identity: "logging",
            audience: "api://a",
            roleARN: try #require(RoleARN("arn:aws:iam::\(Self.account):role/\(name)")),
            region: "eu-west-1",
            sessionName: "cambist-\(name)"
        )
    }

    private func grant(
        _ session: ChainedSession = ChainedSession(),
        of hub: String = "audit"
    ) throws -> HubGrant {
        try #require(HubGrant(try spoke(try self.hub(hub), session)))
    }

    private static let other = "arn:aws:iam::\(account):role/other"

    private static func statement(
        _ principal: String,
        _ condition: String = "{}",
        action: String = #""sts:AssumeRole""#,
        sid: String = "Theirs"
    ) -> String {
        """
        {"Sid":"\(sid)","Effect":"Allow","Principal":{"AWS":"\(principal)"},"Action":\(action),\
        "Condition":\(condition)}
        """
    }

    private func document(_ statements: String...) throws -> TrustDocument {
        try TrustDocument(
            parsing: #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#
        )
    }

    private func desiredState(
        _ harness: SetupHarness,
        onlySpoke: Bool = false,
        _ session: ChainedSession = ChainedSession(externalID: "cambist-spoke")
    ) throws -> DesiredState {
        let hub = try #require(harness.configuration.mappings.first)
        let spoke = try spoke(hub, session)
        return try DesiredState(onlySpoke ? [spoke] : [spoke, hub], in: harness.configuration) {
            _ throws(DesiredStateError) in "{}"
        }
    }

    @Test func `a hub and its spoke are created in order and planned as complete`() async throws {
        try await SetupHarness.with { harness in
            let desired = try desiredState(harness)
            try await harness.apply(desired)
            let plan = try await harness.plan(desired)
            #expect(plan.objects.allSatisfy { $0.state == .ok })
            #expect(
                plan.objects.suffix(3).map(\.id.name) == ["audit", "spoke", "audit/cambist-assume-spoke"]
            )
            let role = try await harness.iam().role("spoke")
            let policy = try TrustPolicy(parsing: role.trustDocument)
            let mapping = try spoke(
                try #require(harness.configuration.mappings.first),
                ChainedSession(externalID: "cambist-spoke")
            )
            let request = try #require(TrustRequest(assuming: mapping))
            #expect(policy.evaluate(request).decision == .allow)
            var other = request
            other.context["sts:ExternalId"] = nil
            #expect(policy.evaluate(other).decision == .deny)
        }
    }

    @Test func `tags and a source identity need further actions in the hub's policy`() async throws {
        try await SetupHarness.with { harness in
            let session = ChainedSession(tags: ["team": "red"], sourceIdentity: "me")
            try await harness.apply(try desiredState(harness, session))
            let document = try await harness.iam().policy("cambist-assume-spoke", of: "audit")
            let actions = JSONValue(text: document)?["Statement"]
            #expect(actions?.compactText.contains("sts:TagSession") == true)
            #expect(actions?.compactText.contains("sts:SetSourceIdentity") == true)
        }
    }

    @Test func `a spoke alone leaves its hub unchanged`() async throws {
        try await SetupHarness.with { harness in
            let alone = try desiredState(harness, onlySpoke: true)
            let plan = try await harness.provisioner(alone).plan()
            #expect(plan.objects.first?.obstacle?.code == "hub-missing")
            try await harness.apply(harness.desiredState())
            try await harness.apply(alone)
            #expect(try await harness.plan(alone).objects.allSatisfy { $0.state == .ok })
        }
    }

    @Test(arguments: [("*", SetupObject.State.ok), ("arn:aws:iam::111122223333:role/other", .missing)])
    func `a hub needs no permission that another of its inline policies contains`(
        resource: String,
        state: SetupObject.State
    ) async throws {
        try await SetupHarness.with { harness in
            try await harness.apply(harness.desiredState())
            let text = """
                {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"\(resource)"}}
                """
            try await harness.iam().putPolicy("theirs", of: "audit", text)
            let plan = try await harness.plan(try desiredState(harness, onlySpoke: true))
            let permission = try plan.object(.inlinePolicy)
            #expect(permission.state == state)
            #expect(permission.notes.map(\.id) == (state == .ok ? ["permission-elsewhere"] : []))
        }
    }

    @Test func `a hub's policy that setup did not create is not replaced`() async throws {
        try await SetupHarness.with { harness in
            let iam = try harness.iam()
            let trust = """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow",
                 "Principal":{"AWS":"arn:aws:iam::\(Self.account):root"},"Action":"sts:AssumeRole"}]}
                """
            _ = try await iam.createRole(NewRole(name: "audit", trustDocument: trust))
            let theirs =
                #"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::111122223333:role/other"}"#
            let wanted =
                #"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::111122223333:role/spoke"}"#
            let cases: [(String, String?)] = [
                (theirs, "policy-foreign"), ("\(theirs),\(wanted)", nil),
            ]
            for (statements, code) in cases {
                let text = #"{"Version":"2012-10-17","Statement":[\#(statements)]}"#
                try await iam.putPolicy("cambist-assume-spoke", of: "audit", text)
                let plan = try await harness.plan(try desiredState(harness, onlySpoke: true))
                let permission = try plan.object(.inlinePolicy)
                #expect(permission.state == (code == nil ? .ok : .different))
                #expect(permission.obstacle?.code == code)
                #expect(permission.differences.isEmpty)
            }
        }
    }

    @Test func `a changed external ID replaces the condition of setup's own statement`() async throws {
        try await SetupHarness.with { harness in
            try await harness.apply(try desiredState(harness))
            let changed = try desiredState(harness, ChainedSession(externalID: "partner-4711"))
            #expect(try await harness.plan(changed).objects.map(\.state).contains(.different))
            try await harness.apply(changed)
            let document = try await harness.iam().role("spoke").trustDocument
            #expect(document.contains("partner-4711") && !document.contains("cambist-spoke"))
        }
    }

    @Test func `a policy is evaluated with the external ID, tags, and session name of the spoke`() throws {
        let hub = try hub()
        let document = try TrustDocument(
            parsing: """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"\(hub.roleARN)"},
                 "Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"StringEquals":{"sts:ExternalId":"id-1",
                 "aws:RequestTag/team":"red","sts:RoleSessionName":"cambist-spoke"}}}]}
                """
        )
        let spoke = try spoke(hub, ChainedSession(externalID: "id-1", tags: ["team": "red"]))
        #expect(document.verdict(on: AssumptionCall(mapping: spoke, grant: nil)).decision == .allow)
        let grant = try #require(HubGrant(spoke))
        #expect(try document.merging([], hubs: [grant]) == document, "no second statement is needed")
        for session in [
            ChainedSession(externalID: "id-2", tags: ["team": "red"]), ChainedSession(tags: ["team": "red"]),
            ChainedSession(externalID: "id-1", tags: ["team": "blue"]),
        ] {
            let other = try self.spoke(hub, session)
            #expect(document.verdict(on: AssumptionCall(mapping: other, grant: nil)).decision == .deny)
            let grant = try #require(HubGrant(other))
            // Another statement would bypass the condition.
            #expect(throws: TrustDocument.Obstacle.self) { try document.merging([], hubs: [grant]) }
        }
    }

    @Test(arguments: [
        (#"{"StringEquals":{"sts:ExternalId":"their-id"}}"#, "sts:ExternalId"),
        (#"{"StringLike":{"sts:ExternalId":"prod-*"}}"#, "sts:ExternalId"),
        (#"{"Null":{"sts:ExternalId":"false"}}"#, "sts:ExternalId"),
        (#"{"StringEquals":{"sts:RoleSessionName":"ops"}}"#, "sts:RoleSessionName"),
        (#"{"StringEquals":{"aws:RequestTag/team":"red"}}"#, "aws:RequestTag/team"),
        (#"{"StringEquals":{"sts:SourceIdentity":"me"}}"#, "sts:SourceIdentity"),
        (#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/other"}}"#, "aws:PrincipalArn"),
    ])
    func `no statement for a hub is weaker than one for another principal`(condition: String, key: String)
        throws
    {
        for principal in [
            Self.other, "arn:aws:iam::999999999999:role/audit", "arn:aws:iam::999999999999:root",
            "arn:aws:iam::\(Self.account):root", "arn:aws:iam::\(Self.account):user/ops", "*",
        ] {
            let document = try document(Self.statement(principal, condition))
            #expect(throws: TrustDocument.Obstacle.conditionFails(statement: 0, keys: [key])) {
                try document.merging([], hubs: [try grant()])
            }
        }
    }

    @Test func `a statement for a session of the hub's role is not widened to the role`() throws {
        let hub = try hub()
        let session = "arn:aws:sts::\(Self.account):assumed-role/\(hub.roleARN.name)"
        let document = try document(Self.statement("\(session)/night-shift"))
        #expect(throws: TrustDocument.Obstacle.sessionRequired(statement: 0, name: "night-shift")) {
            try document.merging([], hubs: [try grant()])
        }
        let trusted = try self.document(Self.statement("\(session)/\(hub.sessionName)"))
        #expect(try trusted.merging([], hubs: [try grant()]) == trusted)
    }

    @Test func `conditions are taken from a role's statement before an account's or a service's`() throws {
        let service =
            #"{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}"#
        let document = try document(
            service,
            Self.statement("arn:aws:iam::999999999999:root", sid: "Account"),
            Self.statement(Self.other, #"{"StringEquals":{"sts:ExternalId":"their-id"}}"#)
        )
        #expect(throws: TrustDocument.Obstacle.conditionFails(statement: 2, keys: ["sts:ExternalId"])) {
            try document.merging([], hubs: [try grant()])
        }
        let merged = try document.merging([], hubs: [try grant(ChainedSession(externalID: "their-id"))])
        #expect(merged.entry(of: try grant(ChainedSession(externalID: "their-id"))) == .allowed)
        #expect(merged.entry(of: try grant()) == .refused)
    }

    @Test func `a statement for a hub keeps the conditions that its call meets`() throws {
        let condition = #"""
            {"StringEquals":{"sts:ExternalId":["their-id","id-2"],"sts:RoleSessionName":"cambist-spoke",
             "aws:PrincipalTag/team":"red"},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}
            """#
        let document = try document(Self.statement(Self.other, condition))
        let grant = try grant(ChainedSession(externalID: "their-id"))
        let merged = try document.merging([], hubs: [grant])
        let kept = try #require(merged.policy?.statements.last?.conditions)
        #expect(
            kept.map { "\($0.key) \($0.values.joined(separator: ","))" } == [
                "aws:SourceIp 203.0.113.0/24", "aws:PrincipalTag/team red", "sts:ExternalId their-id",
                "sts:RoleSessionName cambist-spoke",
            ]
        )
        #expect(merged.entry(of: grant) == .conditional(keys: ["aws:PrincipalTag/team", "aws:SourceIp"]))
        #expect(try merged.merging([], hubs: [grant]) == merged)
        #expect(merged.removing([], hubs: [grant]) == document)
    }

    @Test func `setup's own statement for another hub requires nothing of a new one`() throws {
        let former = TrustDocument(
            grants: [],
            hubs: [try grant(ChainedSession(externalID: "id-1"), of: "other")]
        )
        let merged = try former.merging([], hubs: [try grant()])
        #expect(merged.policy?.statements.map(\.conditions.count) == [1, 0])
        #expect(merged.entry(of: try grant()) == .allowed)
        #expect(merged.entry(of: try grant(of: "other")) == .refused)
    }

    @Test func `setup's own statement keeps conditions that were added, and its external ID is not removed`()
        throws
    {
        let condition = #"""
            {"IpAddress":{"aws:SourceIp":"203.0.113.0/24"},"StringEquals":{"sts:ExternalId":"id-1"}}
            """#
        let hub = try hub().roleARN.description
        let document = try document(Self.statement(hub, condition, sid: "Cambist1"))
        #expect(try document.merging([], hubs: [try grant(ChainedSession(externalID: "id-1"))]) == document)
        let changed = try document.merging([], hubs: [try grant(ChainedSession(externalID: "id-2"))])
        #expect(
            changed.policy?.statements.first?.conditions.flatMap(\.values) == ["203.0.113.0/24", "id-2"]
        )
        #expect(throws: TrustDocument.Obstacle.conditionFails(statement: 0, keys: ["sts:ExternalId"])) {
            try document.merging([], hubs: [try grant()])
        }
    }

    @Test func `an action is added only for the hub whose call needs it`() throws {
        let hub = try hub().roleARN.description
        let principals = #""\#(hub)","\#(Self.other)""#
        let text = Self.statement("PRINCIPALS", #"{"StringEquals":{"sts:ExternalId":"id-1"}}"#)
        let document = try document(text.replacing(#""PRINCIPALS""#, with: "[\(principals)]"))
        #expect(try document.merging([], hubs: [try grant(ChainedSession(externalID: "id-1"))]) == document)
        let tagged = ChainedSession(externalID: "id-1", tags: ["team": "red"])
        let merged = try document.merging([], hubs: [try grant(tagged)])
        #expect(merged.entry(of: try grant(tagged)) == .allowed)
        #expect(merged.entry(of: try grant(tagged, of: "other")) == .refused)
        #expect(
            merged.policy?.statements.map(\.action.names) == [
                ["sts:AssumeRole"], ["sts:AssumeRole", "sts:TagSession"],
            ]
        )
        let withoutID = try grant(ChainedSession(tags: ["team": "red"]))
        #expect(throws: TrustDocument.Obstacle.conditionFails(statement: 0, keys: ["sts:ExternalId"])) {
            try document.merging([], hubs: [withoutID])
        }
    }

    @Test func `a plan that refuses shows the condition and the setting, but no statement`() async throws {
        try await SetupHarness.with { harness in
            let iam = try harness.iam()
            let root = Self.statement("arn:aws:iam::\(Self.account):root")
            let theirs = Self.statement(Self.other, #"{"StringEquals":{"sts:ExternalId":"their-id"}}"#)
            let trust = try document(theirs).json.compactText
            let unconditional = try document(root).json.compactText
            _ = try await iam.createRole(NewRole(name: "other", trustDocument: unconditional))
            harness.replicate()
            _ = try await iam.createRole(NewRole(name: "spoke", trustDocument: trust))
            let desired = try desiredState(harness, ChainedSession())
            let plan = try await harness.plan(desired)
            let role = try #require(plan.objects.first { $0.id.kind == .role && $0.id.name == "spoke" })
            #expect(role.state == .different && role.differences.isEmpty)
            #expect(role.obstacle?.code == "condition-unmet")
            #expect(role.obstacle?.message.contains("sts:ExternalId their-id (found nothing)") == true)
            #expect(role.obstacle?.fix.contains("Set external_id of `spoke` to their-id") == true)
            let outcome = try await harness.planAndApply(desired)
            #expect(outcome.failures.contains { $0.failure.code == "condition-unmet" })
            harness.replicate()
            #expect(JSONValue(text: try await iam.role("spoke").trustDocument) == JSONValue(text: trust))
            let corrected = try desiredState(harness, ChainedSession(externalID: "their-id"))
            try await harness.apply(corrected)
            #expect(try await harness.plan(corrected).isInSync)
        }
    }

    @Test(arguments: [nil, "id-1"])
    func `two mappings with one hub and role share a statement that requires the external ID of one`(
        externalID: String?
    ) async throws {
        try await SetupHarness.with { harness in
            let hub = try #require(harness.configuration.mappings.first)
            let mappings = [
                try spoke(hub, ChainedSession(externalID: "id-1", tags: ["team": "red"])),
                try spoke(hub, ChainedSession(externalID: externalID), id: "second"), hub,
            ]
            let desired = try DesiredState(mappings, in: harness.configuration) {
                _ throws(DesiredStateError) in "{}"
            }
            let plan = try await harness.plan(desired)
            let role = try #require(
                plan.objects.first { $0.id == .role(mappings[0].roleARN, isQualified: false) }
            )
            guard externalID != nil else {
                #expect(role.state == .missing && role.differences.isEmpty)
                #expect(role.obstacle?.fix.contains("Set external_id of `second` to id-1") == true)
                return
            }
            try await harness.apply(desired)
            #expect(try await harness.plan(desired).isInSync)
        }
    }

    @Test(arguments: SetupExport.allCases)
    func `each export has the trust of the hub, and all but one its permission`(format: SetupExport)
        async throws
    {
        try await SetupHarness.with { harness in
            let text = try format.text(
                of: try desiredState(harness, onlySpoke: true),
                region: "eu-west-1"
            )
            #expect(text.contains("arn:aws:iam::\(Self.account):role/audit"))
            #expect(text.contains("cambist-spoke"))
            #expect(text.contains("cambist-assume-spoke") == (format != .trustPolicy))
        }
    }
}
