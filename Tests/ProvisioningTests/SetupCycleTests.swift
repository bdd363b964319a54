import AWS
import Azure
import Federation
import Foundation
import TestSupport
import Testing

@testable import Provisioning

/// Setup and removal of all objects, on a lab whose replicas lag.
@Suite(.limited) struct SetupCycleTests {
    private static let fresh = [
        "identity ok", "application missing", "service-principal missing", "app-role-assignment missing",
        "oidc-provider missing", "role missing",
    ]
    private static let complete = [
        "identity ok", "application ok", "service-principal ok", "app-role-assignment ok",
        "oidc-provider ok", "role ok",
    ]

    @Test func `a plan names the credentials with which it was read`() async throws {
        try await SetupHarness.with { harness in
            let plan = try await harness.plan()
            #expect(
                plan.sources == [
                    CloudSource(.azure, credentials: "identity admin"),
                    CloudSource(.aws, account: "111122223333", credentials: "profile admin"),
                ]
            )
            #expect(
                plan.sources.map(\.sentence) == [
                    "Microsoft Graph was read with a token of the identity `admin`.",
                    "IAM of account 111122223333 was read using profile admin.",
                ]
            )
        }
    }

    @Test func `a bare lab has only the identity`() async throws {
        try await SetupHarness.with { harness in
            let plan = try await harness.provisioner().plan()
            #expect(plan.summary == Self.fresh)
            #expect(try plan.object(.role).differences.map(\.property).contains("AssumeRolePolicyDocument"))
            #expect(harness.log.transfers.allSatisfy { $0.method == "GET" || !$0.path.contains("/v1.0/") })
        }
    }

    @Test func `a plan reads an absent object once, or three times after a run that wrote it`() async throws {
        try await SetupHarness.with { harness in
            let provisioner = try harness.provisioner()
            let application = try await provisioner.plan().object(.application).id
            func reads(after written: [SetupObject.ID]) async -> Int {
                let before = harness.log.transfers.count
                _ = await provisioner.plan(after: written)
                return harness.log.transfers.dropFirst(before).count { $0.path.hasSuffix("/applications") }
            }
            let once = await reads(after: [])
            #expect(once > 0)
            #expect(await reads(after: [application]) == 3 * once)
        }
    }

    @Test func `apply creates everything once in order, and a second apply changes nothing`() async throws {
        try await SetupHarness.with { harness in
            let progress = ProgressLog()
            let outcome = try await harness.planAndApply(progress: progress.record)
            #expect(outcome.failures == [])
            #expect(
                Set(progress.writes) == [
                    "application: create", "service-principal: create, assignment required",
                    "app-role-assignment: assign", "oidc-provider: create", "role: create",
                ]
            )
            #expect(
                outcome.changed.map(\.kind) == [
                    .application, .servicePrincipal, .assignment, .provider, .role,
                ]
            )
            let plan = try await harness.provisioner().plan()
            #expect(plan.summary == Self.complete)
            #expect(plan.objects.dropFirst().allSatisfy { $0.isManaged == true })
            let again = ProgressLog()
            let second = try await harness.planAndApply(progress: again.record)
            #expect(second == SetupOutcome())
            #expect(again.writes == [])
        }
    }

    @Test func `assignment is required before it is made, and the provider keeps its slash`() async throws {
        try await SetupHarness.with { harness in
            _ = try await harness.planAndApply()
            let desiredState = try harness.desiredState()
            let audience = try #require(desiredState.applications.first).identifierURI
            let principal = try await harness.graph().servicePrincipal(audience: audience)
            #expect(principal?.requiresAssignment == true)
            #expect(principal?.appRoles.first?.memberTypes == ["Application"])
            let application = try await harness.graph().application(identifierURI: audience)
            #expect(application?.tokenVersion == 1)
            let provider = try await harness.iam().provider(desiredState.providers[0].arn)
            #expect(provider.provider.url == "sts.windows.net/\(desiredState.tenantID)/")
            #expect(provider.provider.clientIDs == [audience])
        }
    }

    @Test func `destroy restores the bare lab`() async throws {
        try await SetupHarness.with { harness in
            _ = try await harness.planAndApply()
            let outcome = try await harness.provisioner().destroy(keeping: nil) { _, _ in
                true
            } progress: { _ in
            }
            #expect(outcome.failures == [])
            #expect(outcome.kept.map(\.object.kind) == [.identity])
            #expect(
                outcome.changed.map(\.kind) == [
                    .role, .provider, .assignment, .servicePrincipal, .application,
                ]
            )
            harness.replicate()
            #expect(try await harness.provisioner().plan().summary == Self.fresh)
            #expect(try await harness.iam().roles().isEmpty)
            #expect(try await harness.iam().providers().isEmpty)
        }
    }

    @Test func `an object whose removal is declined is kept`() async throws {
        try await SetupHarness.with { harness in
            _ = try await harness.planAndApply()
            let outcome = try await harness.provisioner().destroy(keeping: nil) { id, _ in
                id.kind != .role
            } progress: { _ in
            }
            #expect(outcome.kept.map(\.object.kind) == [.role, .provider, .identity])
            #expect(outcome.kept.first?.reason == "the removal was declined")
        }
    }

    @Test func `a run interrupted at any request is completed by another run`() async throws {
        try await SetupHarness.with { harness in
            _ = try await harness.planAndApply()
            _ = try await harness.provisioner().destroy(keeping: nil) { _, _ in
                true
            } progress: { _ in
            }
            harness.replicate()
            let before = harness.log.transfers.count
            _ = try await harness.planAndApply()
            let requests = harness.log.transfers.count - before
            _ = try await harness.provisioner().destroy(keeping: nil) { _, _ in
                true
            } progress: { _ in
            }
            // A plan on a replica that still shows the removed objects would count them as present.
            harness.replicate()
            for request in 1...requests {
                let provisioner = try harness.provisioner()
                let run = Task { await provisioner.apply(await provisioner.plan()) { _ in } }
                harness.log.interrupt(after: request) { run.cancel() }
                _ = await run.value
                let outcome = try await harness.planAndApply()
                #expect(outcome.failures == [], "interrupted at request \(request)")
                harness.replicate()
                #expect(try await harness.provisioner().plan().summary == Self.complete)
                let applications = try await harness.graph().applications(displayName: "security-aws-logging")
                #expect(applications.count == 1, "interrupted at request \(request)")
                let undone = try await harness.provisioner().destroy(keeping: nil) { _, _ in
                    true
                } progress: { _ in
                }
                #expect(undone.failures == [], "interrupted at request \(request)")
                harness.replicate()
                #expect(try await harness.provisioner().plan().summary == Self.fresh)
            }
        }
    }
}
