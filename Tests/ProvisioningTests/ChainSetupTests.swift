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

    private func spoke(_ hub: RoleMapping, _ session: ChainedSession) throws -> RoleMapping {
        RoleMapping(
            id: "spoke",
            identity: hub.identity,
            audience: hub.audience,
            roleARN: try #require(RoleARN("arn:aws:iam::\(Self.account):role/spoke")),
            region: hub.region,
            sessionName: "cambist-spoke",
            assumption: .hub(hub, session)
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

    @Test func `tags and a source identity need further actions on both sides`() async throws {
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

    @Test func `a changed external ID replaces the condition of setup's own statement`() async throws {
        try await SetupHarness.with { harness in
            try await harness.apply(try desiredState(harness))
            let changed = try desiredState(harness, ChainedSession(externalID: "another-id"))
            #expect(try await harness.plan(changed).objects.map(\.state).contains(.different))
            try await harness.apply(changed)
            let document = try await harness.iam().role("spoke").trustDocument
            #expect(document.contains("another-id") && !document.contains("cambist-spoke"))
        }
    }

    @Test func `a policy is evaluated with the external ID, tags, and session name of the spoke`() throws {
        let hub = RoleMapping(
            id: "audit",
            identity: "logging",
            audience: "api://a",
            roleARN: try #require(RoleARN("arn:aws:iam::\(Self.account):role/audit")),
            region: "eu-west-1",
            sessionName: "cambist-audit"
        )
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
