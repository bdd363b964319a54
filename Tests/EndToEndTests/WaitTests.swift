import Foundation
import TestSupport
import Testing
import TrustPolicy

/// `cambist wait` with a lab whose role assignment replicates late.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct WaitTests {
    private struct Line: Decodable {
        struct Reason: Decodable {
            let code: String
        }
        let version: Int
        let mapping: String
        let attempt: Int
        let at: String?
        let outcome: String?
        let state: String?
        let waitingFor: String?
        let earliest: String?
        let latest: String?
        let next: String?
        let reason: Reason?
        let prediction: Reason?
        let done: Bool?
        let verdict: String?
        let error: Reason?
    }

    private func lines(_ text: String) throws -> [Line] {
        try text.split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
    }

    @Test func `a wait ends with the third success in a row after replication`() async throws {
        try await LabServer.with(["--scenario", "propagation", "--speed", "600"]) { lab in
            let result = try await lab.cambist("wait", "required-first", "--timeout", "100s", "--json")
            #expect(result.status == 0, "\(result.errorOutput)")
            let lines = try lines(result.output)
            #expect(lines.allSatisfy { $0.version == 1 && $0.mapping == "required-first" })
            #expect(lines.map(\.attempt) == lines.indices.map { $0 + 1 })
            #expect(lines.dropLast().allSatisfy { $0.done == nil && $0.next != nil && $0.earliest != nil })
            #expect(lines.suffix(3).map(\.outcome) == ["ok", "ok", "ok"])
            let last = try #require(lines.last)
            #expect(last.done == true)
            #expect(last.waitingFor == nil)
            #expect(last.error == nil)
        }
    }

    @Test func `a wait for a cached token reports its upper bound and succeeds with a new token`()
        async throws
    {
        try await LabServer.with(["--scenario", "propagation", "--speed", "2000"]) { lab in
            let result = try await lab.cambist("wait", "required-late", "--timeout", "100s", "--json")
            #expect(result.status == 0, "\(result.errorOutput)")
            let lines = try lines(result.output)
            let waiting = lines.filter { $0.waitingFor == "cached-token" }
            #expect(!waiting.isEmpty)
            #expect(waiting.allSatisfy { $0.outcome == "warn" && $0.latest != nil && $0.state == "waiting" })
            let history = try await lab.cambist("history", "--mapping", "required-late", "--json")
            let exchanges = history.output.split(separator: "\n").count { $0.contains("\"roleArn\"") }
            #expect(exchanges == lines.last?.attempt, "every attempt is in the history")
        }
    }

    @Test func `at its timeout, a wait exits with 75 and reports its cause`() async throws {
        try await LabServer.with(["--scenario", "propagation"]) { lab in
            let result = try await lab.cambist("wait", "not-required", "--timeout", "4s", "--json")
            #expect(result.status == 75)
            let last = try #require(try lines(result.output).last)
            #expect(last.done == true)
            #expect(last.error?.code == "timed-out")
            #expect(last.waitingFor == "cached-token")
            #expect(result.errorOutput.contains("did not work within"))
        }
    }

    @Test func `a missing role ends a wait with 1 if IAM can be read; otherwise, it is a possible cause`()
        async throws
    {
        try await LabServer.with { lab in
            let role = ["role_arn": lab.labVariable("ROLE_ARN") + "-gone"]
            let withoutIAM = try lab.write(mapping: role)
            let unknown = try await lab.harness.cambist([
                "wait", "audit", "--config", withoutIAM, "--timeout", "4s",
            ])
            #expect(unknown.status == 75)
            #expect(
                unknown.output.contains(
                    "A missing role causes the same denial, but IAM could not be read"
                )
            )
            let keys = lab.variables.filter { $0.key.hasPrefix("AWS_") }
            let withIAM = try lab.write(mapping: role, endpoints: ["iam": keys["AWS_ENDPOINT_URL_IAM"] ?? ""])
            let gone = try await lab.harness.cambist(["wait", "audit", "--config", withIAM, "--json"], keys)
            #expect(gone.status == 1, "\(gone.errorOutput)")
            let last = try #require(try lines(gone.output).last)
            #expect(last.done == true && last.error?.code == "role-missing")
            #expect(last.reason?.code == "AccessDenied")
            let history = ["history", "--config", withIAM]
            let text = try await lab.harness.cambist(history + ["--mapping", "audit", "--limit", "500"])
            let lines = text.output.split(separator: "\n")
            #expect(lines.count { $0.contains("  watch  ") } == 2)
            let missing = "cannot: role-missing: IAM, read using AWS_ACCESS_KEY_ID"
            #expect(lines.first?.contains(missing) == true)
            #expect(lines.last?.contains("AccessDenied") == true, "the first attempt of the first wait")
            let csv = try await lab.harness.cambist(history + ["--csv"])
            #expect(!csv.output.contains("role-missing"))
        }
    }

    @Test func `a denial that the trust policy predicts is blocked, and reported with its condition`()
        async throws
    {
        try await LabServer.with { lab in
            let issuer = lab.labVariable("ISSUER").replacing("https://", with: "")
            let policy = try lab.writeDenyingPolicy()
            let mapping = ["role_arn": lab.labVariable("ROLE_ARN") + "-gone", "trust_policy_file": policy]
            let configuration = try lab.write(mapping: mapping)
            let wait = ["wait", "audit", "--config", configuration, "--timeout", "4s"]
            let text = try await lab.harness.cambist(wait)
            #expect(text.status == 1)
            #expect(text.output.contains("Blocked: waiting cannot make the mapping work."))
            #expect(
                text.output.contains(
                    "\(issuer):sub requires another-identity, found \(lab.labVariable("PRINCIPAL_ID"))"
                )
            )
            let json = try await lab.harness.cambist(wait + ["--json"])
            #expect(json.status == 1)
            let lines = try lines(json.output)
            #expect(lines.first?.prediction?.code == "trust-deny")
            #expect(lines.allSatisfy { $0.latest == nil })
            #expect(lines.dropLast().allSatisfy { $0.state == "blocked" && $0.verdict == nil })
            #expect(lines.last?.state == nil)
            #expect(lines.last?.verdict == "blocked")
            #expect(lines.last?.error?.code == "trust-deny")
        }
    }

    @Test func `a failure that waiting cannot fix ends a wait at once`() async throws {
        try await LabServer.with { lab in
            let configuration = try lab.write(mapping: ["audience": "api://nobody/knows"])
            let unknown = try await lab.cambist("wait", "audit", "--config", configuration, "--timeout", "4s")
            #expect(unknown.status == 75, "the resource may still be created")
            let other = try lab.write(identity: ["principal_id": "00000000-0000-4000-8000-000000000001"])
            let otherIdentity = try await lab.harness.cambist(["wait", "audit", "--config", other])
            #expect(otherIdentity.status == 1)
            #expect(otherIdentity.output.contains("Waiting cannot make the mapping work"))
            let missing = try await lab.harness.cambist(["wait", "unknown", "--config", other, "--json"])
            #expect(missing.status == 64 || missing.status == 78)
            #expect(try lines(missing.output).last?.done == true)
        }
    }
}
