import AWS
import Azure
import Foundation
import Testing

@testable import Federation
@testable import Provisioning

/// What others made by hand before, half or wrongly.
struct SetupHandmadeTests {
    private static let foreignTrust = """
        {"Version":"2012-10-17","Statement":[{"Sid":"Ops","Effect":"Allow",
         "Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}
        """

    @Test func `a role of others keeps its statements and gets ours, which destroy takes out again`()
        async throws
    {
        try await SetupHarness.with { bench in
            let iam = try bench.iam()
            _ = try await iam.createRole(NewRole(name: "audit", trustDocument: Self.foreignTrust))
            let blueprint = try bench.blueprint {
                $0.setup.managedPolicies = [ARN("arn:aws:iam::aws:policy/ReadOnlyAccess")].compactMap(\.self)
            }
            try await bench.apply(blueprint)
            let merged = try await TrustDocument(parsing: iam.role("audit").trustDocument)
            #expect(merged.hasForeignStatements)
            #expect(merged.ownSubjects == ["1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"])
            #expect(try await bench.plan(blueprint).object(.role).isOurs == false)
            let outcome = try await bench.worker(blueprint).destroy(keeping: nil) { _, _ in
                true
            } progress: {
                _ in
            }
            #expect(outcome.failures == [])
            bench.settle()
            let left = try await iam.role("audit")
            #expect(try TrustDocument(parsing: left.trustDocument).json == JSONValue(text: Self.foreignTrust))
            #expect(left.tags == [:])
            #expect(try await iam.attachedPolicies(of: "audit").isEmpty)
            #expect(try await iam.providers().isEmpty)
        }
    }

    @Test func `a provider without the slash is reported, and the right one made beside it`() async throws {
        try await SetupHarness.with { bench in
            let iam = try bench.iam()
            let blueprint = try bench.blueprint()
            let issuer = String(blueprint.providers[0].issuer.dropLast())
            _ = try await iam.createProvider(url: issuer, clientIDs: ["x"])
            let provider = try await bench.plan().object(.provider)
            #expect(provider.state == .missing)
            #expect(provider.notes.map(\.id) == ["provider-without-slash"])
            try await bench.apply()
            #expect(try await iam.providers().count == 2)
        }
    }

    @Test func `a provider of others gets our audience, and loses it again`() async throws {
        try await SetupHarness.with { bench in
            let iam = try bench.iam()
            let provider = try bench.blueprint().providers[0]
            _ = try await iam.createProvider(url: provider.issuer, clientIDs: ["api://theirs"])
            try await bench.apply()
            #expect(try await iam.provider(provider.arn).provider.clientIDs?.count == 2)
            let outcome = try await bench.worker().destroy(keeping: nil) { _, _ in
                true
            } progress: { _ in
            }
            #expect(outcome.failures == [])
            bench.settle()
            let left = try await iam.provider(provider.arn)
            #expect(left.provider.clientIDs == ["api://theirs"])
            #expect(left.tags == [:])
        }
    }

    @Test func `an application by hand gets what it lacks and stays when the set-up is undone`() async throws
    {
        try await SetupHarness.with { bench in
            let graph = try bench.graph()
            let blueprint = try bench.blueprint()
            let application = blueprint.applications[0]
            let byHand = DesiredApplication(
                displayName: "by hand",
                identifierURI: application.identifierURI,
                appRoles: []
            )
            let made = try await graph.createApplication(
                displayName: byHand.displayName,
                byHand.properties(tags: ["theirs"])
            )
            bench.settle()
            _ = try await graph.createServicePrincipal(appID: made.appID, requiresAssignment: true, tags: [])
            bench.settle()
            let principal = try #require(try await graph.servicePrincipal(appID: made.appID))
            try await graph.update(servicePrincipalID: principal.id, requiresAssignment: false)
            let plan = try await bench.plan()
            #expect(try plan.object(.application).state == .different)
            #expect(
                try plan.object(.servicePrincipal).notes.map(\.id) == [
                    "assignment-not-required", "shuts-out-others",
                ]
            )
            try await bench.apply()
            #expect(try await bench.plan().isFulfilled)
            let outcome = try await bench.worker().destroy(keeping: nil) { _, _ in
                true
            } progress: { _ in
            }
            #expect(outcome.failures == [])
            bench.settle()
            let kept = try #require(try await graph.application(identifierURI: application.identifierURI))
            #expect(kept.tags == ["theirs"])
            let left = try #require(try await graph.servicePrincipal(id: principal.id))
            #expect(left.tags == [])
            #expect(try await graph.assignments(toResource: principal.id).isEmpty)
        }
    }

    @Test func `an identifier URI that the tenant refuses stands in the way before anything is written`()
        async throws
    {
        try await SetupHarness.with { bench in
            let blueprint = try bench.blueprint { $0.audience = "api://security-aws-logging" }
            let application = try await bench.plan(blueprint).object(.application)
            #expect(application.obstacle?.code == "identifier-uri-refused")
            let outcome = try await bench.worker(blueprint).apply(
                only: [application.id, .servicePrincipal("api://security-aws-logging")]
            ) { _ in }
            #expect(outcome.failures.map(\.failure.code) == ["identifier-uri-refused", "dependency-missing"])
            #expect(!bench.log.transfers.contains { $0.path.contains("/v1.0/") && $0.method != "GET" })
        }
    }
}
