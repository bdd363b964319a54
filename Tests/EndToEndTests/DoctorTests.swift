import Diagnosis
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct DoctorTests {
    /// The output of `doctor --json`.
    private struct Answer: Decodable {
        struct Check: Decodable {
            let name: String
            let state: String
            let detail: String
        }

        struct Source: Decodable {
            let source: String
            let usable: Bool
            let chosen: Bool
            let reason: String?
            let obstacle: String?
        }

        struct Identity: Decodable {
            let name: String
            let source: String
            let usable: Bool
            let reason: String?
        }

        let version: Int
        let usable: Bool
        let summary: String
        let checks: [Check]
        let sources: [Source]
        let identities: [Identity]
        let variables: [String]

        func check(_ name: String) -> Check? { checks.first { $0.name == name } }
    }

    /// Variables of a machine without network access: the proxy and the endpoint are closed ports.
    private static let noNetwork = [
        "HTTPS_PROXY": "http://ada:hush@127.0.0.1:1", "NO_PROXY": ".example",
        "AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:1",
    ]

    private func answer(_ result: ProcessResult) throws -> Answer {
        let answer = try JSONDecoder().decode(Answer.self, from: Data(result.output.utf8))
        #expect(result.status == (answer.usable ? 0 : 1))
        return answer
    }

    @Test func `doctor reports a machine without a usable source`() async throws {
        try await Harness.with { harness in
            let text = try await harness.cambist(["doctor"], Self.noNetwork)
            #expect(text.status == 1)
            #expect(text.output.contains("No token source is usable on this machine."))
            #expect(text.output.contains("IDENTITY_ENDPOINT is missing"))
            let answer = try answer(try await harness.cambist(["doctor", "--json"], Self.noNetwork))
            #expect((answer.version, answer.usable) == (1, false))
            #expect(answer.sources.count == 12)
            #expect(answer.sources.allSatisfy { !$0.usable && $0.obstacle != nil })
            #expect(answer.sources.filter(\.chosen).map(\.source) == ["imds"])
            #expect(answer.check("configuration")?.state == "missing")
            #expect(answer.check("entra")?.state == "trouble")
            #expect(answer.variables == ["AZURE_POD_IDENTITY_AUTHORITY_HOST"])
        }
    }

    @Test func `proxy and certificate authorities are shown with the variables that set them`() async throws {
        try await Harness.with { harness in
            let result = try await harness.cambist(
                ["doctor", "--json"],
                Self.noNetwork.merging(["SSL_CERT_FILE": "/nowhere/ca.pem"]) { $1 }
            )
            let answer = try answer(result)
            let proxy = try #require(answer.check("proxy")?.detail)
            #expect(proxy.hasPrefix("through 127.0.0.1:1 (environment, HTTPS_PROXY); direct: .example"))
            #expect(proxy.contains("NO_PROXY"))
            #expect(!result.output.contains("hush"))
            #expect(answer.check("authorities")?.state == "trouble")
            #expect(
                answer.check("authorities")?.detail.contains("/nowhere/ca.pem (environment, SSL_CERT_FILE)")
                    == true
            )
            #expect(answer.check("sts us-east-1")?.detail.contains("through the proxy") == true)
        }
    }

    @Test func `on a working machine, doctor names the source of each identity and why it was chosen`()
        async throws
    {
        try await LabServer.with { lab in
            let answer = try answer(try await lab.cambist("doctor", "--json"))
            #expect(answer.usable)
            let logging = try #require(answer.identities.first { $0.name == "logging" })
            #expect((logging.source, logging.usable) == ("imds", true))
            #expect(logging.reason == "source: imds in the configuration")
            for name in ["entra", "sts", "graph", "arm", "iam"] {
                let check = try #require(answer.check(name), "\(name)")
                #expect(check.state == "ok")
                #expect(check.detail.contains("±"))
            }
            #expect(try await lab.cambist("doctor").output.contains("ok logging"))
        }
    }

    @Test func `a missing file, and a secret that others can read, are reported`() async throws {
        try await LabServer.with { lab in
            let secret = try lab.harness.write("hush", to: "secret")
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: secret)
            let configuration = try lab.write(
                identity: ["source": "client-secret", "secret_file": secret],
                mapping: ["trust_policy_file": "/nowhere/trust.json"]
            )
            let result = try await lab.harness.cambist(["doctor", "--json", "--config", configuration])
            let files = try #require(try answer(result).check("files"))
            #expect(files.state == "trouble")
            #expect(files.detail.contains("not readable: /nowhere/trust.json"))
            #expect(files.detail.contains("chmod 600"))
            #expect(!result.output.contains("hush"))
        }
    }
}
