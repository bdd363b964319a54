import AWS
import Azure
import Foundation
import TestSupport
import Testing
import TrustPolicy

@testable import Federation
@testable import Provisioning

/// Objects that were created by hand and are incomplete or wrong.
@Suite(.limited) struct SetupHandmadeTests {
    private static let foreignTrust = """
        {"Version":"2012-10-17","Statement":[{"Sid":"Ops","Effect":"Allow",
         "Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}
        """

    @Test func `a foreign role keeps its statements, and destroy removes only the added one`()
        async throws
    {
        try await SetupHarness.with { harness in
            let iam = try harness.iam()
            _ = try await iam.createRole(NewRole(name: "audit", trustDocument: Self.foreignTrust))
            let desiredState = try harness.desiredState {
                $0.setup.managedPolicies = [ARN("arn:aws:iam::aws:policy/ReadOnlyAccess")].compactMap(\.self)
            }
            try await harness.apply(desiredState)
            let merged = try await TrustDocument(parsing: iam.role("audit").trustDocument)
            #expect(merged.hasForeignStatements)
            #expect(merged.ownSubjects == ["1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"])
            #expect(try await harness.plan(desiredState).object(.role).isManaged == false)
            let outcome = try await harness.provisioner(desiredState).destroy(keeping: nil) { _, _ in
                true
            } progress: {
                _ in
            }
            #expect(outcome.failures == [])
            harness.replicate()
            let left = try await iam.role("audit")
            #expect(try TrustDocument(parsing: left.trustDocument).json == JSONValue(text: Self.foreignTrust))
            #expect(left.tags == [:])
            #expect(try await iam.attachedPolicies(of: "audit").isEmpty)
            #expect(try await iam.providers().isEmpty)
        }
    }

    @Test(arguments: [("cambist-audit", nil), ("workspace", "condition-unmet")] as [(String, String?)])
    func `a session name condition is evaluated with the mapping's session name`(
        required: String,
        code: String?
    )
        async throws
    {
        try await SetupHarness.with { harness in
            let iam = try harness.iam()
            let desiredState = try harness.desiredState { $0.sessionName = "cambist-audit" }
            let grant = try #require(desiredState.roles.first?.grants()?.first)
            let issuer = try #require(desiredState.providers.first).issuer
            _ = try await iam.createProvider(url: issuer, clientIDs: [grant.audience])
            let trust = """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":
                 "\(grant.providerARN)"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{
                 "\(grant.provider):aud":"\(grant.audience)","\(grant.provider):sub":"\(grant.subjects[0])",
                 "sts:RoleSessionName":"\(required)"}}}]}
                """
            _ = try await iam.createRole(NewRole(name: "audit", trustDocument: trust))
            let role = try await harness.plan(desiredState).object(.role)
            #expect(role.state == (code == nil ? .ok : .different))
            #expect(role.obstacle?.code == code)
            #expect(!role.notes.contains { $0.id == "conditional-entry" })
            if code != nil {
                #expect(role.obstacle?.fix.contains("Set session_name of `audit` to workspace") == true)
                #expect(role.differences.isEmpty, "no statement bypasses the condition")
            }
        }
    }

    /// Plans the setup of a role that trusts the identity until a time; returns the role.
    private func role(trustedUntil end: String, in harness: SetupHarness) async throws -> SetupObject {
        let iam = try harness.iam()
        let desiredState = try harness.desiredState()
        let grant = try #require(desiredState.roles.first?.grants()?.first)
        let issuer = try #require(desiredState.providers.first).issuer
        _ = try await iam.createProvider(url: issuer, clientIDs: [grant.audience])
        let trust = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":
             "\(grant.providerARN)"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{
             "\(grant.provider):aud":"\(grant.audience)","\(grant.provider):sub":"\(grant.subjects[0])"},
             "DateLessThan":{"aws:CurrentTime":"\(end)"}}}]}
            """
        _ = try await iam.createRole(NewRole(name: "audit", trustDocument: trust))
        return try await harness.plan(desiredState).object(.role)
    }

    @Test(
        arguments: [
            ("2027-01-01T00:00:00Z", nil), ("2026-01-01T00:00:00Z", "condition-unmet"),
        ] as [(String, String?)]
    )
    func `a condition on the time is evaluated at the time of the plan`(end: String, code: String?)
        async throws
    {
        try await SetupHarness.with { harness in
            let planned = try await role(trustedUntil: end, in: harness)
            #expect(planned.state == (code == nil ? .ok : .different))
            #expect(planned.obstacle?.code == code)
            #expect(!planned.notes.contains { $0.id == "conditional-entry" })
            #expect(planned.differences.isEmpty, "no statement bypasses the condition")
        }
    }

    // This host's clock shows September 21, 2026.
    @Test(
        arguments: [
            ("30d", "2026-10-01T00:00:00Z", "condition-unmet"), ("-30d", "2026-09-01T00:00:00Z", nil),
        ] as [(String, String, String?)]
    )
    func `a condition on the time is evaluated by AWS's clock`(offset: String, end: String, code: String?)
        async throws
    {
        try await SetupHarness.withScenario("clocks: {aws: \(offset)}") { scenario in
            try await SetupHarness.with(scenario) { harness in
                let planned = try await role(trustedUntil: end, in: harness)
                #expect(planned.obstacle?.code == code)
                #expect(planned.differences.isEmpty)
            }
        }
    }

    @Test func `a mapping must use the session name that another identity's statement requires`() async throws
    {
        try await SetupHarness.with { harness in
            let iam = try harness.iam()
            let desiredState = try harness.desiredState { $0.sessionName = "cambist-audit" }
            let grant = try #require(desiredState.roles.first?.grants()?.first)
            let issuer = try #require(desiredState.providers.first).issuer
            _ = try await iam.createProvider(url: issuer, clientIDs: [grant.audience])
            let trust = """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":
                 "\(grant.providerARN)"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{
                 "\(grant.provider):aud":"\(grant.audience)","\(grant.provider):sub":
                 "9b1f2c3d-4e5f-4a6b-8c7d-0123456789ab","sts:RoleSessionName":"workspace"}}}]}
                """
            _ = try await iam.createRole(NewRole(name: "audit", trustDocument: trust))
            let role = try await harness.plan(desiredState).object(.role)
            #expect(role.obstacle?.code == "condition-unmet" && role.differences.isEmpty)
            let reason = "StringEquals sts:RoleSessionName workspace (found cambist-audit)"
            let message = try #require(role.obstacle?.message)
            #expect(message.hasSuffix("the call of `audit` does not meet the condition: \(reason)."))
            #expect(role.obstacle?.fix.contains("Set session_name of `audit` to workspace") == true)
            let corrected = try harness.desiredState { $0.sessionName = "workspace" }
            try await harness.apply(corrected)
            #expect(try await harness.plan(corrected).isInSync)
            let conditions = try TrustPolicy(parsing: try await iam.role("audit").trustDocument).statements
                .map { $0.conditions.map(\.key).filter { $0 == "sts:RoleSessionName" }.count }
            #expect(conditions == [1, 1])
        }
    }

    @Test func `a provider without the slash is reported, and the correct one is created`() async throws {
        try await SetupHarness.with { harness in
            let iam = try harness.iam()
            let desiredState = try harness.desiredState()
            let issuer = String(desiredState.providers[0].issuer.dropLast())
            _ = try await iam.createProvider(url: issuer, clientIDs: ["x"])
            let provider = try await harness.plan().object(.provider)
            #expect(provider.state == .missing)
            #expect(provider.notes.map(\.id) == ["provider-without-slash"])
            try await harness.apply()
            #expect(try await iam.providers().count == 2)
        }
    }

    @Test func `the audience is added to a foreign provider, and destroy removes only the audience`()
        async throws
    {
        try await SetupHarness.with { harness in
            let iam = try harness.iam()
            let provider = try harness.desiredState().providers[0]
            _ = try await iam.createProvider(url: provider.issuer, clientIDs: ["api://theirs"])
            try await harness.apply()
            #expect(try await iam.provider(provider.arn).provider.clientIDs?.count == 2)
            let outcome = try await harness.provisioner().destroy(keeping: nil) { _, _ in
                true
            } progress: { _ in
            }
            #expect(outcome.failures == [])
            harness.replicate()
            let left = try await iam.provider(provider.arn)
            #expect(left.provider.clientIDs == ["api://theirs"])
            #expect(left.tags == [:])
        }
    }

    @Test(arguments: [["logging"], ["logging", "admin"]])
    func `missing properties are added to a foreign application, and destroy keeps it`(identities: [String])
        async throws
    {
        try await SetupHarness.with { harness in
            let graph = try harness.graph()
            let audit = harness.configuration.mappings[0]
            let mappings = identities.map {
                RoleMapping(
                    id: $0,
                    identity: $0,
                    audience: audit.audience,
                    roleARN: audit.roleARN,
                    region: audit.region,
                    sessionName: "x"
                )
            }
            let desiredState = try DesiredState(mappings, in: harness.configuration) {
                _ throws(DesiredStateError) in "{}"
            }
            let application = desiredState.applications[0]
            let byHand = DesiredApplication(
                displayName: "by hand",
                identifierURI: application.identifierURI,
                appRoles: []
            )
            let made = try await graph.createApplication(
                displayName: byHand.displayName,
                byHand.properties(tags: ["theirs"])
            )
            harness.replicate()
            _ = try await graph.createServicePrincipal(appID: made.appID, requiresAssignment: true, tags: [])
            harness.replicate()
            let principal = try #require(try await graph.servicePrincipal(appID: made.appID))
            try await graph.update(servicePrincipalID: principal.id, requiresAssignment: false)
            let plan = try await harness.plan(desiredState)
            #expect(try plan.object(.application).state == .different)
            #expect(
                try plan.object(.servicePrincipal).notes.map(\.id) == [
                    "assignment-not-required", "shuts-out-others",
                ]
            )
            try await harness.apply(desiredState)
            #expect(try await harness.plan(desiredState).isInSync)
            let outcome = try await harness.provisioner(desiredState).destroy(keeping: nil) { _, _ in
                true
            } progress: { _ in
            }
            #expect(outcome.failures == [])
            harness.replicate()
            let kept = try #require(try await graph.application(identifierURI: application.identifierURI))
            #expect(kept.tags == ["theirs"])
            let left = try #require(try await graph.servicePrincipal(id: principal.id))
            #expect(left.tags == [])
            #expect(try await graph.assignments(toResource: principal.id).isEmpty)
        }
    }

    @Test func `the audience of a Microsoft application is refused, and nothing is changed or exported`()
        async throws
    {
        try await SetupHarness.with { harness in
            let desiredState = try harness.desiredState { $0.audience = "https://graph.microsoft.com" }
            let provisioner = try harness.provisioner(desiredState)
            let plan = await provisioner.plan()
            let application = try plan.object(.application)
            let provider = try plan.object(.provider)
            let role = try plan.object(.role)
            for object in [application, provider, role] {
                #expect(object.obstacle?.code == "audience-microsoft")
                #expect(object.differences == [])
            }
            let outcome = await provisioner.apply(plan, only: [provider.id, role.id]) { _ in }
            #expect(outcome.failures.map(\.failure.code) == ["audience-microsoft", "dependency-missing"])
            let iam = try harness.iam()
            #expect(try await iam.providers().isEmpty)
            for format in SetupExport.allCases {
                #expect(throws: SetupExportError.self) {
                    try format.text(of: desiredState, region: "eu-west-1")
                }
            }
        }
    }

    @Test func `a refused identifier URI blocks the writes of the application and its dependents`()
        async throws
    {
        try await SetupHarness.with { harness in
            let desiredState = try harness.desiredState { $0.audience = "api://security-aws-logging" }
            let application = try await harness.plan(desiredState).object(.application)
            #expect(application.obstacle?.code == "identifier-uri-refused")
            let provisioner = try harness.provisioner(desiredState)
            let outcome = await provisioner.apply(
                await provisioner.plan(),
                only: [application.id, .servicePrincipal("api://security-aws-logging")]
            ) { _ in }
            #expect(outcome.failures.map(\.failure.code) == ["identifier-uri-refused", "dependency-missing"])
            #expect(!harness.log.transfers.contains { $0.path.contains("/v1.0/") && $0.method != "GET" })
        }
    }
}
