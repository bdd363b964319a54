import Foundation
import TestSupport
import Testing

/// Programs that cambist starts end with it, however it ends.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct StartedProgramsTests {
    /// A token command that never ends; its argument identifies its processes on this machine.
    private struct EndlessCommand {
        /// A shell command before the child process starts.
        var preparation = ""
        /// The number of mappings and identities that use the command.
        var count = 1
        let marker = "600.\(UInt32.random(in: 1_000_000...UInt32.max))"

        /// A configuration with one mapping whose token command starts a child process and waits for it.
        var configuration: String {
            let command = "[sh, -c, '\(preparation)sleep \(marker) & wait']"
            let identities = (0..<count).map { number in
                "  slow\(number): {system_assigned: true, source: command, command: \(command), timeout: 10m}"
            }
            let mappings = (0..<count).map { number in
                """
                  audit\(number == 0 ? "" : "\(number)"):
                    identity: slow\(number)
                    audience: api://x
                    role_arn: arn:aws:iam::111122223333:role/audit
                    region: eu-west-1
                    refresh: manual

                """
            }
            return "identities:\n\(identities.joined(separator: "\n"))\nmappings:\n\(mappings.joined())"
        }

        /// The processes whose command line contains the marker: the shell and its child.
        var processes: [pid_t] {
            let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            return entries.compactMap(pid_t.init).filter { process in
                let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
                return String(decoding: line, as: UTF8.self).contains(marker)
            }
        }

        func waitForStart() async throws {
            _ = try await eventually {
                processes.count >= 2 ? true : nil
            } orElse: {
                "The token command was never started."
            }
        }

        /// Returns the processes that remain after the kernel had time to end the killed ones.
        func remaining() async -> [pid_t] {
            for _ in 0..<100 where !processes.isEmpty { try? await Task.sleep(for: .milliseconds(20)) }
            return processes
        }
    }

    private static let ends: [(arguments: [String], signal: Int32, status: Int32)] = [
        (["serve"], SIGTERM, 0), (["serve"], SIGINT, 0), (["serve"], SIGALRM, 128 + SIGALRM),
        (["exchange", "audit"], SIGTERM, 128 + SIGTERM), (["exchange", "audit"], SIGINT, 128 + SIGINT),
        (["exchange", "audit"], SIGHUP, 128 + SIGHUP),
        (["exec", "audit", "--", "true"], SIGTERM, 128 + SIGTERM),
        (["credential-process", "audit"], SIGTERM, 128 + SIGTERM), (["test", "--all"], SIGINT, 128 + SIGINT),
        (["wait", "audit"], SIGINT, 128 + SIGINT), (["wait", "audit"], SIGHUP, 128 + SIGHUP),
    ]

    @Test(arguments: ends)
    func `a token command exits with the command that started it`(
        _ arguments: [String],
        signal: Int32,
        status: Int32
    ) async throws {
        try await Harness.with { harness in
            let command = EndlessCommand()
            defer { for process in command.processes { kill(process, SIGKILL) } }
            let file = try harness.write(command.configuration, to: "endless.yaml")
            let environment = harness.environment.merging(["CAMBIST_CONFIG": file]) { $1 }
            let result = try await RunningProcess.with(harness, arguments, environment) { running in
                try await command.waitForStart()
                running.send(signal)
                _ = try await eventually {
                    FileManager.default.fileExists(atPath: "/proc/\(running.process)/exe") ? nil : true
                } orElse: {
                    "The process did not end."
                }
            }
            #expect(result.status == status, "\(result.errorOutput)")
            #expect(await command.remaining() == [])
        }
    }

    /// The commands never end by themselves, so the console must not wait for them.
    @Test(arguments: ["", "trap : TERM INT HUP; "])
    func `Q ends the console while a token command runs, even one that ignores SIGTERM`(preparation: String)
        async throws
    {
        try await withConsole(EndlessCommand(preparation: preparation)) { pane in
            try await pane.press("Q")
            #expect(try await pane.status == 0)
        }
    }

    @Test func `Q ends the console while many token commands start`() async throws {
        let command = EndlessCommand(count: 40)
        defer { for process in command.processes { kill(process, SIGKILL) } }
        try await Pane.with { pane in
            let file = try pane.files.write(command.configuration, to: "endless.yaml")
            try await pane.enter("cambist console --config \(file); \(Pane.epilogue)")
            try await pane.waitFor("q quit", "audit")
            try await pane.press("R")
            try await pane.waitFor("Exchange the tokens of all 40 mappings?")
            try await pane.press("y", "Q")
            #expect(try await pane.status == 0)
            #expect(await command.remaining() == [])
        }
    }

    @Test(arguments: [("TERM", 128 + Int(SIGTERM)), ("INT", 128 + Int(SIGINT)), ("QUIT", 128 + Int(SIGQUIT))])
    func `a token command exits with the console`(signal: String, status: Int) async throws {
        try await withConsole { pane in
            try await pane.signal(signal)
            #expect(try await pane.status == status)
        }
    }

    /// Runs `end` while the console runs a token command, which must not remain.
    private func withConsole(
        _ command: EndlessCommand = EndlessCommand(),
        _ end: (Pane) async throws -> Void
    ) async throws {
        defer { for process in command.processes { kill(process, SIGKILL) } }
        try await Pane.with { pane in
            let file = try pane.files.write(command.configuration, to: "endless.yaml")
            try await pane.enter(
                "sh -c 'echo $$ > pid; exec cambist console --config \(file)'; \(Pane.epilogue)"
            )
            try await pane.waitFor("q quit", "audit")
            try await pane.press("r")
            try await command.waitForStart()
            try await end(pane)
            #expect(await command.remaining() == [])
        }
    }
}
