import Federation
import Foundation
import LabInterface
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Simulator

/// The start and end of a lab, and its environment variables.
@Suite(.limited) struct LabStartTests {
    @Test func `the environment has all variables for clients`() async throws {
        try await LabClient.with { client in
            let names = client.lab.environment.map(\.name)
            let wanted = [
                "AZURE_POD_IDENTITY_AUTHORITY_HOST", "AZURE_AUTHORITY_HOST", "AZURE_TENANT_ID",
                "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_IAM", "AWS_REGION", "AWS_DEFAULT_REGION",
                "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "CAMBIST_LAB_CLIENT_ID",
                "CAMBIST_LAB_PRINCIPAL_ID", "CAMBIST_LAB_AUDIENCE", "CAMBIST_LAB_ROLE_ARN",
                "CAMBIST_LAB_ISSUER",
                "CAMBIST_LAB_JWKS_URL", "CAMBIST_LAB_GRAPH_URL", "CAMBIST_LAB_ARM_URL",
                "CAMBIST_LAB_IDENTITY_ENDPOINT", "CAMBIST_LAB_IDENTITY_HEADER", "CAMBIST_LAB_APP_CLIENT_ID",
                "CAMBIST_LAB_APP_SECRET", "CAMBIST_LAB_APP_CERTIFICATE", "CAMBIST_LAB_FEDERATED_TOKEN_FILE",
                "CAMBIST_LAB_MAPPING",
            ]
            #expect(Set(names).isSuperset(of: wanted))
            #expect(Set(names).count == names.count)
            #expect(!names.contains("SSL_CERT_FILE"))
            let text = client.lab.environmentText
            #expect(text.contains("CAMBIST_LAB_MAPPING=audit\n"))
            #expect(text.split(separator: "\n").count == names.count)
        }
    }

    /// The published recipe's identity, service principal, and app role belong to the first mapping.
    ///
    /// The mapping of `empty` has another audience, because it is not set up yet.
    @Test(arguments: BuiltInScenario.names.filter { $0 != "empty" })
    func `the first mapping of a scenario is the recipe's, and an application is assigned as well`(
        _ name: String
    ) throws {
        let scenario = try Scenario.load(name)
        let plan = LabPlan(scenario, seed: Seed(value: scenario.seed), speed: Speed(factor: 1))
        let first = try #require(plan.mappings.first)
        #expect(first.audience == "api://security-aws-logging")
        #expect(first.identity.principalID == "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74")
        let application = try #require(plan.applications.first { $0.name == first.scenario.application })
        #expect(application.servicePrincipalID == "ee1823f6-34f4-4b8a-8fd1-925e404d170a")
        #expect(application.roleID == "27dc233a-b082-415f-9369-e3b9aff01678")
        let clients = plan.identities.filter(\.scenario.source.isApplication).map(\.name)
        #expect(clients.first.map(application.scenario.assigned.contains) == true)
    }

    @Test func `with TLS, every address is https, and the certificate authority is exported`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        try await LabClient.with(LabOptions(tlsDirectory: directory.path())) { client in
            let authority = directory.appending(path: "ca.pem").path()
            for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"] {
                #expect(try client.variable(name) == authority)
            }
            #expect(try client.variable("AZURE_AUTHORITY_HOST").hasPrefix("https://127.0.0.1:"))
            #expect(client.lab.configurationText.contains("ca_file: \(authority)"))
            let document = try await client.send(
                .get,
                "/login/\(client.variable("AZURE_TENANT_ID"))/v2.0/.well-known/openid-configuration"
            )
            #expect(document.json["token_endpoint"]?.string?.hasPrefix(client.lab.url.absoluteString) == true)
            let key = directory.appending(path: "key.pem").path()
            let mode = try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func `a port in use is an error`() async throws {
        try await LabClient.with { client in
            let port = try #require(client.lab.url.port)
            await #expect(throws: LabError.portInUse(port)) {
                _ = try await Lab.start(LabOptions(port: port), time: client.time)
            }
        }
    }

    @Test func `an unwritable directory is an error`() async throws {
        let error = await #expect(throws: LabError.self) {
            _ = try await Lab.start(LabOptions(tlsDirectory: "/dev/null/tls"), time: ManualTime())
        }
        guard case .cannotWrite(let path, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(path == "/dev/null/tls")
    }

    @Test func `a stopped lab leaves neither an open port nor files`() async throws {
        let time = ManualTime()
        let lab = try await Lab.start(LabOptions(), time: time)
        let file = try #require(
            lab.environment.first { $0.name == "CAMBIST_LAB_FEDERATED_TOKEN_FILE" }?.value
        )
        #expect(FileManager.default.fileExists(atPath: file))
        await lab.stop()
        #expect(!FileManager.default.fileExists(atPath: file))
        let again = try await Lab.start(LabOptions(port: try #require(lab.url.port)), time: time)
        await again.stop()
    }

    @Test func `a lab stops despite an open client connection`() async throws {
        try await LabClient.with { client in
            let answer = try await client.send(.get, "/nowhere")
            #expect(answer.status == 404)
            await client.lab.stop()
        }
    }

    @Test func `IDs and tokens depend only on the seed`() async throws {
        func generatedValues(_ seed: UInt64) async throws -> [String] {
            var generatedValues: [String] = []
            try await LabClient.with(LabOptions(seed: seed)) { client in
                let claims = try await client.claims(
                    "resource=api%3A%2F%2Fsecurity-aws-logging&client_id=\(client.variable("CAMBIST_LAB_CLIENT_ID"))"
                )
                generatedValues = try [
                    client.variable("CAMBIST_LAB_CLIENT_ID"), client.variable("AWS_SECRET_ACCESS_KEY"),
                    #require(claims.uniqueTokenID),
                ]
            }
            return generatedValues
        }
        let first = try await generatedValues(1)
        #expect(try await generatedValues(1) == first)
        let other = try await generatedValues(2)
        #expect(zip(first, other).allSatisfy { $0 != $1 })
    }

    @Test func `every request is reported without its query`() async throws {
        let seen = Mutex<[ServedRequest]>([])
        let options = LabOptions(observe: { request in seen.withLock { $0.append(request) } })
        try await LabClient.with(options) { client in
            _ = try await client.metadata("resource=secret")
            _ = try await client.send(.get, "/nowhere")
        }
        #expect(
            seen.withLock { $0.map(\.description) } == [
                "GET /metadata/identity/oauth2/token 400 0 ms", "GET /nowhere 404 0 ms",
            ]
        )
    }
}
