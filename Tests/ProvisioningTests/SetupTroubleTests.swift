import AWS
import Azure
import Diagnosis
import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import Provisioning

/// Rights that are missing, clouds that are busy, replicas that are late, and mappings that share.
struct SetupTroubleTests {
    @Test
    func
        `without rights in Graph the Azure side is unreadable, the rights named, and AWS is told all the same`()
        async throws
    {
        try await SetupHarness.with { bench in
            let plan = try await bench.worker(as: "logging").plan()
            let states = plan.summary
            #expect(states.prefix(4).allSatisfy { $0.hasSuffix("unreadable") })
            #expect(states.suffix(2) == ["oidc-provider missing", "role missing"])
            let obstacle = try plan.object(.application).obstacle
            #expect(obstacle?.code == "Authorization_RequestDenied")
            #expect(obstacle?.message.contains("Application.Read.All") == true)
        }
    }

    @Test func `an administrator lacks no permission for what is pending`() async throws {
        try await SetupHarness.with { bench in
            let worker = try bench.worker()
            #expect(await worker.missingPermissions(for: await worker.plan()) == [])
        }
    }

    @Test func `what IAM denies is named with the rights that the object needs`() {
        let refusal = AWSRefusal(
            service: .iam,
            status: 403,
            code: "AccessDenied",
            message: "User: x is not authorized to perform: iam:GetRole on resource: role audit",
            requestID: "1"
        )
        let fault = SetupFault(AWSError.refused(refusal)).naming(.role, .write)
        #expect(!fault.isDelay)
        #expect(fault.failure.message.contains("iam:GetRole on resource"))
        #expect(fault.failure.message.contains("Needed: iam:CreateRole"))
    }

    @Test func `credentials of another account are told from a role that is missing`() async throws {
        try await SetupHarness.with { bench in
            let clouds = SetupClouds(
                azure: .success((try bench.graph(), try bench.resources())),
                aws: .success((try bench.iam(), "999988887777"))
            )
            let worker = Provisioner(
                blueprint: try bench.blueprint(),
                clouds: clouds,
                time: bench.time
            )
            let role = try await worker.plan().object(.role)
            #expect(role.state == .unreadable)
            #expect(role.obstacle?.code == "other-account")
        }
    }

    @Test func `throttling, faults and cut connections only delay it`() async throws {
        let storm = "storm: {throttled: 0.15, failing: 0.1, slow: 0, cut: 0.05}"
        try await SetupHarness.withScenario(storm) { scenario in
            try await SetupHarness.with(scenario) { bench in
                try await bench.apply()
                #expect(try await bench.plan().isFulfilled)
            }
        }
    }

    @Test func `a directory that takes two minutes to replicate is waited for`() async throws {
        try await SetupHarness.withScenario("delays: {directory: 120s}") { scenario in
            try await SetupHarness.with(scenario) { bench in
                let before = bench.time.uptime
                try await bench.apply()
                #expect(bench.time.uptime - before > .seconds(120))
                #expect(try await bench.plan().isFulfilled)
                let audience = try bench.blueprint().applications[0].identifierURI
                let names = try await bench.graph().applications(displayName: "security-aws-logging")
                #expect(names.map(\.identifierURIs) == [[audience]])
            }
        }
    }

    @Test func `an identity that is to be made is made first, trusted by its new id, and removed last`()
        async throws
    {
        try await SetupHarness.with { bench in
            let admin = try #require(bench.configuration.identity("admin")?.principalID)
            let names = try #require(try await bench.graph().servicePrincipal(id: admin)).alternativeNames
            let parts = try #require(names.last).split(separator: "/").map(String.init)
            var configuration = bench.configuration
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
            let blueprint = try DesiredState(configuration.mappings, in: configuration) {
                _ throws(DesiredStateError) in "{}"
            }
            #expect(try await bench.plan(blueprint).objects.allSatisfy { $0.state == .missing })
            try await bench.apply(blueprint)
            let plan = try await bench.plan(blueprint)
            #expect(plan.isFulfilled)
            #expect(try plan.object(.identity).isOurs == true)
            let resource = try #require(blueprint.identities[0].resourceID)
            let made = try #require(try await bench.resources().identity(resourceID: resource))
            let trust = try await TrustDocument(parsing: bench.iam().role("audit").trustDocument)
            #expect(trust.ownSubjects == [made.principalID])
            let outcome = try await bench.worker(blueprint).destroy(keeping: nil) { _, _ in
                true
            } progress: {
                _ in
            }
            #expect(outcome.failures == [])
            #expect(outcome.changed.last?.kind == .identity)
            #expect(try await bench.resources().identity(resourceID: resource) == nil)
        }
    }

    @Test func `two mappings share what they can, and undoing one leaves the other whole`() async throws {
        try await SetupHarness.with { bench in
            var configuration = bench.configuration
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
            try await bench.apply(both)
            let trust = try await TrustDocument(parsing: bench.iam().role("audit").trustDocument)
            #expect(trust.ownSubjects.count == 2)
            let nightly = try make([configuration.mappings[1]])
            let rest = try make([audit])
            let outcome = try await bench.worker(nightly).destroy(keeping: rest) { _, _ in
                true
            } progress: {
                _ in
            }
            #expect(outcome.failures == [])
            #expect(outcome.changed.map(\.kind) == [.role, .assignment])
            #expect(try await bench.plan(rest).isFulfilled)
            let left = try await TrustDocument(parsing: bench.iam().role("audit").trustDocument)
            #expect(left.ownSubjects == ["1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"])
        }
    }
}
