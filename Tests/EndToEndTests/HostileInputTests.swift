import Foundation
import GRDB
import TestSupport
import Testing

/// Files, limits, and text that would block, exhaust, or control a careless program.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct HostileInputTests {
    @Test(arguments: [
        "exchange audit", "credential-process audit", "test --all", "serve", "exec audit -- true", "history",
        "console --lab", "lab",
    ])
    func `too few file descriptors are reported with exit status 70`(_ command: String) async throws {
        try await Harness.with { harness in
            let result = try await Program.run(
                "sh",
                ["-c", "ulimit -n 8; exec cambist \(command)"],
                environment: harness.environment
            )
            #expect(result.status == 70)
            #expect(result.isOneLine, "\(result.errorOutput)")
            #expect(result.errorOutput.contains("ulimit -n 256"))
            #expect(result.output.isEmpty)
        }
    }

    /// A command that reads a file, with `FILE` for its path; keys of the identity and the mapping are YAML.
    struct Reading: Sendable, CustomTestStringConvertible {
        let name: String
        let arguments: String
        var identity: [String: String] = [:]
        var mapping: [String: String] = [:]
        var variables: [String: String] = [:]
        /// The statuses that a refusal may have.
        var statuses: Set<Int32> = [64, 69, 77, 78]

        var testDescription: String { name }
    }

    static let readings = [
        Reading(name: "--config", arguments: "test --all --config FILE"),
        Reading(name: "--config of the console", arguments: "console --keys 1 --frame - --config FILE"),
        Reading(name: "--config of credential-process", arguments: "credential-process audit --config FILE"),
        Reading(name: "CAMBIST_CONFIG", arguments: "config check", variables: ["CAMBIST_CONFIG": "FILE"]),
        Reading(name: "serve --token-file", arguments: "serve --token-file FILE"),
        Reading(name: "claims --diff-file", arguments: "claims audit --diff-file FILE"),
        Reading(name: "explain --token-file", arguments: "explain --token-file FILE --trust-policy TEXT"),
        Reading(name: "explain --trust-policy", arguments: "explain --token-file TEXT --trust-policy FILE"),
        Reading(
            name: "explain --provider",
            arguments: "explain --token-file TEXT --trust-policy TEXT --provider FILE"
        ),
        Reading(name: "lab --scenario", arguments: "lab --scenario FILE"),
        Reading(
            name: "token_file",
            arguments: "test audit",
            identity: ["source": "file", "token_file": "FILE"],
            statuses: [1, 69, 77, 78]
        ),
        Reading(
            name: "token_file of workload-identity",
            arguments: "test audit",
            identity: ["source": "workload-identity", "token_file": "FILE"],
            statuses: [1, 69, 77, 78]
        ),
        Reading(
            name: "secret_file",
            arguments: "test audit",
            identity: ["source": "client-secret", "secret_file": "FILE"],
            statuses: [1, 69, 77, 78]
        ),
        Reading(
            name: "certificate_file",
            arguments: "test audit",
            identity: ["source": "client-certificate", "certificate_file": "FILE"],
            statuses: [1, 69, 77, 78]
        ),
        Reading(
            name: "policy_file",
            arguments: "test audit",
            mapping: ["policy_file": "FILE"],
            statuses: [1]
        ),
        // The policy only predicts the result, so the exchange works without it.
        Reading(
            name: "trust_policy_file",
            arguments: "test audit",
            mapping: ["trust_policy_file": "FILE"],
            statuses: [0]
        ),
        Reading(
            name: "trust_policy_file of explain",
            arguments: "explain audit",
            mapping: ["trust_policy_file": "FILE"],
            statuses: [0, 1]
        ),
        Reading(name: "SSL_CERT_FILE", arguments: "test audit", variables: ["SSL_CERT_FILE": "FILE"]),
        // The exchange needs nothing from the files of AWS's tools.
        Reading(
            name: "AWS_CONFIG_FILE",
            arguments: "test audit",
            variables: ["AWS_CONFIG_FILE": "FILE"],
            statuses: [0, 78]
        ),
        Reading(
            name: "AWS_SHARED_CREDENTIALS_FILE",
            arguments: "exchange audit --format credentials-file",
            variables: ["AWS_SHARED_CREDENTIALS_FILE": "FILE"],
            statuses: [77]
        ),
    ]

    @Test(arguments: readings, ["zero", "fifo"])
    func `a device or a FIFO in place of a file is refused at once`(_ reading: Reading, _ kind: String)
        async throws
    {
        try await LabServer.with { lab in
            let path = lab.harness.path(kind)
            if kind == "fifo" {
                #expect(mkfifo(path, 0o600) == 0)
            } else {
                try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
            }
            let text = try lab.harness.write("{}", to: "text")
            func named(_ value: String) -> String {
                value.replacing("FILE", with: path).replacing("TEXT", with: text)
            }
            let file = try lab.write(
                identity: reading.identity.mapValues(named),
                mapping: reading.mapping.mapValues(named)
            )
            let result = try await lab.harness.cambist(
                reading.arguments.split(separator: " ").map { named(String($0)) },
                ["CAMBIST_CONFIG": file].merging(reading.variables.mapValues(named)) { $1 }
            )
            #expect(reading.statuses.contains(result.status), "\(result)")
        }
    }

    @Test func `a FIFO as the log file is refused at once`() async throws {
        try await LabServer.with { lab in
            let path = lab.harness.path("fifo")
            #expect(mkfifo(path, 0o600) == 0)
            let result = try await lab.cambist("test", "audit", "--log-file", path)
            #expect(result.status == 77)
            #expect(result.isOneLine)
        }
    }

    @Test(arguments: ["exchange audit", "credential-process audit", "exec audit -- echo secretAccessKey"])
    func `a locked history does not delay credentials and is reported in one line`(_ command: String)
        async throws
    {
        try await LabServer.with(secretFiles: ["running.out"]) { lab in
            let state = lab.harness.path("state/cambist")
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            let queue = try DatabaseQueue(path: "\(state)/history.sqlite")
            let environment = lab.harness.environment.merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
            let locked = AsyncStream.makeStream(of: Void.self)
            let hold = DispatchSemaphore(value: 0)
            async let lock: Void = onOwnThread {
                try? queue.inDatabase { database in
                    try database.execute(sql: "BEGIN EXCLUSIVE")
                    locked.continuation.yield()
                    hold.wait()
                    try database.execute(sql: "ROLLBACK")
                }
            }
            // An error must not leave the lock, because the end of the scope waits for the thread that holds it.
            defer { hold.signal() }
            for await _ in locked.stream { break }
            let words = command.split(separator: " ").map(String.init)
            let start = ProcessInfo.processInfo.systemUptime
            let result = try await RunningProcess.with(lab.harness, words, environment) { process in
                try await process.waitForOutput("its answer") { $0.lowercased().contains("secretaccesskey") }
                // `exec` stores the record before the command replaces this process.
                if words[0] != "exec" { #expect(process.errorOutput.isEmpty, "credentials come first") }
                _ = try await eventually {
                    process.errorOutput.contains("\n") ? true : nil
                } orElse: {
                    "It never reported the history."
                }
                #expect(ProcessInfo.processInfo.systemUptime - start < 30)
            }
            hold.signal()
            await lock
            #expect(result.isOneLine, "\(result.errorOutput)")
            #expect(result.errorOutput.contains("history"))
        }
    }

    /// A title, a color, C1, a bidi override, and a zero-width space, in the notation of a shell's `printf`.
    private static let hostileText = #"\\033]0;x\\007\\033[31m\\302\\233\\342\\200\\256\\342\\200\\213"#

    @Test func `no output contains a raw control or bidi character`() async throws {
        try await LabServer.with { lab in
            let command = "[sh, -c, \"printf '\(Self.hostileText)' >&2; exit 1\"]"
            let text = try String(contentsOfFile: lab.write(), encoding: .utf8)
            let files = [
                try lab.harness.write(
                    text.replacing("refresh: manual", with: "refresh: manual\n    probe: \(command)"),
                    to: "probe.yaml"
                ),
                try lab.harness.write(
                    text.replacing("source: imds", with: "source: command\n    command: \(command)"),
                    to: "source.yaml"
                ),
            ]
            let log = lab.harness.path("log")
            let commands = [
                "test audit", "test audit --json", "explain audit", "explain audit --json", "exchange audit",
                "wait audit --timeout 1s", "history", "history --json", "history --csv",
                "console --keys r5 --frame -", "test \u{1B}[31m\u{9B}\u{202E}",
                "explain --at \u{1B}[31m\u{202E} --token-file x",
            ]
            var shown = ""
            for file in files {
                for command in commands {
                    let words = command.split(separator: " ").map(String.init)
                    let options = ["--config", file, "--verbose", "--log-file", log]
                    let result = try await lab.harness.cambist(words + options)
                    shown += result.output + result.errorOutput
                    for text in [result.output, result.errorOutput] {
                        #expect(!text.unicodeScalars.contains(where: Self.isHostile), "\(command): \(text)")
                    }
                }
            }
            let written = try String(contentsOfFile: log, encoding: .utf8)
            #expect(!written.unicodeScalars.contains(where: Self.isHostile))
            #expect(shown.contains("<U+001B>"), "the output contains the programs' messages")
        }
    }

    private static func isHostile(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control: scalar != "\n" && scalar != "\t"
        case .format: true
        default: false
        }
    }
}
