import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct SecretsTests {
    @Test func `secrets are only in output that was requested`() async throws {
        try await LabServer.with { lab in
            let log = lab.harness.path("cambist.log")
            var secrets = try await Self.secrets(lab, log: log)
            let commands = [
                ["test", "--all"], ["test", "--all", "--json"], ["claims", "audit"],
                ["claims", "audit", "--json"],
                ["config", "check"], ["config", "show"], ["config", "aws-profile", "audit"],
                ["explain", "audit"],
                ["explain", "payroll", "--json"], ["history", "--json"], ["history"], ["doctor"],
                ["exec", "audit", "true"], ["exchange", "payroll"], ["credential-process", "payroll"],
            ]
            var written = ""
            for command in commands {
                let result = try await lab.cambist(command + ["--verbose", "--log-file", log])
                written += result.output + result.errorOutput
            }
            // The stdout of these commands is secret: it is not checked but extends the list of secrets.
            let given = try await lab.cambist(["credential-process", "audit", "--verbose", "--log-file", log])
            let document = try JSONDecoder().decode([String: Value].self, from: Data(given.output.utf8))
            let url = try await lab.cambist(["sign-in", "audit", "--verbose", "--log-file", log])
            written += given.errorOutput + url.errorOutput
            for value in [document["SecretAccessKey"], document["SessionToken"]] {
                if case .text(let secret) = value { secrets.append(secret) }
            }
            secrets += url.output.split(separator: "=").suffix(1).map { $0.trimmingCharacters(in: .newlines) }
            try #require(secrets.count == 7)
            let kept = try Self.texts(under: lab.harness.directory.path)
            #expect(written.contains("/metadata/identity/oauth2/token"), "--verbose logs the requests")
            for text in kept + [written] {
                for secret in secrets { #expect(!text.contains(secret)) }
            }
        }
    }

    @Test func `of all processes, only the command of exec has the credentials in its environment`()
        async throws
    {
        try await LabServer.with(secretFiles: ["seen"]) { lab in
            let file = lab.harness.path("seen")
            let script =
                "printf '%s\\n' \"$AWS_SECRET_ACCESS_KEY\" \"$AWS_SESSION_TOKEN\" >new; mv new '\(file)'; exec sleep 600"
            _ = try await Subprocess.run(
                .name("cambist"),
                arguments: ["exec", "--config", lab.configuration, "audit", "--", "sh", "-c", script],
                environment: Environment(lab.harness.environment),
                workingDirectory: FilePath(lab.harness.directory.path),
                input: .none,
                output: .discarded,
                error: .discarded
            ) { execution in
                let text = try? await eventually {
                    try? String(contentsOfFile: file, encoding: .utf8)
                } orElse: {
                    "The command of exec never ran."
                }
                let secrets = (text ?? "").split(separator: "\n").map(String.init)
                #expect(secrets.count == 2)
                let own = Int(execution.processIdentifier.value)
                for secret in secrets {
                    #expect(Self.processes(whose: "cmdline", has: secret).isEmpty)
                    // While a process is replaced by another program, its environment reads as empty.
                    let found = try await eventually {
                        let found = Self.processes(whose: "environ", has: secret)
                        return found.isEmpty ? nil : found
                    } orElse: {
                        "No process has the credentials."
                    }
                    #expect(found == [own])
                }
                try execution.send(signal: .terminate)
            }
        }
    }

    /// Returns the processes whose file in `/proc` contains `text`.
    private static func processes(whose file: String, has text: String) -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(Int.init).filter { process in
            let data = FileManager.default.contents(atPath: "/proc/\(process)/\(file)") ?? Data()
            return String(decoding: data, as: UTF8.self).contains(text)
        }
    }

    @Test func `the raw token is not printed on a terminal without --yes`() async throws {
        try await LabServer.with { lab in
            try await Pane.with { pane in
                try await pane.enter(
                    "cambist claims audit --raw --config \(lab.configuration); \(Pane.epilogue)"
                )
                #expect(try await pane.status == 77)
                let screen = try await pane.screen
                #expect(screen.contains("--yes"))
                #expect(!screen.contains("eyJ"))
            }
        }
    }

    /// Returns the secrets of one exchange: the token, its signature, the secret key, and the session token.
    private static func secrets(_ lab: LabServer, log: String) async throws -> [String] {
        let raw = try await lab.cambist(["claims", "audit", "--raw", "--log-file", log]).output
        let answer = try await lab.cambist([
            "exchange", "audit", "--format", "json", "--verbose", "--log-file", log,
        ])
        let credentials = try JSONDecoder().decode([String: Value].self, from: Data(answer.output.utf8))
        var secrets = [raw.trimmingCharacters(in: .whitespacesAndNewlines)]
        secrets += raw.split(separator: ".").suffix(1).map {
            $0.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        for name in ["secretAccessKey", "sessionToken"] {
            guard case .text(let secret) = credentials[name] else { continue }
            #expect(!answer.errorOutput.contains(secret))
            secrets.append(secret)
        }
        try #require(secrets.count == 4)
        try #require(secrets.allSatisfy { $0.count >= 16 })
        return secrets
    }

    /// Returns the contents of all files below a directory as text.
    private static func texts(under directory: String) throws -> [String] {
        let names = FileManager.default.enumerator(atPath: directory)?.allObjects as? [String] ?? []
        return names.compactMap { FileManager.default.contents(atPath: directory + "/" + $0) }
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
