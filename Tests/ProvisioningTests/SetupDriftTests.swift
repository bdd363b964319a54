import AWS
import Azure
import Federation
import Foundation
import TestSupport
import Testing
import TrustPolicy

@testable import Provisioning

/// Changes to the objects by other programs: each is detected, named, and corrected.
@Suite(.limited) struct SetupDriftTests {
    /// A manual change, the object that differs, and the name of the property.
    struct Drift: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let kind: SetupObject.Kind
        let state: SetupObject.State
        let property: String
        let change: @Sendable (SetupHarness, DesiredState) async throws -> Void

        init(
            _ description: String,
            _ kind: SetupObject.Kind,
            _ property: String,
            state: SetupObject.State = .different,
            _ change: @escaping @Sendable (SetupHarness, DesiredState) async throws -> Void
        ) {
            testDescription = description
            self.kind = kind
            self.state = state
            self.property = property
            self.change = change
        }
    }

    private static let policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"

    /// A mapping with every kind of object.
    private static func desiredState(_ harness: SetupHarness) throws -> DesiredState {
        try harness.desiredState { mapping in
            mapping.setup.managedPolicies = [policy].compactMap { ARN($0) }
            mapping.setup.inlinePolicies = ["buckets": "buckets.json"]
        }
    }

    private static func principal(_ harness: SetupHarness, _ desiredState: DesiredState) async throws
        -> ServicePrincipalRecord
    {
        let uri = desiredState.applications[0].identifierURI
        return try #require(try await harness.graph().servicePrincipal(audience: uri))
    }

    private static func change(
        _ harness: SetupHarness,
        _ desiredState: DesiredState,
        _ edit: (ApplicationRecord, inout GraphClient.ApplicationChange) -> Void
    ) async throws {
        let uri = desiredState.applications[0].identifierURI
        let found = try #require(try await harness.graph().application(identifierURI: uri))
        var change = GraphClient.ApplicationChange()
        edit(found, &change)
        try await harness.graph().update(applicationID: found.id, change)
    }

    static let drifts: [Drift] = [
        Drift("tokens of version 2", .application, "api.requestedAccessTokenVersion") {
            try await change($0, $1) { $1.tokenVersion = 2 }
        },
        Drift("an app role for users only", .application, "appRoles.AssumeRoleWithWebIdentity") {
            try await change($0, $1) { found, change in
                change.appRoles = found.appRoles
                change.appRoles?[0].memberTypes = ["User"]
            }
        },
        Drift("a disabled app role", .application, "appRoles.AssumeRoleWithWebIdentity") {
            try await change($0, $1) { found, change in
                change.appRoles = found.appRoles
                change.appRoles?[0].isEnabled = false
            }
        },
        Drift("assignment not required", .servicePrincipal, "appRoleAssignmentRequired") {
            let id = try await principal($0, $1).id
            try await $0.graph().update(servicePrincipalID: id, requiresAssignment: false)
        },
        Drift("a disabled service principal", .servicePrincipal, "accountEnabled") {
            let id = try await principal($0, $1).id
            try await $0.graph().update(servicePrincipalID: id, isEnabled: false)
        },
        Drift("an assignment removed", .assignment, "principalId", state: .missing) {
            let id = try await principal($0, $1).id
            for assignment in try await $0.graph().assignments(toResource: id) {
                try await $0.graph().deleteAssignment(assignment)
            }
        },
        Drift("an audience removed", .provider, "ClientIDList") {
            let provider = $1.providers[0]
            try await $0.iam().addClientID("api://other", to: provider.arn)
            try await $0.iam().removeClientID(provider.clientIDs[0], from: provider.arn)
        },
        Drift("the provider deleted", .provider, "Url", state: .missing) {
            try await $0.iam().deleteProvider($1.providers[0].arn)
        },
        Drift("a trust policy that lost its sub", .role, "AssumeRolePolicyDocument") {
            let arn = $1.providers[0].arn
            let key = $1.providers[0].hostAndPath + ":aud"
            let text = """
                {"Version":"2012-10-17","Statement":[{"Sid":"Cambist1","Effect":"Allow",
                 "Principal":{"Federated":"\(arn)"},"Action":"sts:AssumeRoleWithWebIdentity",
                 "Condition":{"StringEquals":{"\(key)":"\($1.applications[0].identifierURI)"}}}]}
                """
            try await $0.iam().updateTrustPolicy(of: $1.roles[0].name, to: text)
        },
        Drift("a condition key without the slash", .role, "AssumeRolePolicyDocument") {
            let role = try await $0.iam().role($1.roles[0].name)
            let text = role.trustDocument.replacing("/:", with: ":")
            try await $0.iam().updateTrustPolicy(of: $1.roles[0].name, to: text)
        },
        Drift("a policy detached", .attachedPolicy, "PolicyArn", state: .missing) {
            try await $0.iam().detachPolicy(policy, from: $1.roles[0].name)
        },
        Drift("an inline policy edited", .inlinePolicy, "PolicyDocument") {
            let text =
                #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
            try await $0.iam().putPolicy("buckets", of: $1.roles[0].name, text)
        },
    ]

    @Test(arguments: drifts)
    func `a drift is detected, named with its fix, and corrected`(drift: Drift) async throws {
        try await SetupHarness.with { harness in
            let desiredState = try Self.desiredState(harness)
            try await harness.apply(desiredState)
            try await drift.change(harness, desiredState)
            let plan = try await harness.plan(desiredState)
            let object = try plan.object(drift.kind)
            #expect(object.state == drift.state)
            #expect(object.differences.contains { $0.property.hasPrefix(drift.property) })
            #expect(object.remedy(["audit", "a b"])?.contains("cambist setup apply audit 'a b'`") == true)
            try await harness.apply(desiredState)
            #expect(try await harness.plan(desiredState).isInSync)
        }
    }

    @Test func `a change of the token version says which other callers it affects`() async throws {
        try await SetupHarness.with { harness in
            let desiredState = try Self.desiredState(harness)
            try await harness.apply(desiredState)
            #expect(try await harness.plan(desiredState).object(.application).notes == [])
            try await Self.change(harness, desiredState) { $1.tokenVersion = 2 }
            let notes = try await harness.plan(desiredState).object(.application).notes
            #expect(notes.contains { $0.text.contains("so roles and services that expect version 2") })
        }
    }

    @Test func `a configured session limit is corrected, and without one a longer limit is kept`()
        async throws
    {
        try await SetupHarness.with { harness in
            try await harness.apply()
            try await harness.iam().updateRole("audit", description: nil, maxSession: .seconds(7200))
            #expect(try await harness.plan().isInSync)
            let strict = try harness.desiredState { $0.setup.maximumSession = .seconds(3600) }
            let role = try await harness.plan(strict).object(.role)
            #expect(
                role.differences == [SetupDifference("MaxSessionDuration", found: ["2h"], wanted: ["1h"])]
            )
            try await harness.apply(strict)
            #expect(try await harness.plan(strict).isInSync)
        }
    }

    @Test func `a recreated identity has other IDs, which no write can restore`() async throws {
        try await SetupHarness.with { harness in
            var configuration = harness.configuration
            configuration.identities[0].clientID = "00000000-aaaa-4bbb-8ccc-000000000000"
            let desiredState = try DesiredState(configuration.mappings, in: configuration) {
                _ throws(DesiredStateError) in "{}"
            }
            let identity = try await harness.plan(desiredState).object(.identity)
            #expect(identity.state == .different)
            #expect(identity.obstacle?.code == "identity-recreated")
        }
    }
}
