import Foundation
import TestSupport
import Testing

/// Every exit status of every command, except 77 for unwritable output and 130 for Ctrl-C.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct StatusTableTests {
    /// A command and its exit status.
    struct Row: Sendable {
        let words: [String]
        let status: Int32

        init(_ status: Int32, _ command: String) {
            words = command.split(separator: " ").map(String.init)
            self.status = status
        }
    }

    /// Returns the commands whose first argument is a mapping.
    private static func commands(of mapping: String) -> [String] {
        [
            "exchange \(mapping)", "exchange \(mapping) --format env",
            "exchange \(mapping) --format credentials-file", "credential-process \(mapping)",
            "exec \(mapping) -- true", "test \(mapping)", "test \(mapping) --json", "sign-in \(mapping)",
        ]
    }

    private func check(_ rows: [Row], _ run: ([String]) async throws -> ProcessResult) async throws {
        for row in rows {
            let result = try await run(row.words)
            let line = row.words.joined(separator: " ")
            #expect(result.status == row.status, "\(line): \(result.errorOutput)")
            #expect(result.errorOutput.isEmpty == (row.status == 0), "\(line): \(result.errorOutput)")
        }
    }

    @Test func `success is 0, and a refusal is 1`() async throws {
        let works =
            Self.commands(of: "audit") + [
                "claims audit", "claims audit --verify", "claims audit --diff payroll", "explain audit",
                "wait audit --timeout 60s", "history", "doctor", "setup export audit --format trust-policy",
                "config path", "config check", "config show", "config schema", "config aws-profile audit",
                "config init --config new.yaml", "console --lab --frame -", "help", "--version",
            ]
        let refused =
            Self.commands(of: "payroll") + ["test --all", "test audit payroll", "explain payroll"]
        // claims succeeds for a token that STS refuses.
        let answered = ["claims payroll"]
        try await LabServer.with(secretFiles: [".aws/credentials"]) { lab in
            // Without a keyring cache, stderr stays empty on kernels that forbid keyrings.
            let text = try String(contentsOfFile: lab.configuration, encoding: .utf8)
            let file = try lab.harness.write(text + "\ncache: {store: none}\n", to: "uncached.yaml")
            let rows = (works + answered).map { Row(0, $0) } + refused.map { Row(1, $0) }
            try await check(rows) { words in
                let words = words.map { $0 == "new.yaml" ? lab.harness.path($0) : $0 }
                // A wait reports the durations of past waits.
                let result = try await lab.harness.cambist(words, ["CAMBIST_CONFIG": file])
                return words.first == "wait" ? result.withoutErrorOutput : result
            }
        }
    }

    @Test func `setup exits with 0, 1, 64, or 77`() async throws {
        let rows = [
            Row(0, "setup plan audit"), Row(1, "setup verify audit"), Row(1, "setup verify audit --json"),
            Row(77, "setup apply audit"), Row(77, "setup destroy audit"),
            Row(64, "setup plan missing"), Row(64, "setup apply missing --yes"),
            Row(64, "setup verify missing"),
            Row(64, "setup destroy missing --yes"), Row(64, "setup export missing --format az"),
            Row(64, "setup export audit --format xml"), Row(64, "setup plan"),
        ]
        try await LabServer.with(["--scenario", "empty", "--speed", "720"]) { lab in
            let variables = lab.variables.merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
            try await check(rows) { try await lab.harness.cambist($0, variables) }
            for command in ["apply audit --yes", "verify audit", "destroy audit --yes"] {
                let words = ["setup"] + command.split(separator: " ").map(String.init)
                let result = try await lab.harness.cambist(words, variables)
                #expect(result.status == 0, "\(command): \(result.errorOutput)")
            }
            // An unknown access key is refused.
            let strange = variables.merging(["AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"]) { $1 }
            let refused = ["plan audit", "verify audit", "apply audit --yes", "destroy audit --yes"]
            try await check(refused.map { Row(1, "setup \($0)") }) {
                try await lab.harness.cambist($0, strange)
            }
        }
    }

    @Test func `an unknown mapping or option is 64`() async throws {
        let commands =
            Self.commands(of: "missing") + [
                "claims missing", "claims audit --diff missing", "explain missing", "wait missing",
                "config aws-profile missing", "explain --token-file nowhere --trust-policy nowhere",
            ]
        let options = [
            "console", "lab", "exchange audit", "credential-process audit", "serve", "test audit",
            "claims audit", "explain audit", "wait audit", "history", "setup plan audit", "setup apply audit",
            "setup verify audit", "setup destroy audit", "setup export audit --format az", "doctor",
            "config path", "config check", "config init", "config show", "config schema",
            "config aws-profile audit", "sign-in audit",
        ]
        try await LabServer.with { lab in
            try await check(
                commands.map { Row(64, $0) } + options.map { Row(64, $0 + " --frobnicate") },
                lab.cambist
            )
        }
    }

    @Test func `an unreachable service is 69`() async throws {
        try await LabServer.with { lab in
            let noSTS = try lab.write(endpoints: ["sts": "http://127.0.0.1:1"])
            try await check(Self.commands(of: "audit").map { Row(69, $0) }) {
                try await lab.harness.cambist($0, ["CAMBIST_CONFIG": noSTS])
            }
            let noSource = try lab.write(endpoints: ["imds": "http://127.0.0.1:1"])
            let others = [
                "claims audit", "claims audit --json", "test audit", "setup plan audit", "setup verify audit",
                "setup apply audit --yes", "setup destroy audit --yes",
            ]
            try await check(others.map { Row(69, $0) }) {
                try await lab.harness.cambist($0, ["CAMBIST_CONFIG": noSource])
            }
            let port = URL(string: lab.variables["AWS_ENDPOINT_URL_STS"] ?? "")?.port ?? 0
            try await check([Row(69, "serve --port \(port)"), Row(69, "lab --port \(port)")], lab.cambist)
            let server = try await lab.cambist("serve", "--port", "\(port)", "--json")
            #expect(
                server.errorOutput.contains("Cannot listen on 127.0.0.1:\(port): Address already in use.")
            )
        }
    }

    @Test func `a temporary failure is 75`() async throws {
        try await LabServer.with(["--scenario", "gallery"]) { lab in
            let commands =
                Self.commands(of: "sts-throttled") + [
                    "claims imds-throttled", "test audit sts-throttled",
                    "wait not-assigned --timeout 1s",
                ]
            // Each command retries for a few seconds, so they run concurrently.
            try await withThrowingTaskGroup { group in
                for command in commands {
                    group.addTask { try await check([Row(75, command)], lab.cambist) }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `a file that cannot be written is 77`() async throws {
        try await LabServer.with { lab in
            let nowhere = try lab.harness.write("a file, not a directory", to: "nowhere") + "/file"
            let logged =
                Self.commands(of: "audit").filter { !$0.hasPrefix("exec") }
                + ["serve", "claims audit", "explain audit", "wait audit", "doctor", "setup plan audit"]
            let rows =
                logged.map { Row(77, "\($0) --log-file \(nowhere)") } + [
                    Row(77, "exec --log-file \(nowhere) audit -- true"),
                    Row(77, "config init --config \(lab.configuration)"),
                    Row(77, "config init --config \(lab.configuration) --overwrite"),
                    Row(77, "config init --config \(nowhere)"),
                    Row(77, "serve --token-file \(nowhere)"), Row(77, "lab --env-file \(nowhere)"),
                    Row(77, "lab --config-file \(nowhere)"), Row(77, "lab --tls \(nowhere)"),
                    Row(77, "console --lab --frame \(nowhere)"),
                ]
            // With credentials in the keyring, which labs of other tests may share, credential-process opens no log.
            let text = try String(contentsOfFile: lab.configuration, encoding: .utf8)
            let file = try lab.harness.write(text + "\ncache: {store: none}\n", to: "uncached.yaml")
            try await check(rows) { try await lab.harness.cambist($0, ["CAMBIST_CONFIG": file]) }
            let history = try await lab.harness.cambist(["history"], ["XDG_STATE_HOME": nowhere])
            #expect(history.status == 77)
            #expect(history.errorOutput.contains("Not a directory. Nothing is stored"))
        }
    }

    @Test func `a corrupt history is 70`() async throws {
        try await Harness.with { harness in
            let directory = harness.path("state/cambist")
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let text = String(repeating: "This is not a database. ", count: 100)
            _ = try harness.write(text, to: "state/cambist/history.sqlite")
            for words in [["history"], ["history", "--json"], ["history", "--csv"]] {
                let result = try await harness.cambist(words)
                #expect(result.status == 70)
                #expect(result.isOneLine)
            }
        }
    }

    @Test func `a missing, invalid, or empty configuration is 78`() async throws {
        let commands =
            Self.commands(of: "audit") + [
                "serve", "claims audit", "explain audit", "wait audit", "setup plan audit",
                "setup apply audit --yes", "setup verify audit", "setup destroy audit --yes",
                "setup export audit --format az", "config check", "config show", "config aws-profile audit",
                "console --frame -",
            ]
        try await Harness.with { harness in
            let wrong = try harness.write("mappings: [audit]\n", to: "wrong.yaml")
            let empty = try harness.write("mappings: {}\n", to: "empty.yaml")
            let scenario = try harness.write("summary: [\n", to: "scenario.yaml")
            try await check(commands.map { Row(78, $0) }) {
                try await harness.cambist($0, ["CAMBIST_CONFIG": wrong])
            }
            try await check(commands.dropLast().map { Row(78, $0) }) { try await harness.cambist($0) }
            try await check([Row(78, "serve"), Row(78, "test --all")]) {
                try await harness.cambist($0, ["CAMBIST_CONFIG": empty])
            }
            try await check([Row(78, "lab --scenario \(scenario)")]) { try await harness.cambist($0) }
        }
    }
}

extension ProcessResult {
    /// The same result with an empty stderr.
    fileprivate var withoutErrorOutput: ProcessResult {
        ProcessResult(status: status, output: output, errorOutput: "")
    }
}
