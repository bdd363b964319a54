import Foundation
import TestSupport
import Testing

@testable import Console

/// Secrets of running programs are not visible elsewhere, neither while they run nor afterwards.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct RunningProcessSecretsTests {
    /// Returns the environment of a lab's client whose temporary files are in the harness's directory.
    private func environment(_ lab: LabServer, _ further: [String: String] = [:]) throws -> [String: String] {
        let temporary = lab.harness.path("tmp")
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
        return lab.harness.environment
            .merging(["CAMBIST_CONFIG": lab.configuration, "TMPDIR": temporary]) { $1 }
            .merging(further) { $1 }
    }

    @Test func `serve exposes credentials only to requests with its token`() async throws {
        try await LabServer.with { lab in
            let directory = lab.harness.directory.path
            let arguments = [
                "serve", "--token-file", "token", "--verbose", "--log-file", lab.harness.path("serve.log"),
            ]
            var search = try SecretSearch(of: [SecretSearch.token])
            let result = try await RunningProcess.with(lab.harness, arguments, try environment(lab)) {
                server in
                let lines = try await server.waitForOutput("its shell lines") { $0.contains("# payroll\n") }
                let endpoint = try Endpoint(of: "audit", announced: lines)
                let members = try await endpoint.members()
                let own = [members["SecretAccessKey"], members["Token"], endpoint.token].compactMap(\.self)
                try #require(own.count == 3)
                #expect(try SecretSearch(of: [endpoint.token]).files(under: directory) == ["token"])
                search = try SecretSearch(of: own + [SecretSearch.token])
                #expect(search.processes(of: directory).isEmpty)
                #expect(search.files(under: directory, except: ["token"]).isEmpty)
            }
            #expect(result.status == 0)
            #expect(!search.matches(result.output + result.errorOutput))
            #expect(search.files(under: directory, except: ["token"]).isEmpty)
            #expect(result.errorOutput.contains("POST"), "the log has the requests")
        }
    }

    @Test func `a crash prints no secrets and leaves no core file`() async throws {
        try await LabServer.with { lab in
            // With the default setting, Swift's runtime prints memory that the registers point to.
            let environment = try environment(lab).filter { $0.key != "SWIFT_BACKTRACE" }
            var search = try SecretSearch(of: [SecretSearch.token])
            let result = try await RunningProcess.with(lab.harness, ["serve"], environment) { server in
                let lines = try await server.waitForOutput("its shell lines") { $0.contains("# payroll\n") }
                let endpoint = try Endpoint(of: "audit", announced: lines)
                let members = try await endpoint.members()
                search = try SecretSearch(
                    of: [members["SecretAccessKey"], members["Token"]].compactMap(\.self)
                )
                let status = try String(contentsOfFile: "/proc/\(server.process)/limits", encoding: .utf8)
                #expect(status.contains(/Max core file size +unlimited/), "the limit allows a core file")
                server.send(SIGABRT)
                _ = try await eventually {
                    FileManager.default.fileExists(atPath: "/proc/\(server.process)/exe") ? nil : true
                } orElse: {
                    "The server is still running after SIGABRT: \(server.errorOutput)"
                }
            }
            #expect(result.status == 128 + 6)
            #expect(!result.errorOutput.contains("Registers"))
            #expect(!search.matches(result.errorOutput))
            #expect(search.files(under: lab.harness.directory.path).isEmpty)
            let left = try FileManager.default.contentsOfDirectory(atPath: lab.harness.directory.path)
            #expect(!left.contains { $0.hasPrefix("core") })
        }
    }

    @Test func `credentials in the console are in no frame, file, or other process`() async throws {
        try await LabServer.with { lab in
            let home = lab.harness.directory.path
            let log = lab.harness.path("console.log")
            try await Pane.with { pane in
                try await pane.allowClipboard()
                let variables = try environment(lab).map { "\($0.key)='\($0.value)'" }.joined(separator: " ")
                // The console could read a command that is typed while it exits, so the epilogue is on the same line.
                let command = "env \(variables) cambist console --log-file \(log)"
                try await pane.enter("\(command); \(Pane.epilogue)")
                try await pane.waitFor("backup-apac", "live")
                // No other mapping's name contains this name.
                try await pane.press("/", "backup-apac", "Enter")
                try await pane.waitFor("backup-apac with credentials") { screen in
                    screen.split(separator: "\n").contains {
                        $0.contains("backup-apac") && $0.contains("live")
                    }
                }
                try await pane.press("y")
                try await pane.waitFor("Copy from backup-apac")
                try await pane.press("j", "j", "j", "j", "Enter")
                try await pane.waitFor("to the clipboard?")
                try await pane.press("y")
                let exports = try await eventually {
                    await pane.clipboard
                } orElse: {
                    "Nothing was copied to the clipboard: \(try await pane.screen)"
                }
                let search = try SecretSearch(of: Self.secrets(in: exports) + [SecretSearch.token])
                #expect(search.secrets.count == 3)
                // Every panel, the mapping's detail, and its explanation are checked.
                for panel in Panel.lists.filter({ $0 != .mappings }) + [.mappings] {
                    try await pane.press(panel.keyLabel)
                    #expect(!search.matches(try await pane.screen), "\(panel.rawValue)")
                }
                try await pane.press("e")
                #expect(!search.matches(try await pane.waitFor("backup-apac works")))
                try await pane.press("Escape")
                try await pane.waitFor("r refresh")
                #expect(search.processes(of: home, pane.files.directory.path).isEmpty)
                #expect(search.files(under: home).isEmpty)
                try await pane.press("Q")
                #expect(try await pane.status == 0)
                #expect(!search.matches(try await pane.scrollback))
                #expect(search.files(under: home).isEmpty)
                #expect(search.files(under: pane.files.directory.path, except: ["tmux"]).isEmpty)
                #expect(try String(contentsOfFile: log, encoding: .utf8).contains("mapping=backup-apac"))
            }
        }
    }

    @Test func `setup exposes no secrets of either cloud, at its prompt and afterwards`() async throws {
        try await LabServer.with(["--scenario", "empty", "--speed", "720"]) { lab in
            // The operator's key is in a file; an environment that contains it is a defect.
            let key = lab.variables["AWS_ACCESS_KEY_ID"] ?? ""
            let secret = lab.variables["AWS_SECRET_ACCESS_KEY"] ?? ""
            let log = lab.harness.path("setup.log")
            let search = try SecretSearch(of: [secret, SecretSearch.token])
            try await Pane.with { pane in
                let file = try pane.files.write(
                    "[default]\naws_access_key_id = \(key)\naws_secret_access_key = \(secret)\n",
                    to: "credentials"
                )
                let variables = try environment(
                    lab,
                    [
                        "AWS_SHARED_CREDENTIALS_FILE": file,
                        "AWS_ENDPOINT_URL_IAM": lab.variables["AWS_ENDPOINT_URL_IAM"] ?? "",
                        "AWS_ENDPOINT_URL_STS": lab.variables["AWS_ENDPOINT_URL_STS"] ?? "",
                    ]
                )
                let words = variables.map { "\($0.key)='\($0.value)'" }.joined(separator: " ")
                try await pane.enter(
                    "env \(words) cambist setup apply audit --log-file \(log); \(Pane.epilogue)"
                )
                try await pane.waitFor("[y/N/?]")
                #expect(search.processes(of: lab.harness.directory.path, pane.files.directory.path).isEmpty)
                #expect(search.files(under: lab.harness.directory.path) == ["lab.env"])
                try await pane.enter("y")
                #expect(try await pane.status == 0)
                #expect(!search.matches(try await pane.scrollback))
                #expect(search.files(under: lab.harness.directory.path) == ["lab.env"])
                #expect(try String(contentsOfFile: log, encoding: .utf8).contains("/graph/"))
            }
        }
    }

    /// Returns the values of the two secret variables in `export` lines.
    private static func secrets(in exports: String) -> [String] {
        ["AWS_SECRET_ACCESS_KEY=", "AWS_SESSION_TOKEN="].compactMap { name in
            exports.split(separator: "\n").first { $0.contains(name) }
                .flatMap { $0.components(separatedBy: name).last }
                .map { $0.trimmingCharacters(in: ["'"]) }
        }
    }
}
