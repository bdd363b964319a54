import Foundation
import TestSupport
import Testing

/// Output that cannot be written.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct AnswerTests {
    /// Command lines that no description of a command yields.
    private static let furtherCommands = [
        "--help", "--version", "help exchange", "--generate-completion-script bash",
        "exchange payroll --format json", "test payroll --json", "claims audit --diff payroll",
        "console --lab --frame -",
    ]

    /// Commands without output on stdout, and those that need the fleet's database.
    private static let silent = [
        "exec", "exchange audit --format credentials-file", "config edit", "fleet init", "fleet status",
        "fleet prune",
    ]

    /// Returns the commands that print an answer, in every format.
    private static func commands(_ harness: Harness) async throws -> [String] {
        let lines = try await CommandDescription.all(harness).flatMap { $0.commandLines(for: "audit") }
        #expect(lines.count > 15)
        return furtherCommands
            + lines.filter { line in !silent.contains { "\(line) ".hasPrefix("\($0) ") } }
    }

    /// Runs a command with a redirection in shell syntax.
    private func run(_ lab: LabServer, _ command: String, _ redirection: String) async throws -> ProcessResult
    {
        let variables = lab.variables.filter { $0.key.hasPrefix("AWS_ENDPOINT") || $0.key.hasPrefix("AWS_") }
        let environment = lab.harness.environment.merging(variables) { $1 }
            .merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
        let script = "cd \"$HOME\"; rm -f new.yaml; cambist \(command) \(redirection)"
        return try await Program.run("bash", ["-c", script], environment: environment)
    }

    @Test func `a full disk or a closed stdout is reported with exit status 77`() async throws {
        try await LabServer.with { lab in
            for command in try await Self.commands(lab.harness) {
                for (redirection, reason) in [
                    (">/dev/full", "No space left on device"), (">&-", "Bad file descriptor"),
                ] {
                    let result = try await run(lab, command, redirection)
                    #expect(result.status == 77, "\(command) \(redirection)")
                    let message =
                        command == "lab"
                        ? "cambist-lab: Standard output cannot be written: \(reason).\n"
                        : "cambist: The output cannot be written to stdout: \(reason).\n"
                    #expect(
                        result.errorOutput.contains(message),
                        "\(command) \(redirection): \(result.errorOutput)"
                    )
                }
            }
        }
    }

    @Test(arguments: ["", "trap '' PIPE; "])
    func `a closed pipe ends a command with SIGPIPE`(_ trap: String) async throws {
        try await LabServer.with { lab in
            for command in try await Self.commands(lab.harness) where !command.hasPrefix("setup export") {
                // The reader has exited before anything is written.
                let script = "exec 3> >(:); wait $!; cambist \(command) >&3"
                let result = try await Program.run(
                    "bash",
                    ["-c", "\(trap)cd \"$HOME\"; rm -f new.yaml; \(script)"],
                    environment: lab.harness.environment.merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
                )
                #expect(result.status == 128 + 13, "\(command)")
                #expect(!result.errorOutput.contains("stdout"), "\(command): \(result.errorOutput)")
            }
        }
    }

    @Test func `a command without output does not need stdout`() async throws {
        try await LabServer.with(secretFiles: [".aws/credentials"]) { lab in
            for command in ["exec audit -- true", "exchange audit --format credentials-file"] {
                let result = try await run(lab, command, ">&-")
                #expect(result.status == 0, "\(command)")
                #expect(result.errorOutput.isEmpty)
            }
        }
    }

    @Test func `output larger than a nonblocking pipe is written completely`() async throws {
        try await LabServer.with(["--scenario", "scale:500"]) { lab in
            let pipe = Pipe()
            let writer = pipe.fileHandleForWriting
            #expect(fcntl(writer.fileDescriptor, F_SETFL, O_NONBLOCK) == 0)
            let process = Process()
            process.executableURL = URL(filePath: "\(Program.directory)/cambist")
            process.arguments = ["config", "show"]
            process.environment = lab.harness.environment
                .merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
            process.standardOutput = pipe
            try process.run()
            try writer.close()
            let reader = pipe.fileHandleForReading
            // The pipe is full before the first read.
            _ = try await eventually {
                var waiting: Int32 = 0
                return ioctl(reader.fileDescriptor, UInt(FIONREAD), &waiting) == 0 && waiting >= 1 << 16
                    ? true : nil
            } orElse: {
                "The pipe never became full."
            }
            let text = String(decoding: try reader.readToEnd() ?? Data(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            #expect(text.utf8.count > 1 << 17)
            #expect(text.hasSuffix("\n"))
        }
    }
}
