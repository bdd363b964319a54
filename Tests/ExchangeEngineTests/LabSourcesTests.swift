import Azure
import Diagnosis
import Federation
import Foundation
import Simulator
import TestSupport
import Testing
import Transport

/// Every token source against the lab, which simulates all hosts.
@Suite(.limited) struct LabSourcesTests {
    /// A running lab with the variables for its clients.
    private struct Harness {
        let transport: HTTPTransport
        let labVariables: [String: String]
        let arcKeys: String

        func labVariable(_ name: String) throws -> String {
            try #require(labVariables["CAMBIST_LAB_" + name], "\(name)")
        }

        func authority() throws -> URL {
            try #require(labVariables["AZURE_AUTHORITY_HOST"].flatMap { URL(string: $0) })
        }

        /// Returns the sources of a process whose environment has these variables.
        func sources(_ variables: [String: String], identities: [ManagedIdentity] = []) throws -> TokenSources
        {
            TokenSources(
                transport: transport,
                endpoints: Endpoints(
                    authority: try authority(),
                    imds: labVariables["AZURE_POD_IDENTITY_AUTHORITY_HOST"].flatMap { URL(string: $0) }
                ),
                environment: SourceEnvironment(variables: variables, arcKeyDirectory: arcKeys) { _ in false },
                time: SystemTime(),
                identities: identities
            )
        }

        /// Returns the identity of the first mapping.
        func identity(_ source: TokenSourceKind) throws -> ManagedIdentity {
            ManagedIdentity(
                id: "logging",
                tenantID: labVariables["AZURE_TENANT_ID"],
                clientID: try labVariable("CLIENT_ID"),
                principalID: try labVariable("PRINCIPAL_ID"),
                source: source
            )
        }

        /// Returns an application of the tenant.
        func application(_ source: TokenSourceKind, _ settings: TokenSourceSettings) throws -> ManagedIdentity
        {
            ManagedIdentity(
                id: "application",
                tenantID: labVariables["AZURE_TENANT_ID"],
                clientID: try labVariable("APP_CLIENT_ID"),
                source: source,
                settings: settings
            )
        }

        /// Returns the findings in the identity's token for the first mapping's audience.
        func findings(
            _ identity: ManagedIdentity,
            _ variables: [String: String],
            identities: [ManagedIdentity] = []
        ) async throws -> [String] {
            let request = TokenRequest(identity: identity, audience: try labVariable("AUDIENCE"))
            let sources = try sources(variables, identities: identities)
            let token = try await sources.source(for: identity).token(for: request)
            let authority = try self.authority()
            let keys = IssuerKeys(transport: transport, authority: authority, time: SystemTime())
            #expect(await keys.signature(of: token.rawValue) == .verified)
            return TokenCheck(identity: identity, audience: request.audience)
                .findings(
                    in: try Claims(decoding: token.rawValue),
                    at: token.received,
                    clockOffset: token.clockOffset
                ).map(\.failure.code)
        }
    }

    private func withLab(_ work: (Harness) async throws -> Void) async throws {
        let arcKeys = NSTemporaryDirectory() + "arc-keys-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: arcKeys, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: arcKeys) }
        let lab = try await Lab.start(LabOptions(arcKeyDirectory: arcKeys), time: SystemTime())
        let transport = try HTTPTransport(time: SystemTime(), logger: LogCapture().logger)
        let labVariables = Dictionary(lab.environment.map { ($0.name, $0.value) }) { $1 }
        do {
            try await work(Harness(transport: transport, labVariables: labVariables, arcKeys: arcKeys))
            await lab.stop()
        } catch {
            await lab.stop()
            throw error
        }
    }

    @Test func `each host with user-assigned identities returns the identity's token`() async throws {
        try await withLab { harness in
            let appService = [
                "IDENTITY_ENDPOINT": try harness.labVariable("IDENTITY_ENDPOINT"),
                "IDENTITY_HEADER": try harness.labVariable("IDENTITY_HEADER"),
            ]
            let legacy = [
                "MSI_ENDPOINT": try harness.labVariable("IDENTITY_ENDPOINT"),
                "MSI_SECRET": try harness.labVariable("IDENTITY_HEADER"),
            ]
            let machineLearning = [
                "MSI_ENDPOINT": try harness.labVariable("ML_ENDPOINT"),
                "MSI_SECRET": try harness.labVariable("ML_SECRET"),
            ]
            let fabric = [
                "IDENTITY_ENDPOINT": try harness.labVariable("FABRIC_ENDPOINT"),
                "IDENTITY_HEADER": try harness.labVariable("FABRIC_HEADER"),
                "IDENTITY_SERVER_THUMBPRINT": try harness.labVariable("FABRIC_THUMBPRINT"),
            ]
            let pod = ["AZURE_FEDERATED_TOKEN_FILE": try harness.labVariable("FEDERATED_TOKEN_FILE")]
            let hosts: [(TokenSourceKind, [String: String])] = [
                (.imds, [:]), (.appService, appService), (.appService, legacy), (.azureML, machineLearning),
                (.serviceFabric, fabric), (.workloadIdentity, pod),
            ]
            for (kind, variables) in hosts {
                #expect(try await harness.findings(harness.identity(kind), variables).isEmpty, "\(kind)")
            }
        }
    }

    @Test func `the Arc agent's key file authorizes the machine's own identity`() async throws {
        try await withLab { harness in
            let identity = ManagedIdentity(id: "machine", isSystemAssigned: true, source: .azureArc)
            let variables = ["IDENTITY_ENDPOINT": try harness.labVariable("ARC_ENDPOINT")]
            #expect(try await harness.findings(identity, variables).isEmpty)
        }
    }

    @Test func `Cloud Shell has no consent for the tenant's applications`() async throws {
        try await withLab { harness in
            let variables = ["MSI_ENDPOINT": try harness.labVariable("CLOUD_SHELL_ENDPOINT")]
            let error = await #expect(throws: TokenSourceError.self) {
                try await harness.findings(harness.identity(.cloudShell), variables)
            }
            #expect(error?.code == "AADSTS65001")
        }
    }

    @Test func `a managed identity's token authenticates an application`() async throws {
        try await withLab { harness in
            let host = try harness.identity(.imds)
            let application = try harness.application(
                .workloadIdentity,
                TokenSourceSettings(federatedIdentity: host.id)
            )
            #expect(try await harness.findings(application, [:], identities: [host]).isEmpty)
            let error = await #expect(throws: TokenSourceError.self) {
                let other = ManagedIdentity(id: host.id, clientID: "nobody", source: .imds)
                _ = try await harness.findings(application, [:], identities: [other])
            }
            #expect(error?.source == .imds)
        }
    }

    @Test func `a secret and a certificate authenticate an application`() async throws {
        try await withLab { harness in
            let secret = TokenSourceSettings(secretVariable: "SECRET")
            let variables = ["SECRET": try harness.labVariable("APP_SECRET")]
            #expect(try await harness.findings(harness.application(.clientSecret, secret), variables).isEmpty)
            let certificate = TokenSourceSettings(certificateFile: try harness.labVariable("APP_CERTIFICATE"))
            #expect(
                try await harness.findings(harness.application(.clientCertificate, certificate), [:]).isEmpty
            )
        }
    }

    @Test func `a wrong secret is refused with Entra's error code`() async throws {
        try await withLab { harness in
            let identity = try harness.application(
                .clientSecret,
                TokenSourceSettings(secretVariable: "SECRET")
            )
            let error = await #expect(throws: TokenSourceError.self) {
                try await harness.findings(identity, ["SECRET": "wrong"])
            }
            #expect(error?.code == "AADSTS7000215")
            #expect(error?.failure.requestID != nil)
        }
    }
}
