import Foundation
import TestSupport
import Testing

/// A hub and a spoke in two accounts, from empty clouds to a command with the spoke's credentials.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct RoleChainingTests {
    /// The lab's configuration with a spoke of its mapping.
    private static func write(_ lab: LabServer) throws -> String {
        let text = try String(contentsOfFile: lab.configuration, encoding: .utf8)
        let spoke = """
            mappings:
              spoke:
                via: audit
                role_arn: arn:aws:iam::444455556666:role/spoke
                external_id: cambist-spoke

            """
        return try lab.harness.write(text.replacing("mappings:\n", with: spoke), to: "chain.yaml")
    }

    @Test func `setup, wait, and exec lead to the spoke's role`() async throws {
        try await LabServer.with(["--scenario", "empty", "--speed", "720"]) { lab in
            var variables = lab.variables
            variables["CAMBIST_CONFIG"] = try Self.write(lab)
            variables["AWS_CONFIG_FILE"] = lab.labVariable("AWS_CONFIG_FILE")
            variables["AWS_ACCESS_KEY_ID"] = nil
            variables["AWS_SECRET_ACCESS_KEY"] = nil
            func cambist(_ arguments: String...) async throws -> ProcessResult {
                try await lab.harness.cambist(arguments, variables)
            }
            let applied = try await cambist("setup", "apply", "audit", "spoke", "--yes")
            #expect(applied.status == 0 && applied.output.contains("7 objects created or changed, 0 failed."))
            #expect(try await cambist("wait", "audit", "spoke").status == 0)
            let first = try await cambist("exec", "spoke", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID")
            #expect(first.status == 0 && first.output.hasPrefix("ASIA"))
            // The second call finds the spoke's credentials in the keyring.
            let requests = try lab.requests("POST /sts")
            let second = try await cambist("exec", "spoke", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID")
            #expect(second.output == first.output)
            #expect(try lab.requests("POST /sts") == requests)
            let explained = try await cambist("explain", "spoke")
            #expect(explained.output.contains("The trust policy allows the hub's role"))
            let tested = try await cambist("test", "spoke", "--json")
            #expect(tested.output.contains("The trust policy allows the role of audit."))
            #expect(tested.output.contains("The request was signed with credentials of audit."))
            let destroyed = try await cambist("setup", "destroy", "audit", "spoke", "--yes")
            #expect(destroyed.status == 0)
            let denied = try await cambist("setup", "verify", "spoke")
            #expect(denied.status == 1)
        }
    }
}
