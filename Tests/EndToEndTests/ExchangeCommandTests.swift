import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct ExchangeCommandTests {
    @Test func `the output of test --all has the documented members`() async throws {
        try await LabServer.with { lab in
            let result = try await lab.cambist("test", "--all", "--json")
            #expect(result.status == 1)
            let report = try JSONDecoder().decode(TestReport.self, from: Data(result.output.utf8))
            #expect(report.version == 1)
            let outcomes = Dictionary(uniqueKeysWithValues: report.mappings.map { ($0.name, $0.outcome) })
            #expect(outcomes.filter { $0.value == "failed" }.keys.sorted() == ["payroll"])
            for mapping in report.mappings {
                let assume = mapping.name == "archive" ? ["assume"] : []
                #expect(
                    mapping.steps.map(\.step)
                        == ["token", "claims", "trust", "exchange"] + assume + ["caller", "probe"]
                )
                #expect((mapping.credentialExpiry != nil) == (mapping.outcome == "ok"))
            }
            let refused = try #require(
                report.mappings.first { $0.name == "payroll" }?.steps.first { $0.step == "exchange" }
            )
            #expect(refused.code == "AccessDenied")
            #expect(
                refused.message?.contains("Not authorized to perform sts:AssumeRoleWithWebIdentity") == true
            )
            #expect(refused.requestId?.isEmpty == false)
            #expect(result.isOneLine)
            #expect(result.errorOutput.contains("payroll"))
        }
    }

    @Test
    func
        `test predicts the response from the trust policy in IAM, otherwise from a file, whose age it shows`()
        async throws
    {
        try await LabServer.with { lab in
            let keys = lab.variables.filter { $0.key.hasPrefix("AWS_") }
            let arguments = ["test", "payroll", "audit", "--json", "--config", lab.configuration]
            for (variables, outcome) in [([:], "skipped"), (keys, "ok")] {
                let result = try await lab.harness.cambist(arguments, variables)
                let report = try JSONDecoder().decode(TestReport.self, from: Data(result.output.utf8))
                func trust(_ name: String) -> TestReport.Step? {
                    report.mappings.first { $0.name == name }?.steps.first { $0.step == "trust" }
                }
                #expect(trust("audit")?.outcome == outcome)
                // The keys belong to the account of audit.
                #expect(trust("payroll")?.outcome == "warn")
                #expect(trust("payroll")?.message?.contains("payroll.trust.json, last changed at 20") == true)
            }
        }
    }

    /// The members of `test` and `explain` that state the cause.
    private struct Causes: Decodable {
        struct Cause: Decodable { let id: String }
        struct Source: Decodable { let readAt: String? }
        struct Mapping: Decodable {
            let name: String
            let outcome: String
            let cause: Cause?
            let sources: [Source]?
        }
        let mappings: [Mapping]?
        let unreadPolicies: Int?
        let causes: [Cause]?
    }

    /// Mappings of the gallery that fail at once and in each part of an exchange; they are more than 16.
    private static let failing = [
        "not-assigned", "resource-slash", "audience-is-guid", "token-version-2", "token-key-unpublished",
        "provider-missing", "provider-audience", "role-missing", "trust-key-without-slash", "trust-audience",
        "trust-subject-other", "trust-explicit-deny", "denied-by-organization", "duration-too-long",
        "session-policy-malformed", "chain-not-permitted", "chain-untrusted", "chain-hub-fails",
    ]

    @Test func `test names the cause that explain finds, and its sources with their times`() async throws {
        try await LabServer.with(["--scenario", "gallery"]) { lab in
            let keys = lab.variables.filter { $0.key.hasPrefix("AWS_") }
            func answer(_ arguments: [String]) async throws -> Causes {
                let all = arguments + ["--json", "--config", lab.configuration]
                let result = try await lab.harness.cambist(all, keys)
                return try JSONDecoder().decode(Causes.self, from: Data(result.output.utf8))
            }
            let tested = try await answer(["test"] + Self.failing)
            #expect(tested.unreadPolicies == 0, "all fail, so every policy was read")
            #expect(tested.mappings?.map(\.name) == Self.failing)
            for mapping in tested.mappings ?? [] {
                let explained = try await answer(["explain", mapping.name])
                #expect(mapping.cause != nil)
                // This cause only refers to the causes of the hub.
                let cause = explained.causes?.first { $0.id != "hub-failed" }
                #expect(mapping.cause?.id == cause?.id, "\(mapping.name)")
                #expect(mapping.sources?.allSatisfy { $0.readAt != nil } == true, "\(mapping.name)")
            }
        }
    }

    @Test func `test reports a policy file that STS contradicts as out of date`() async throws {
        try await LabServer.with { lab in
            let policy = try lab.writeDenyingPolicy()
            let file = try lab.write(mapping: ["trust_policy_file": policy])
            let result = try await lab.harness.cambist(["test", "audit", "--config", file])
            #expect(result.status == 0, "\(result.errorOutput)")
            #expect(
                result.output.contains(
                    "cause: STS accepted the token, so the trust policy that was read is out of date."
                )
            )
            #expect(result.output.contains("The trust policy was read from \(policy), last changed at 20"))
        }
    }

    @Test func `a misbehaving source does not affect other mappings`() async throws {
        try await LabServer.with { lab in
            let text = try String(contentsOfFile: lab.configuration, encoding: .utf8)
                .replacing("\nidentities:\n", with: Self.failingIdentities)
                .replacing(
                    "\nmappings:\n",
                    with: "\nmappings:\n" + ["flood", "mute", "page"].map(mapping).joined()
                )
            let file = try lab.harness.write(text, to: "trouble.yaml")
            let result = try await lab.harness.cambist(["test", "--all", "--json", "--config", file])
            let report = try JSONDecoder().decode(TestReport.self, from: Data(result.output.utf8))
            let failed = report.mappings.filter { $0.outcome == "failed" }
            #expect(failed.map(\.name).sorted() == ["flood", "mute", "page", "payroll"])
            let codes = failed.map { $0.steps.first { $0.outcome == "failed" }?.code ?? "" }
            #expect(
                codes.sorted() == [
                    "AccessDenied", "timed-out", "token-format", "token-format",
                ]
            )
            #expect(report.mappings.contains { $0.name == "audit" && $0.outcome == "ok" })

            func mapping(_ name: String) -> String {
                "  \(name): {identity: \(name), audience: api://x, role_arn: \(lab.labVariable("ROLE_ARN")), region: eu-west-1}\n"
            }
        }
    }

    /// Identities whose source writes without end, never writes, and writes HTML.
    private static let failingIdentities = """

        identities:
          flood: {source: command, command: [cat, /dev/zero], principal_id: 0b8a1f2e-93a4-4d6b-8f21-5c3de0a7b944}
          mute: {source: command, command: [sleep, "600"], timeout: 1s, principal_id: 0b8a1f2e-93a4-4d6b-8f21-5c3de0a7b945}
          page: {source: command, command: [echo, "<html>"], principal_id: 0b8a1f2e-93a4-4d6b-8f21-5c3de0a7b946}

        """

    @Test func `a working mapping has exit status 0 and no output on stderr`() async throws {
        try await LabServer.with { lab in
            let result = try await lab.cambist("test", lab.labVariable("MAPPING"))
            #expect(result.status == 0)
            #expect(result.errorOutput.isEmpty)
            #expect(result.output.contains("live"))
            #expect(try await lab.cambist("config", "check").status == 0)
        }
    }

    @Test func `exchange prints credentials as JSON`() async throws {
        try await LabServer.with { lab in
            let result = try await lab.cambist("exchange", "audit", "--format", "json", "--duration", "15m")
            #expect(result.status == 0)
            #expect(result.errorOutput.isEmpty)
            let answer = try JSONDecoder().decode([String: Value].self, from: Data(result.output.utf8))
            #expect(answer["version"] == .number(1))
            #expect(answer["mapping"] == .text("audit"))
            #expect(answer["roleArn"] == .text(lab.labVariable("ROLE_ARN")))
            #expect(answer["region"] == .text("eu-west-1"))
            for name in ["accessKeyId", "secretAccessKey", "sessionToken", "expiration", "assumedRoleArn"] {
                #expect(answer[name] != nil, "\(name)")
            }
        }
    }

    @Test func `a token in the history counts as seen before in every process`() async throws {
        try await LabServer.with { lab in
            func isKnown() async throws -> Bool {
                let result = try await lab.cambist("claims", "audit", "--json")
                return try JSONDecoder().decode(ClaimsReport.self, from: Data(result.output.utf8)).seenBefore
            }
            let before = try await isKnown()
            let test = try await lab.cambist("test", "audit")
            let after = try await isKnown()
            #expect(test.status == 0)
            #expect(!before && after)
        }
    }

    @Test func `the JSON of a refused exchange has the mapping and a separate error`() async throws {
        try await LabServer.with { lab in
            let result = try await lab.cambist("exchange", "payroll")
            #expect(result.status == 1)
            #expect(result.errorOutput.hasPrefix("cambist: payroll: AccessDenied: Not authorized to perform"))
            struct Answer: Decodable {
                let mapping: String
                let roleArn: String
                let region: String
            }
            let answer = try JSONDecoder().decode(Answer.self, from: Data(result.output.utf8))
            #expect(answer.mapping == "payroll")
            #expect(answer.roleArn.wholeMatch(of: /arn:aws:iam::[0-9]{12}:role\/payroll/) != nil)
            #expect(answer.region.hasPrefix("eu-"))
            let failure = try JSONDecoder().decode(FailureReport.self, from: Data(result.output.utf8))
            #expect(failure.error.code == "AccessDenied")
            #expect(failure.error.message.hasPrefix("Not authorized to perform sts:AssumeRole"))
            #expect(failure.error.fix.contains("explain"))
        }
    }

    @Test(arguments: [
        ("token-key-unpublished", "unverified", "publishes no"),
        ("token-tampered", "invalid", "was not made by"),
    ])
    func `claims gives the reason why a signature is not verified`(
        mapping: String,
        word: String,
        reason: String
    ) async throws {
        try await LabServer.with(["--scenario", "gallery"]) { lab in
            let result = try await lab.cambist("claims", mapping, "--verify", "--json")
            let report = try JSONDecoder().decode(ClaimsReport.self, from: Data(result.output.utf8))
            #expect(report.signature == word)
            #expect(report.signatureReason?.contains(reason) == true, "\(report.signatureReason ?? "none")")
            let unchecked = try await lab.cambist("claims", mapping, "--json")
            let other = try JSONDecoder().decode(ClaimsReport.self, from: Data(unchecked.output.utf8))
            #expect(other.signature == "unverified" && other.signatureReason == nil)
        }
    }

    @Test func `a hint names the configuration file of the option`() async throws {
        try await LabServer.with { lab in
            let file = lab.configuration
            for command in [["exchange", "payroll"], ["test", "payroll"]] {
                let result = try await lab.harness.cambist(command + ["--config", file])
                #expect(result.status == 1)
                let text = result.output + result.errorOutput
                #expect(text.contains("`cambist explain -c \(file) payroll`"), "\(text)")
            }
        }
    }

    @Test func `claims prints the token's header and claims`() async throws {
        try await LabServer.with { lab in
            let result = try await lab.cambist("claims", "audit", "--json")
            #expect(result.status == 0)
            let report = try JSONDecoder().decode(ClaimsReport.self, from: Data(result.output.utf8))
            #expect(report.version == 1)
            #expect(report.claims["sub"] == .text(lab.labVariable("PRINCIPAL_ID")))
            #expect(report.claims["aud"] == .text(lab.labVariable("AUDIENCE")))
            #expect(report.header["alg"] == .text("RS256"))
            #expect(report.source == "imds")
            #expect(["verified", "unverified"].contains(report.signature))
        }
    }

    @Test func `exec passes the credentials to the child and exits with its status`() async throws {
        try await LabServer.with { lab in
            let script =
                "echo ${AWS_ACCESS_KEY_ID%${AWS_ACCESS_KEY_ID#????}} $AWS_REGION ${AWS_PROFILE-none}; exit 7"
            let variables = ["CAMBIST_CONFIG": lab.configuration, "AWS_PROFILE": "another"]
            let result = try await lab.harness.cambist(
                ["exec", "audit", "--", "sh", "-c", script],
                variables
            )
            #expect(result.status == 7)
            #expect(result.output == "ASIA eu-west-1 none\n")
            #expect(result.errorOutput.isEmpty)
        }
    }

    @Test func `the error for an unknown mapping lists the mappings`() async throws {
        try await LabServer.with { lab in
            for arguments in [["test", "nobody"], ["claims", "nobody"], ["exec", "nobody", "true"]] {
                let result = try await lab.cambist(arguments)
                #expect(result.status == 64)
                #expect(result.isOneLine)
                #expect(result.errorOutput.contains("nobody"))
                #expect(result.errorOutput.contains("audit"))
                #expect(result.output.isEmpty)
            }
        }
    }

    @Test func `an identity that instance metadata does not know is refused`() async throws {
        try await LabServer.with { lab in
            let file = try lab.write(identity: ["client_id": "00000000-0000-4000-8000-000000000000"])
            let result = try await lab.harness.cambist(["test", "audit", "--config", file])
            #expect(result.status == 1)
            #expect(result.isOneLine)
            #expect(result.errorOutput.contains("Identity not found"))
        }
    }

    @Test func `absent instance metadata is reported as unreachable`() async throws {
        try await LabServer.with { lab in
            let file = try lab.write(endpoints: ["imds": "http://127.0.0.1:1"])
            let result = try await lab.harness.cambist(["test", "audit", "--config", file])
            #expect(result.status == 69)
            #expect(result.isOneLine)
        }
    }

    @Test func `an absent STS is reported as unreachable`() async throws {
        try await LabServer.with { lab in
            let file = try lab.write(endpoints: ["sts": "http://127.0.0.1:1"])
            let result = try await lab.harness.cambist(["test", "audit", "--config", file])
            #expect(result.status == 69)
            #expect(result.isOneLine)
        }
    }
}
