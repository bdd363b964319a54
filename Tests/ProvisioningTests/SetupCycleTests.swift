import AWS
import Azure
import Federation
import Foundation
import TestSupport
import Testing

@testable import Provisioning

/// From nothing to everything and back, on a lab whose replicas lag.
struct SetupCycleTests {
    private static let fresh = [
        "identity ok", "application missing", "service-principal missing", "app-role-assignment missing",
        "oidc-provider missing", "role missing",
    ]
    private static let whole = [
        "identity ok", "application ok", "service-principal ok", "app-role-assignment ok",
        "oidc-provider ok", "role ok",
    ]

    @Test func `a bare lab lacks all but the identity`() async throws {
        try await SetupHarness.with { bench in
            let plan = try await bench.worker().plan()
            #expect(plan.summary == Self.fresh)
            #expect(try plan.object(.role).differences.map(\.property).contains("AssumeRolePolicyDocument"))
            #expect(bench.log.transfers.allSatisfy { $0.method == "GET" || !$0.path.contains("/v1.0/") })
        }
    }

    @Test func `apply makes everything in its order, once, and apply again changes nothing`() async throws {
        try await SetupHarness.with { bench in
            let progress = ProgressLog()
            let outcome = try await bench.worker().apply(progress: progress.note)
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
            let plan = try await bench.worker().plan()
            #expect(plan.summary == Self.whole)
            #expect(plan.objects.dropFirst().allSatisfy { $0.isOurs == true })
            let again = ProgressLog()
            let second = try await bench.worker().apply(progress: again.note)
            #expect(second == SetupOutcome())
            #expect(again.writes == [])
        }
    }

    @Test func `assignment is demanded before it is made, and the provider keeps its slash`() async throws {
        try await SetupHarness.with { bench in
            _ = try await bench.worker().apply { _ in }
            let blueprint = try bench.blueprint()
            let audience = try #require(blueprint.applications.first).identifierURI
            let principal = try await bench.graph().servicePrincipal(audience: audience)
            #expect(principal?.requiresAssignment == true)
            #expect(principal?.appRoles.first?.memberTypes == ["Application"])
            let application = try await bench.graph().application(identifierURI: audience)
            #expect(application?.tokenVersion == 1)
            let provider = try await bench.iam().provider(blueprint.providers[0].arn)
            #expect(provider.provider.url == "sts.windows.net/\(blueprint.tenantID)/")
            #expect(provider.provider.clientIDs == [audience])
        }
    }

    @Test func `destroy leaves the lab as it was`() async throws {
        try await SetupHarness.with { bench in
            _ = try await bench.worker().apply { _ in }
            let outcome = try await bench.worker().destroy(keeping: nil) { _, _ in
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
            bench.settle()
            #expect(try await bench.worker().plan().summary == Self.fresh)
            #expect(try await bench.iam().roles().isEmpty)
            #expect(try await bench.iam().providers().isEmpty)
        }
    }

    @Test func `what the operator does not confirm stays`() async throws {
        try await SetupHarness.with { bench in
            _ = try await bench.worker().apply { _ in }
            let outcome = try await bench.worker().destroy(keeping: nil) { id, _ in
                id.kind != .role
            } progress: { _ in
            }
            #expect(outcome.kept.map(\.object.kind) == [.role, .provider, .identity])
            #expect(outcome.kept.first?.reason == "you said no")
        }
    }

    @Test func `a run that is ended at any request is simply run again`() async throws {
        try await SetupHarness.with { bench in
            _ = try await bench.worker().apply { _ in }
            _ = try await bench.worker().destroy(keeping: nil) { _, _ in
                true
            } progress: { _ in
            }
            bench.settle()
            let before = bench.log.transfers.count
            _ = try await bench.worker().apply { _ in }
            let requests = bench.log.transfers.count - before
            _ = try await bench.worker().destroy(keeping: nil) { _, _ in
                true
            } progress: { _ in
            }
            for request in 1...requests {
                let worker = try bench.worker()
                let run = Task { await worker.apply { _ in } }
                bench.log.burn(after: request) { run.cancel() }
                _ = await run.value
                let outcome = try await bench.worker().apply { _ in }
                #expect(outcome.failures == [], "ended at request \(request)")
                bench.settle()
                #expect(try await bench.worker().plan().summary == Self.whole)
                let applications = try await bench.graph().applications(displayName: "security-aws-logging")
                #expect(applications.count == 1, "ended at request \(request)")
                let undone = try await bench.worker().destroy(keeping: nil) { _, _ in
                    true
                } progress: { _ in
                }
                #expect(undone.failures == [], "ended at request \(request)")
                bench.settle()
                #expect(try await bench.worker().plan().summary == Self.fresh)
            }
        }
    }
}
