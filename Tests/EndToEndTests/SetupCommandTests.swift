import Federation
import Foundation
import TestSupport
import Testing

/// The `setup` commands with empty clouds.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct SetupCommandTests {
    /// Runs `cambist setup` with the permissions of the lab's administrators.
    private func setup(_ lab: LabServer, _ arguments: String...) async throws -> ProcessResult {
        let variables = lab.variables.merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
        return try await lab.harness.cambist(["setup"] + arguments, variables)
    }

    private static let empty = ["--scenario", "empty", "--speed", "720"]

    @Test func `apply leads to a working exchange, and destroy restores the initial state`() async throws {
        try await LabServer.with(Self.empty) { lab in
            let mapping = lab.labVariable("MAPPING")
            let before = try await setup(lab, "plan", mapping, "--json")
            #expect(before.status == 0)
            let applied = try await setup(lab, "apply", mapping, "--yes")
            #expect(applied.status == 0)
            #expect(applied.output.contains("5 objects created or changed, 0 failed."))
            let verified = try await setup(lab, "verify", mapping)
            #expect(verified.status == 0)
            #expect(verified.output.hasSuffix("6 ok.\n"))
            #expect(
                verified.output.contains("Microsoft Graph was read with a token of the identity `admin`.\n")
            )
            _ = try await eventually {
                try await lab.cambist("test", mapping).status == 0 ? true : nil
            } orElse: {
                "The mapping does not work."
            }
            let again = try await setup(lab, "apply", mapping, "--yes")
            #expect(again.status == 0)
            #expect(again.output == "All objects match the configuration.\n")
            let destroyed = try await setup(lab, "destroy", mapping, "--yes")
            #expect(destroyed.status == 0)
            let after = try await setup(lab, "plan", mapping, "--json")
            #expect(after.output == before.output)
        }
    }

    @Test func `the commands that setup suggests name the configuration file of the option`() async throws {
        try await LabServer.with(Self.empty) { lab in
            let mapping = lab.labVariable("MAPPING")
            let file = lab.configuration
            let run = { (words: [String]) in
                try await lab.harness.cambist(["setup"] + words + [mapping, "-c", file], lab.variables)
            }
            let apply = "`cambist setup apply -c \(file) \(mapping)`"
            let drift = try JSONValue(parsing: Data(try await run(["verify", "--json"]).output.utf8))
            #expect(drift["error"]?["fix"] == .string("Run \(apply)."))
            guard case .array(let objects) = drift["objects"] else {
                Issue.record("\(drift)")
                return
            }
            let fixes = objects.compactMap { $0["fix"]?.string }
            #expect(!fixes.isEmpty && fixes.allSatisfy { $0.contains(apply) })
            #expect(try await run(["verify"]).output.contains("fix: \(apply) creates it."))
            let script = try await run(["export", "--format", "az"]).output
            #expect(script.contains("run: cambist wait -c \(file) \(mapping)"))
            let applied = try await run(["apply", "--yes"])
            #expect(applied.errorOutput.contains("`cambist wait -c \(file) \(mapping)` waits"))
        }
    }

    @Test func `destroy keeps the objects of mappings without tenant_id, and refuses if these are unknown`()
        async throws
    {
        try await LabServer.with(Self.empty) { lab in
            let mapping = lab.labVariable("MAPPING")
            #expect(try await setup(lab, "apply", mapping, "--yes").status == 0)
            let text = try String(contentsOfFile: lab.configuration, encoding: .utf8)
            /// Adds a mapping of another identity with the same audience and role.
            func destroy(besides identity: String) async throws -> ProcessResult {
                let file = try lab.harness.write(
                    text.replacing("identities:\n", with: "identities:\n  other: {source: imds\(identity)}\n")
                        .replacing(
                            "mappings:\n",
                            with: "mappings:\n  second: {identity: other, audience: "
                                + "\"\(lab.labVariable("AUDIENCE"))\", role_arn: \(lab.labVariable("ROLE_ARN"))}\n"
                        ),
                    to: "two.yaml"
                )
                return try await lab.harness.cambist(
                    ["setup", "destroy", mapping, "--yes", "-c", file],
                    lab.variables
                )
            }
            let unknown = try await destroy(besides: "")
            #expect(unknown.status == 78, "\(unknown)")
            #expect(unknown.errorOutput.contains("The mapping `second` may need these objects"), "\(unknown)")
            let known = try await destroy(besides: ", principal_id: 5d0c6b1e-6f0a-4c3e-9a41-6a1d2d4f7c55")
            #expect(known.status == 0, "\(known)")
            #expect(known.output.contains("needs it: second"), "\(known)")
        }
    }

    @Test func `nothing is changed without a terminal for confirmation`() async throws {
        try await LabServer.with(Self.empty) { lab in
            let mapping = lab.labVariable("MAPPING")
            let applied = try await setup(lab, "apply", mapping)
            #expect(applied.status == 77)
            #expect(applied.errorOutput.contains("--yes"))
            let destroyed = try await setup(lab, "destroy", mapping)
            #expect(destroyed.status == 77)
            #expect(try await setup(lab, "plan", mapping).output.hasSuffix("1 ok, 5 missing.\n"))
        }
    }

    @Test func `an object that changed at the prompt is reported and not overwritten`() async throws {
        try await LabServer.with(Self.empty) { lab in
            let mapping = lab.labVariable("MAPPING")
            // Another operator sets up the same role for another identity.
            let text = try String(contentsOfFile: lab.configuration, encoding: .utf8)
            let other = lab.harness.path("other.yaml")
            try text.replacing("identity: logging", with: "identity: admin")
                .write(toFile: other, atomically: true, encoding: .utf8)
            try await Pane.with(columns: 200) { pane in
                let file = pane.files.path("variables")
                let exports = lab.variables.map { "export \($0.key)='\($0.value)'\n" }.joined()
                try exports.write(toFile: file, atomically: true, encoding: .utf8)
                try await pane.enter(
                    ". \(file); cambist setup apply \(mapping) --config \(lab.configuration); echo \"ended with $?\""
                )
                try await pane.waitFor("[y/N/?]")
                try await pane.enter("?")
                try await pane.waitFor("Any other answer changes nothing.")
                let variables = lab.variables.merging(["CAMBIST_CONFIG": other]) { $1 }
                let applied = try await lab.harness.cambist(["setup", "apply", mapping, "--yes"], variables)
                #expect(applied.status == 0, "\(applied.errorOutput)")
                try await pane.enter("y")
                try await pane.waitFor("changed-since-plan", "ended with 1")
            }
            let verified = try await setup(lab, "verify", mapping)
            #expect(verified.status == 1)
            #expect(verified.output.contains("different   role"))
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
    func `an interrupted apply is remembered, so that its first object settles`(signal: Int32) async throws {
        try await LabServer.with(["--scenario", "empty"]) { lab in
            let mapping = lab.labVariable("MAPPING")
            let variables = lab.variables.merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
            let environment = lab.harness.environment.merging(variables) { $1 }
            let apply = ["setup", "apply", mapping, "--yes", "--verbose"]
            _ = try await RunningProcess.with(lab.harness, apply, environment) { process in
                _ = try await eventually {
                    process.errorOutput.contains(": create") ? true : nil
                } orElse: {
                    "The setup never wrote anything:\n\(process.errorOutput)"
                }
                process.send(signal)
            }
            let explained = try await lab.harness.cambist(["explain", mapping], variables)
            #expect(explained.status == 1)
            #expect(explained.output.contains("settling"), "\(explained.output)")
            #expect(explained.output.contains("changed the setup at 20"))
            #expect(!explained.output.contains("audience-unknown"))
        }
    }

    @Test func `on drift, verify exits with status 1, and every difference has a fix`() async throws {
        try await LabServer.with(Self.empty) { lab in
            let result = try await setup(lab, "verify", lab.labVariable("MAPPING"), "--json")
            #expect(result.status == 1)
            let report = try JSONDecoder().decode(SetupReport.self, from: Data(result.output.utf8))
            #expect(report.version == 1)
            #expect(report.objects.map(\.cloud) == ["azure", "azure", "azure", "azure", "aws", "aws"])
            let open = report.objects.filter { $0.state != "ok" }
            #expect(open.count == 5)
            #expect(open.allSatisfy { $0.fix?.contains("cambist setup apply audit") == true })
        }
    }

    @Test func `without credentials for AWS, the Azure objects are still reported`() async throws {
        try await LabServer.with(Self.empty) { lab in
            let result = try await lab.cambist("setup", "plan", lab.labVariable("MAPPING"), "--json")
            #expect(result.status == 69)
            #expect(result.errorOutput.contains("AWS_ACCESS_KEY_ID"))
            let report = try JSONDecoder().decode(SetupReport.self, from: Data(result.output.utf8))
            #expect(
                report.objects.map(\.state) == [
                    "ok", "missing", "missing", "missing", "unreadable", "unreadable",
                ]
            )
            let applied = try await lab.cambist("setup", "apply", lab.labVariable("MAPPING"), "--yes")
            #expect(applied.status == 69)
            #expect(applied.errorOutput.contains("Nothing was changed."))
        }
    }

    /// The output of `setup plan --json` and of `setup verify --json`.
    private struct SetupReport: Decodable {
        struct Object: Decodable {
            let cloud: String
            let kind: String
            let name: String
            let state: String
            let fix: String?
        }

        let version: Int
        let objects: [Object]
    }
}
