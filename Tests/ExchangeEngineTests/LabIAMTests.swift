import AWS
import Federation
import Foundation
import Simulator
import TestSupport
import Testing
import Transport
import TrustPolicy

/// The IAM client against the lab, which checks signatures and every parameter.
@Suite(.limited) struct LabIAMTests {
    private let clock = ManualTime()
    private var time: SteppingTime { SteppingTime(clock: clock) }

    private func withIAM(_ work: (IAMClient, _ account: String) async throws -> Void) async throws {
        let lab = try await Lab.start(LabOptions(scenario: "empty"), time: clock)
        let transport = try HTTPTransport(time: time, logger: LogCapture().logger)
        do {
            let labVariables = Dictionary(lab.environment.map { ($0.name, $0.value) }) { $1 }
            let found = try ResolvedCredentials.find(variables: labVariables, profiles: AWSProfiles())
            guard case .keys(let keys) = found.origin else { throw CredentialError.none }
            let sts = try AWSEndpoint.sts(
                region: "eu-west-1",
                override: URL(string: try #require(labVariables["AWS_ENDPOINT_URL_STS"]))
            )
            let caller = try await STSClient(transport: transport, endpoint: sts, time: time)
                .callerIdentity(keys)
            let endpoint = try AWSEndpoint.iam(
                partition: .aws,
                override: URL(string: try #require(labVariables["AWS_ENDPOINT_URL_IAM"]))
            )
            let client = IAMClient(
                transport: transport,
                endpoint: endpoint,
                credentials: keys,
                time: time
            )
            try await work(client, caller.value.account)
            await transport.shutDown()
            await lab.stop()
        } catch {
            await transport.shutDown()
            await lab.stop()
            throw error
        }
    }

    /// Repeats a read until `holds` returns true; the lab replicates changes with IAM's delays.
    private func replicated<Value>(
        _ read: () async throws -> Value,
        _ holds: (Value) -> Bool
    ) async throws -> Value {
        for _ in 0..<200 {
            if let value = try? await read(), holds(value) { return value }
            try await time.sleep(for: .milliseconds(500))
        }
        return try await read()
    }

    @Test func `a provider is created, changed, and deleted`() async throws {
        try await withIAM { iam, account in
            let issuer = "https://issuer.example/t/"
            let arn = try await iam.createProvider(url: issuer, clientIDs: ["api://a"], tags: ["by": "us"])
            #expect(arn == "arn:aws:iam::\(account):oidc-provider/issuer.example/t/")
            try await iam.addClientID("api://b", to: arn)
            try await iam.removeClientID("api://a", from: arn)
            try await iam.updateThumbprints([String(repeating: "0", count: 40)], of: arn)
            try await iam.tagProvider(arn, ["for": "two words"])
            try await iam.untagProvider(arn, ["by"])
            let record = try await replicated({ try await iam.provider(arn) }) {
                $0.tags == ["for": "two words"]
            }
            #expect(record.provider.clientIDs == ["api://b"] && record.tags == ["for": "two words"])
            #expect(record.provider.thumbprints == [String(repeating: "0", count: 40)])
            #expect(try await iam.providers().contains(arn))
            #expect(try await iam.providerTags(arn) == ["for": "two words"])
            let again = await #expect(throws: CloudError.self) {
                try await iam.createProvider(url: issuer, clientIDs: [])
            }
            #expect(again?.isExistingEntity == true)
            try await iam.deleteProvider(arn)
            let gone = await #expect(throws: CloudError.self) { try await iam.deleteProvider(arn) }
            #expect(gone?.isMissingEntity == true && gone?.failure.requestID != nil)
        }
    }

    @Test func `a role is created, changed, and deleted`() async throws {
        try await withIAM { iam, account in
            let trust = #"""
                {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
                "Principal": {"Federated": "arn:aws:iam::ACCOUNT:oidc-provider/issuer.example/t/"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {"issuer.example/t/:aud": "a + b & c"}}}]}
                """#
                .replacing("ACCOUNT", with: account)
            let made = try await iam.createRole(
                NewRole(
                    name: "probe",
                    path: "/team/",
                    trustDocument: trust,
                    description: "d e",
                    tags: ["k": "v"]
                )
            )
            #expect(made.arn == RoleARN("arn:aws:iam::\(account):role/team/probe"))
            try await iam.updateRole("probe", description: "changed", maxSession: .seconds(7200))
            try await iam.tagRole("probe", ["x": "y"])
            try await iam.untagRole("probe", ["k"])
            let role = try await replicated({ try await iam.role("probe") }) { $0.tags == ["x": "y"] }
            #expect(role.trustDocument == trust && role.maxSession == .seconds(7200))
            #expect(role.description == "changed")
            #expect(try await iam.roleTags("probe") == ["x": "y"])
            #expect(try await iam.roles(below: "/team/").map(\.arn) == [role.arn])
            try await iam.updateTrustPolicy(of: "probe", to: trust.replacing("a + b", with: "z"))
            let changed = try await replicated({ try await iam.role("probe") }) {
                $0.trustDocument.contains("z & c")
            }
            #expect(changed.trustDocument == trust.replacing("a + b", with: "z"))
            let malformed = await #expect(throws: CloudError.self) {
                try await iam.updateTrustPolicy(of: "probe", to: "{")
            }
            #expect(malformed?.failure.code == "MalformedPolicyDocument")
            try await iam.deleteRole("probe")
        }
    }

    @Test func `a role's policies are attached, written, listed, detached, and deleted`() async throws {
        try await withIAM { iam, account in
            let trust = #"""
                {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "ACCOUNT"},
                "Action": "sts:AssumeRole"}}
                """#
                .replacing("ACCOUNT", with: account)
            _ = try await iam.createRole(NewRole(name: "probe", trustDocument: trust))
            let managed = "arn:aws:iam::aws:policy/ReadOnlyAccess"
            #expect(try await iam.managedPolicy(managed).isAttachable)
            try await iam.attachPolicy(managed, to: "probe")
            let document =
                #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#
            let names = (0..<105).map { "inline-\(1000 + $0)" }
            for name in names { try await iam.putPolicy(name, of: "probe", document) }
            let listed = try await replicated({ try await iam.policyNames(of: "probe") }) {
                $0.count == names.count
            }
            #expect(listed == names)
            #expect(try await iam.policy(names[0], of: "probe") == document)
            #expect(try await iam.attachedPolicies(of: "probe").map(\.arn) == [managed])
            let conflict = await #expect(throws: CloudError.self) { try await iam.deleteRole("probe") }
            #expect(conflict?.failure.code == "DeleteConflict")
            try await iam.detachPolicy(managed, from: "probe")
            for name in names { try await iam.deletePolicy(name, of: "probe") }
            try await iam.deleteRole("probe")
        }
    }
}
