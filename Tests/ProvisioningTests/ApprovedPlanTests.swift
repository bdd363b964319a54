import AWS
import Azure
import Federation
import Foundation
import TestSupport
import Testing

@testable import Provisioning

/// Apply executes the approved plan even if the clouds change between the prompt and the apply.
@Suite(.limited) struct ApprovedPlanTests {
    /// A change by another operator while the plan is being approved.
    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let kind: SetupObject.Kind
        /// A change after everything was applied and before the plan; `nil` for empty clouds.
        var drift: (@Sendable (SetupHarness, DesiredState) async throws -> Void)?
        let change: @Sendable (SetupHarness, DesiredState) async throws -> Void
        /// Returns whether the object still has the change.
        let survives: @Sendable (SetupHarness, DesiredState) async throws -> Bool
    }

    private static let foreignTrust = """
        {"Version":"2012-10-17","Statement":[{"Sid":"Ops","Effect":"Allow",
         "Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}
        """
    private static let foreignPolicy =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#

    private static func application(
        _ harness: SetupHarness,
        _ state: DesiredState
    ) async throws -> ApplicationRecord {
        let uri = state.applications[0].identifierURI
        return try #require(try await harness.graph().application(identifierURI: uri))
    }

    private static func principal(
        _ harness: SetupHarness,
        _ state: DesiredState
    ) async throws -> ServicePrincipalRecord {
        let uri = state.applications[0].identifierURI
        return try #require(try await harness.graph().servicePrincipal(audience: uri))
    }

    private static func setMemberTypes(
        _ types: [String],
        _ harness: SetupHarness,
        _ state: DesiredState
    ) async throws {
        let found = try await application(harness, state)
        for isEnabled in [false, true] {
            var change = GraphClient.ApplicationChange()
            change.appRoles = found.appRoles
            change.appRoles?[0].memberTypes = types
            change.appRoles?[0].isEnabled = isEnabled
            try await harness.graph().update(applicationID: found.id, change)
            harness.replicate()
        }
    }

    // Each row has the drift, the change, and a check that the change survives.
    // swift-format-ignore: OnlyOneTrailingClosureArgument
    static let changes: [Change] = [
        Change(testDescription: "a missing role is created by hand", kind: .role) { harness, state in
            _ = try await harness.iam().createRole(
                NewRole(name: state.roles[0].name, trustDocument: foreignTrust)
            )
        } survives: { harness, state in
            let role = try await harness.iam().role(state.roles[0].name)
            return JSONValue(text: role.trustDocument) == JSONValue(text: foreignTrust) && role.tags.isEmpty
        },
        Change(
            testDescription: "a different trust policy is changed again",
            kind: .role,
            drift: { harness, state in
                try await harness.iam().updateTrustPolicy(of: state.roles[0].name, to: foreignTrust)
            }
        ) { harness, state in
            let text = foreignTrust.replacing("Ops", with: "Audit")
            try await harness.iam().updateTrustPolicy(of: state.roles[0].name, to: text)
        } survives: { harness, state in
            let role = try await harness.iam().role(state.roles[0].name)
            return JSONValue(text: role.trustDocument)
                == JSONValue(text: foreignTrust.replacing("Ops", with: "Audit"))
        },
        Change(
            testDescription: "the role of a different trust policy gets another session limit",
            kind: .role,
            drift: { harness, state in
                try await harness.iam().updateTrustPolicy(of: state.roles[0].name, to: foreignTrust)
            }
        ) { harness, state in
            try await harness.iam().updateRole(
                state.roles[0].name,
                description: "theirs",
                maxSession: .seconds(7200)
            )
        } survives: { harness, state in
            let role = try await harness.iam().role(state.roles[0].name)
            return role.description == "theirs"
                && JSONValue(text: role.trustDocument) == JSONValue(text: foreignTrust)
        },
        Change(testDescription: "a role planned as ok is changed", kind: .role, drift: { _, _ in }) {
            harness,
            state in
            try await harness.iam().updateTrustPolicy(of: state.roles[0].name, to: foreignTrust)
        } survives: { harness, state in
            let role = try await harness.iam().role(state.roles[0].name)
            return JSONValue(text: role.trustDocument) == JSONValue(text: foreignTrust)
        },
        Change(testDescription: "a missing provider is created for another audience", kind: .provider) {
            harness,
            state in
            _ = try await harness.iam().createProvider(
                url: state.providers[0].issuer,
                clientIDs: ["api://theirs"]
            )
        } survives: { harness, state in
            let provider = try await harness.iam().provider(state.providers[0].arn)
            return provider.provider.clientIDs == ["api://theirs"] && provider.tags.isEmpty
        },
        Change(
            testDescription: "a missing inline policy is written by hand",
            kind: .inlinePolicy,
            drift: { harness, state in
                try await harness.iam().deletePolicy("buckets", of: state.roles[0].name)
            }
        ) { harness, state in
            try await harness.iam().putPolicy("buckets", of: state.roles[0].name, foreignPolicy)
        } survives: { harness, state in
            let text = try await harness.iam().policy("buckets", of: state.roles[0].name)
            return JSONValue(text: text) == JSONValue(text: foreignPolicy)
        },
        Change(
            testDescription: "the app role of a different application is changed again",
            kind: .application,
            drift: { harness, state in
                let found = try await application(harness, state)
                var change = GraphClient.ApplicationChange()
                change.tokenVersion = 2
                try await harness.graph().update(applicationID: found.id, change)
            }
        ) { harness, state in
            try await setMemberTypes(["User"], harness, state)
        } survives: { harness, state in
            let found = try await application(harness, state)
            return found.tokenVersion == 2 && found.appRoles.first?.memberTypes == ["User"]
        },
        Change(
            testDescription: "a service principal planned as different is disabled",
            kind: .servicePrincipal,
            drift: { harness, state in
                let id = try await principal(harness, state).id
                try await harness.graph().update(servicePrincipalID: id, requiresAssignment: false)
            }
        ) { harness, state in
            let id = try await principal(harness, state).id
            try await harness.graph().update(servicePrincipalID: id, isEnabled: false)
        } survives: { harness, state in
            let found = try await principal(harness, state)
            return !found.isEnabled && !found.requiresAssignment
        },
    ]

    @Test(arguments: changes)
    func `an object that changed since the plan is reported and not overwritten`(change: Change) async throws
    {
        try await SetupHarness.with { harness in
            let state = try harness.desiredState { $0.setup.inlinePolicies = ["buckets": "buckets.json"] }
            if let drift = change.drift {
                try await harness.apply(state)
                try await drift(harness, state)
            }
            let plan = try await harness.plan(state)
            try await change.change(harness, state)
            harness.replicate()
            let progress = ProgressLog()
            let outcome = try await harness.provisioner(state).apply(plan, progress: progress.record)
            let failed = try #require(outcome.failures.first { $0.object.kind == change.kind })
            #expect(failed.failure.code == "changed-since-plan")
            #expect(failed.failure.message.contains("Setup did not write to the object."))
            #expect(!outcome.changed.contains { $0.kind == change.kind })
            #expect(!progress.writes.contains { $0.hasPrefix("\(change.kind.rawValue):") })
            harness.replicate()
            #expect(try await change.survives(harness, state))
        }
    }

    @Test func `an object that changes after the first write is not called unchanged`() async throws {
        try await SetupHarness.with { harness in
            let plan = try await harness.plan()
            let role = try harness.desiredState().roles[0].name
            let iam = try harness.iam()
            let outcome = try await harness.provisioner().apply(plan) { step in
                guard step.object.kind == .role, step.phase == .answered(isAccepted: true) else { return }
                harness.time.clock.advance(by: .seconds(60))
                _ = try? await iam.updateTrustPolicy(of: role, to: Self.foreignTrust)
                harness.time.clock.advance(by: .seconds(60))
            }
            let failed = try #require(outcome.failures.first { $0.object.kind == .role })
            #expect(failed.failure.code == "changed-since-plan")
            #expect(!failed.failure.message.contains("left unchanged"), "\(failed.failure.message)")
            #expect(failed.failure.message.contains("This run had started to change the object"))
        }
    }

    @Test func `a new plan shows the change, and its approval applies it`() async throws {
        try await SetupHarness.with { harness in
            let plan = try await harness.plan()
            let role = try harness.desiredState().roles[0].name
            _ = try await harness.iam().createRole(NewRole(name: role, trustDocument: Self.foreignTrust))
            let outcome = try await harness.provisioner().apply(plan) { _ in }
            #expect(outcome.failures.map(\.failure.code) == ["changed-since-plan"])
            #expect(outcome.changed.map(\.kind) == [.application, .servicePrincipal, .assignment, .provider])
            let renewed = try await harness.plan()
            #expect(renewed.pending.map(\.id.kind) == [.role])
            #expect(try renewed.object(.role).state == .different)
            #expect(try await harness.provisioner().apply(renewed) { _ in }.failures == [])
            #expect(try await harness.plan().isInSync)
        }
    }

    @Test func `an object that another operator brought to the desired state is not written`() async throws {
        try await SetupHarness.with { harness in
            let plan = try await harness.plan()
            try await harness.apply()
            let progress = ProgressLog()
            let outcome = try await harness.provisioner().apply(plan, progress: progress.record)
            #expect(outcome == SetupOutcome())
            #expect(progress.writes == [])
        }
    }

    @Test func `a plan of another configuration is not applied`() async throws {
        try await SetupHarness.with { harness in
            let plan = try await harness.plan()
            let other = try harness.desiredState { $0.setup.maximumSession = .seconds(7200) }
            let outcome = try await harness.provisioner(other).apply(plan) { _ in }
            #expect(outcome.failures.map(\.object.kind) == [.role])
            #expect(outcome.failures.first?.failure.code == "changed-since-plan")
            #expect(try await harness.iam().roles().isEmpty)
        }
    }

    @Test func `two plans of the same state are equal`() async throws {
        try await SetupHarness.with { harness in
            let plan = try await harness.plan()
            #expect(try await harness.plan() == plan)
            let role = try plan.object(.role)
            #expect(role.basis?.observed == nil)
            #expect(role.dependencies.map(\.kind) == [.identity, .provider])
        }
    }

    @Test func `an object that changed at the removal prompt is kept`() async throws {
        try await SetupHarness.with { harness in
            try await harness.apply()
            let role = try harness.desiredState().roles[0].name
            let iam = try harness.iam()
            let outcome = try await harness.provisioner().destroy(keeping: nil) { id, _ in
                guard id.kind == .role else { return false }
                _ = try? await iam.putPolicy("theirs", of: role, Self.foreignPolicy)
                return true
            } progress: { _ in
            }
            let kept = try #require(outcome.kept.first { $0.object.kind == .role })
            #expect(kept.reason.contains("changed while the prompt was open"))
            #expect(try await iam.policyNames(of: role) == ["theirs"])
        }
    }
}
