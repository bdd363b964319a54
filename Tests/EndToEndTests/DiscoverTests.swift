import Federation
import Foundation
import TestSupport
import Testing

/// `cambist discover` against labs.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct DiscoverTests {
    private struct Answer: Decodable {
        struct Mapping: Decodable {
            let name: String
            let roleArn: String
            let identity: String?
            let via: String?
            let audience: String?
            let evidence: [String]
        }
        struct Note: Decodable {
            let subject: String
            let reason: String
        }
        let version: Int
        let mappings: [Mapping]
        let configured: [Note]
        let omitted: [Note]
        let unreadable: [Note]
        let accounts: [String]
        let written: Bool
    }

    /// The lab's configuration without its mappings, so that they can be found again.
    private func bare(_ lab: LabServer) throws -> String {
        let text = try String(contentsOfFile: lab.configuration, encoding: .utf8)
        var isKept = true
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            if let first = line.first, first != " ", first != "#" { isKept = !line.hasPrefix("mappings:") }
            return isKept
        }
        return try lab.harness.write(lines.joined(separator: "\n"), to: "bare.yaml")
    }

    private func discover(
        _ lab: LabServer,
        _ configuration: String,
        _ options: String...
    ) async throws -> (answer: Answer, result: ProcessResult) {
        let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
        var keys = lab.variables.filter { names.contains($0.key) }
        keys["AWS_CONFIG_FILE"] = lab.variables["CAMBIST_LAB_AWS_CONFIG_FILE"]
        let result = try await lab.harness.cambist(
            ["discover", "--json"] + options,
            keys.merging(["CAMBIST_CONFIG": configuration]) { $1 }
        )
        return (try JSONDecoder().decode(Answer.self, from: Data(result.output.utf8)), result)
    }

    @Test func `the mappings of a lab are found again, written once, and work`() async throws {
        try await LabServer.with { lab in
            let path = try bare(lab)
            let before = try String(contentsOfFile: path, encoding: .utf8)
            let (answer, result) = try await discover(lab, path)
            #expect(result.status == 0, "\(result.errorOutput)")
            #expect(
                answer.mappings.contains {
                    $0.roleArn == lab.labVariable("ROLE_ARN") && $0.audience == lab.labVariable("AUDIENCE")
                }
            )
            #expect(try String(contentsOfFile: path, encoding: .utf8) == before)
            let (written, second) = try await discover(lab, path, "--write", "--yes")
            #expect(second.status == 0, "\(second.errorOutput)")
            #expect(written.written)
            let after = try String(contentsOfFile: path, encoding: .utf8)
            #expect(
                after.contains(before.trimmingCharacters(in: .newlines).split(separator: "\n").last ?? "-")
            )
            let check = try await lab.harness.cambist(["config", "check"], ["CAMBIST_CONFIG": path])
            #expect(check.status == 0, "\(check.output) \(check.errorOutput)")
            let (again, _) = try await discover(lab, path, "--write", "--yes")
            #expect(again.mappings.isEmpty)
            #expect(again.configured.count == answer.mappings.count)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == after)
            let name = try #require(answer.mappings.first { $0.roleArn == lab.labVariable("ROLE_ARN") }?.name)
            let test = try await lab.harness.cambist(["test", name], ["CAMBIST_CONFIG": path])
            #expect(test.status == 0, "\(test.output) \(test.errorOutput)")
        }
    }

    @Test func `the lab's own configuration has nothing left to propose`() async throws {
        try await LabServer.with { lab in
            let (answer, result) = try await discover(lab, lab.configuration)
            #expect(result.status == 0)
            #expect(answer.mappings.isEmpty, "\(answer.mappings)")
            #expect(!answer.configured.isEmpty)
        }
    }

    @Test func `a profile whose source profile uses this program becomes a chained mapping`() async throws {
        try await LabServer.with { lab in
            let file = try lab.harness.write(
                """
                [profile hub]
                credential_process = cambist credential-process audit
                [profile further]
                role_arn = arn:aws:iam::444455556666:role/further
                source_profile = hub
                external_id = cambist:e1
                """,
                to: "profiles"
            )
            let path = try lab.harness.write(
                String(contentsOfFile: lab.configuration, encoding: .utf8),
                to: "own.yaml"
            )
            let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
            let keys = lab.variables.filter { names.contains($0.key) }
            let variables = keys.merging(["CAMBIST_CONFIG": path, "AWS_CONFIG_FILE": file]) { $1 }
            let tokens = try lab.requests("GET /metadata/identity")
            let result = try await lab.harness.cambist(["discover", "--json", "--write", "--yes"], variables)
            let answer = try JSONDecoder().decode(Answer.self, from: Data(result.output.utf8))
            #expect(answer.mappings.map(\.name) == ["further"], "\(answer.omitted)")
            #expect(answer.mappings.first?.via == "audit")
            #expect(answer.written)
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text.contains("    via: audit\n") && text.contains("    external_id: cambist:e1\n"))
            let check = try await lab.harness.cambist(["config", "check"], ["CAMBIST_CONFIG": path])
            #expect(check.status == 0, "\(check.output) \(check.errorOutput)")
            // The administrator's token for Graph and Resource Manager is the only one.
            #expect(try lab.requests("GET /metadata/identity") - tokens <= 4)
        }
    }

    @Test func `faulty policies are listed with the reason`() async throws {
        try await LabServer.with(["--scenario", "gallery"]) { lab in
            let (answer, result) = try await discover(lab, try bare(lab))
            #expect(result.status == 0, "\(result.errorOutput)")
            #expect(answer.omitted.contains { $0.reason.contains("requires no exact") })
            #expect(answer.mappings.allSatisfy { !$0.evidence.isEmpty })
        }
    }

    @Test func `bare clouds have nothing to propose`() async throws {
        try await LabServer.with(["--scenario", "empty"]) { lab in
            let (answer, result) = try await discover(lab, lab.configuration)
            #expect(result.status == 0, "\(result.errorOutput)")
            #expect(answer.mappings.isEmpty)
            #expect(!answer.accounts.isEmpty)
            let human = try await lab.cambist("discover", "--write")
            #expect(human.status == 77)
            #expect(human.errorOutput.contains("--yes"))
        }
    }

    @Test func `without credentials the reasons are listed, and the status is 69`() async throws {
        try await Harness.with { harness in
            let path = try harness.write("endpoints:\n  imds: http://127.0.0.1:9/\n", to: "none.yaml")
            let result = try await harness.cambist(["discover"], ["CAMBIST_CONFIG": path])
            #expect(result.status == 69)
            #expect(result.output == "# No mapping is proposed.\n")
            #expect(result.errorOutput.contains("No AWS credentials were found"))
            #expect(result.errorOutput.contains("instance metadata"))
            let json = try await harness.cambist(["discover", "--json"], ["CAMBIST_CONFIG": path])
            #expect(json.status == 69)
            let answer = try JSONValue(parsing: Data(json.output.utf8))
            #expect(answer["error"]?["code"] == .string("no-account"))
            #expect(answer["mappings"] == .array([]))
        }
    }
}
