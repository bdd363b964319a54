import AWS
import Azure
import Diagnosis
import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import Provisioning

/// Missing permissions, busy clouds, lagging replicas, and shared objects.
@Suite(.limited) struct SetupFailureTests {
    @Test
    func
        `without Graph permissions, Azure objects are unreadable, the permissions are named, and AWS is read`()
        async throws
    {
        try await SetupHarness.with { harness in
            let plan = try await harness.provisioner(as: "logging").plan()
            let states = plan.summary
            #expect(states.prefix(4).allSatisfy { $0.hasSuffix("unreadable") })
            #expect(states.suffix(2) == ["oidc-provider missing", "role missing"])
            let obstacle = try plan.object(.application).obstacle
            #expect(obstacle?.code == "Authorization_RequestDenied")
            #expect(obstacle?.message.contains("Application.Read.All") == true)
        }
    }

    @Test func `an administrator has all permissions for the pending objects`() async throws {
        try await SetupHarness.with { harness in
            let provisioner = try harness.provisioner()
            #expect(await provisioner.missingPermissions(for: await provisioner.plan()) == [])
        }
    }

    @Test func `a denial by IAM names the permissions that the object needs`() {
        let refusal = CloudRefusal(
            service: .iam,
            status: 403,
            code: "AccessDenied",
            message: "User: x is not authorized to perform: iam:GetRole on resource: role audit",
            requestID: "1"
        )
        let fault = SetupError(CloudError.refused(refusal)).naming(.role, .write)
        #expect(!fault.isDelay)
        #expect(fault.failure.message.contains("iam:GetRole on resource"))
        #expect(fault.failure.message.contains("Needed: iam:CreateRole"))
    }

    @Test(arguments: [
        ("arn:aws:iam::111122223333:role/audit", true), ("arn:aws:iam::111122223333:role/audit2", false),
        ("AROAABCDEFGHIJKLMNOPQ", false),
    ])
    func `an unknown principal is awaited only if it is the role of a hub`(name: String, isDelay: Bool) throws
    {
        let hub = try #require(try ExportFixture.spoke().roles.first?.hubs.first)
        let refusal = CloudRefusal(
            service: .iam,
            status: 400,
            code: "MalformedPolicyDocument",
            message: #"Invalid principal in policy: "AWS":"\#(name)""#,
            requestID: "1"
        )
        let fault = SetupError(CloudError.refused(refusal))
        #expect(fault.isDelay)
        #expect(fault.awaitingOnly([hub]).isDelay == isDelay)
        #expect(!fault.awaitingOnly([]).isDelay)
        #expect(fault.awaitingOnly([]).failure == fault.failure)
    }

    @Test func `credentials of another account are not reported as a missing role`() async throws {
        try await SetupHarness.with { harness in
            let clouds = SetupClouds(
                azure: .success((try harness.graph(), try harness.resources(), "identity admin")),
                aws: .success((try harness.iam(), "999988887777", "profile other"))
            )
            let provisioner = Provisioner(
                desiredState: try harness.desiredState(),
                clouds: clouds,
                time: harness.time
            )
            let plan = await provisioner.plan()
            let role = try plan.object(.role)
            #expect(role.state == .unreadable)
            #expect(role.obstacle?.code == "other-account")
            #expect(role.obstacle?.message.contains("(profile other)") == true)
            #expect(plan.sources.first == CloudSource(.azure, credentials: "identity admin"))
        }
    }

    @Test func `throttling, server errors, and broken connections only delay a setup`() async throws {
        let storm = "storm: {throttled: 0.15, failing: 0.1, slow: 0, cut: 0.05}"
        try await SetupHarness.withScenario(storm) { scenario in
            try await SetupHarness.with(scenario) { harness in
                try await harness.apply()
                #expect(try await harness.plan().isInSync)
            }
        }
    }

    @Test func `a setup waits for a directory that replicates for two minutes`() async throws {
        try await SetupHarness.withScenario("delays: {directory: 120s}") { scenario in
            try await SetupHarness.with(scenario) { harness in
                let before = harness.time.uptime
                try await harness.apply()
                #expect(harness.time.uptime - before > .seconds(120))
                #expect(try await harness.plan().isInSync)
                let audience = try harness.desiredState().applications[0].identifierURI
                let names = try await harness.graph().applications(displayName: "security-aws-logging")
                #expect(names.map(\.identifierURIs) == [[audience]])
            }
        }
    }

    @Test func `a new identity is created first, trusted by its new ID, and removed last`()
        async throws
    {
        try await SetupHarness.with { harness in
            let admin = try #require(harness.configuration.identity("admin")?.principalID)
            let names = try #require(try await harness.graph().servicePrincipal(id: admin)).alternativeNames
            let parts = try #require(names.last).split(separator: "/").map(String.init)
            var configuration = harness.configuration
            configuration.identities.append(
                ManagedIdentity(id: "auditor", tenantID: configuration.identities[0].tenantID)
            )
            configuration.mappings[0].identity = "auditor"
            configuration.mappings[0].setup.identity = IdentityResource(
                subscription: parts[1],
                resourceGroup: parts[3],
                location: "westeurope",
                name: "auditor"
            )
            let desiredState = try DesiredState(configuration.mappings, in: configuration) {
                _ throws(DesiredStateError) in "{}"
            }
            #expect(try await harness.plan(desiredState).objects.allSatisfy { $0.state == .missing })
            try await harness.apply(desiredState)
            let plan = try await harness.plan(desiredState)
            #expect(plan.isInSync)
            #expect(try plan.object(.identity).isManaged == true)
            let resource = try #require(desiredState.identities[0].resourceID)
            let made = try #require(try await harness.resources().identity(resourceID: resource))
            let trust = try await TrustDocument(parsing: harness.iam().role("audit").trustDocument)
            #expect(trust.ownSubjects == [made.principalID])
            let outcome = try await harness.provisioner(desiredState).destroy(keeping: nil) { _, _ in
                true
            } progress: {
                _ in
            }
            #expect(outcome.failures == [])
            #expect(outcome.changed.last?.kind == .identity)
            #expect(try await harness.resources().identity(resourceID: resource) == nil)
        }
    }

    @Test func `the known grants are kept, also those of the same identity under another name`() throws {
        let role = try #require(RoleARN("arn:aws:iam::111122223333:role/audit"))
        let identities = [
            ManagedIdentity(id: "own", tenantID: EntraFixture.tenant, clientID: "c1", principalID: "p1"),
            ManagedIdentity(id: "alias", tenantID: EntraFixture.tenant, clientID: "C1"),
            ManagedIdentity(id: "known", tenantID: EntraFixture.tenant, principalID: "p2"),
            ManagedIdentity(id: "unknown", tenantID: EntraFixture.tenant, clientID: "c3"),
        ]
        let mappings = identities.map {
            RoleMapping(
                id: $0.id,
                identity: $0.id,
                audience: "api://a",
                roleARN: role,
                region: "eu-west-1",
                sessionName: "s"
            )
        }
        let configuration = Configuration(identities: identities, mappings: mappings)
        let make = { (mappings: [RoleMapping]) in
            try DesiredState(mappings, in: configuration) { _ throws(DesiredStateError) in "{}" }
        }
        let retained = RetainedResources(
            try make(Array(mappings.dropFirst())),
            own: try make([mappings[0]]).identities,
            principalIDs: ["own": "p1"]
        )
        #expect(retained.grants[role].map { Set($0.flatMap(\.subjects)) } == ["p1", "p2"])
    }

    @Test func `two mappings share objects, and destroying one leaves the other complete`() async throws {
        try await SetupHarness.with { harness in
            var configuration = harness.configuration
            let audit = configuration.mappings[0]
            configuration.mappings.append(
                RoleMapping(
                    id: "nightly",
                    identity: "admin",
                    audience: audit.audience,
                    roleARN: audit.roleARN,
                    region: audit.region,
                    sessionName: "x"
                )
            )
            let make = { (mappings: [RoleMapping]) in
                try DesiredState(mappings, in: configuration) { _ throws(DesiredStateError) in "{}" }
            }
            let both = try make(configuration.mappings)
            try await harness.apply(both)
            let trust = try await TrustDocument(parsing: harness.iam().role("audit").trustDocument)
            #expect(trust.ownSubjects.count == 2)
            let nightly = try make([configuration.mappings[1]])
            let rest = try make([audit])
            let outcome = try await harness.provisioner(nightly).destroy(keeping: rest) { _, _ in
                true
            } progress: {
                _ in
            }
            #expect(outcome.failures == [])
            #expect(outcome.changed.map(\.kind) == [.role, .assignment])
            #expect(try await harness.plan(rest).isInSync)
            let left = try await TrustDocument(parsing: harness.iam().role("audit").trustDocument)
            #expect(left.ownSubjects == ["1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"])
        }
    }
}
