import Foundation
import TestSupport
import Testing

/// S3-compatible servers that implement only some operations of AWS's services.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct CompatibleServerTests {
    /// Answers like the Ceph Object Gateway: AssumeRoleWithWebIdentity works, any other operation is not allowed.
    private static func answer(_ request: ScriptedRequest) -> ScriptedReply {
        guard request.body.contains("Action=AssumeRoleWithWebIdentity") else {
            return .answer(
                405,
                "<?xml version=\"1.0\"?><Error><Code>MethodNotAllowed</Code><RequestId>tx0001</RequestId></Error>",
                type: "application/xml",
                headers: ["x-amz-request-id: tx0001"]
            )
        }
        let members = [
            "AccessKeyId": "ASIAEXAMPLE000000001",
            "SecretAccessKey": "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00",
            "SessionToken": "a-session-token-of-an-example-server",
            "Expiration": (Date.now + 3600).formatted(.iso8601),
        ]
        let credentials = members.map { "<\($0.key)>\($0.value)</\($0.key)>" }.joined()
        let arn = "arn:aws:sts::111122223333:assumed-role/audit/cambist-audit"
        return .answer(
            200,
            "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult>"
                + "<Credentials>\(credentials)</Credentials><AssumedRoleUser><Arn>\(arn)</Arn>"
                + "<AssumeRoleId>AROAEXAMPLE:cambist-audit</AssumeRoleId></AssumedRoleUser>"
                + "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>",
            type: "text/xml"
        )
    }

    @Test func `without GetCallerIdentity the step is skipped with the reason, and the probe runs`()
        async throws
    {
        try await LabServer.with { lab in
            try await ScriptedServer.run(Self.answer) { server in
                let file = try lab.write(
                    mapping: ["probe": "[test, -n, x]"],
                    endpoints: ["sts": server.url("sts").absoluteString]
                )
                let result = try await lab.harness.cambist(["test", "audit", "--json", "--config", file])
                #expect(result.status == 0, "\(result.errorOutput)")
                let report = try JSONDecoder().decode(TestReport.self, from: Data(result.output.utf8))
                let steps = Dictionary(uniqueKeysWithValues: report.mappings[0].steps.map { ($0.step, $0) })
                #expect(steps["caller"]?.outcome == "skipped")
                #expect(steps["caller"]?.message?.contains("MethodNotAllowed") == true)
                #expect(steps["probe"]?.outcome == "ok")
            }
        }
    }

    @Test func `a setup plan reads IAM although the endpoint cannot name the account`() async throws {
        try await LabServer.with { lab in
            try await ScriptedServer.run(Self.answer) { server in
                let sts = server.url("sts").absoluteString
                let text = try String(contentsOfFile: lab.configuration, encoding: .utf8)
                    .replacing(lab.variables["AWS_ENDPOINT_URL_STS"] ?? "-", with: sts)
                #expect(text.contains(sts))
                let file = try lab.harness.write(text, to: "compatible.yaml")
                let variables = lab.variables.filter {
                    $0.key.hasPrefix("AWS_") && !$0.key.contains("ENDPOINT")
                }
                let result = try await lab.harness.cambist(
                    ["setup", "plan", "audit", "--json", "--config", file],
                    variables
                )
                struct Plan: Decodable {
                    struct Object: Decodable {
                        let kind: String
                        let state: String
                    }
                    let objects: [Object]
                }
                let plan = try JSONDecoder().decode(Plan.self, from: Data(result.output.utf8))
                let roles = plan.objects.filter { ["role", "oidc-provider"].contains($0.kind) }
                #expect(roles.map(\.state) == ["ok", "ok"], "\(result.output) \(result.errorOutput)")
            }
        }
    }

    @Test func `IAM is read even if the STS endpoint cannot name the account`() async throws {
        try await LabServer.with { lab in
            try await ScriptedServer.run(Self.answer) { server in
                let file = try lab.write(
                    endpoints: [
                        "sts": server.url("sts").absoluteString,
                        "iam": lab.variables["AWS_ENDPOINT_URL_IAM"] ?? "",
                    ]
                )
                let variables = lab.variables.filter {
                    $0.key.hasPrefix("AWS_") && !$0.key.contains("ENDPOINT")
                }
                let result = try await lab.harness.cambist(
                    ["explain", "audit", "--json", "--config", file],
                    variables
                )
                struct Answer: Decodable {
                    let policySource: String?
                }
                let answer = try JSONDecoder().decode(Answer.self, from: Data(result.output.utf8))
                #expect(answer.policySource == "iam", "\(result.output)")
            }
        }
    }
}
