import Foundation
import TestSupport
import Testing

/// Credentials that the built program delivers to other programs.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct DeliveryTests {
    @Test func `twenty concurrent processes share one exchange`() async throws {
        try await LabServer.with { lab in
            let answers = try await withThrowingTaskGroup(of: ProcessResult.self) { group in
                for _ in 0..<20 { group.addTask { try await lab.cambist("credential-process", "audit") } }
                return try await group.reduce(into: [ProcessResult]()) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 0 })
            // Without a kernel keyring, each process reports that and runs its own exchange.
            let hasKeyring = answers.allSatisfy(\.errorOutput.isEmpty)
            // The history counts exchanges; the lab would also count the retries of a slow request.
            let history = try await lab.cambist("history", "--csv")
            #expect(
                history.output.split(separator: "\n").count - 1 == (hasKeyring ? 1 : 20),
                "\(history.output)"
            )
            #expect(Set(answers.map(\.output)).count == (hasKeyring ? 1 : 20))
        }
    }

    @Test func `the command of exec inherits the shell's open files and no others`() async throws {
        try await LabServer.with { lab in
            // Each `ls` also lists the descriptor with which it reads the directory.
            let command = "sh -c 'cat /dev/fd/7; ls /proc/self/fd' 7<<< inherited"
            let result = try await Program.run(
                "bash",
                ["-c", "\(command); cambist exec audit -- \(command)"],
                environment: lab.harness.environment.merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
            )
            #expect(result.status == 0)
            // The test process can have further descriptors, which the shell inherits.
            let descriptors = result.output.components(separatedBy: "inherited\n")
            try #require(descriptors.count == 3)
            #expect(descriptors[1].split(separator: "\n").contains("7"))
            #expect(descriptors[2] == descriptors[1])
        }
    }

    @Test func `the command of exec inherits ignored signals and no other dispositions`() async throws {
        try await LabServer.with { lab in
            let script = "trap '' HUP; exec cambist exec audit -- grep -E 'SigIgn|SigBlk' /proc/self/status"
            let result = try await Program.run(
                "bash",
                ["-c", script],
                environment: lab.harness.environment.merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
            )
            let masks = result.output.split(whereSeparator: \.isWhitespace)
            try #require(masks.count == 4 && masks[0] == "SigBlk:" && masks[2] == "SigIgn:")
            #expect(UInt64(masks[1], radix: 16) == 0)
            // The standard signals; higher ones are real-time signals, which the C library uses.
            #expect(UInt64(masks[3], radix: 16).map { $0 & 0x7FFF_FFFF } == 1)
        }
    }

    @Test(arguments: [("TERM", 143), ("KILL", 137)])
    func `a signal that ends the command of exec determines the exit status`(
        _ signal: String,
        _ status: Int32
    ) async throws {
        try await LabServer.with { lab in
            let result = try await lab.cambist("exec", "audit", "--", "sh", "-c", "kill -s \(signal) $$")
            #expect(result.status == status)
        }
    }

    @Test(arguments: [["audit", "--config"], ["--config"]])
    func `options of exec are accepted anywhere before the command`(_ words: [String]) async throws {
        try await LabServer.with { lab in
            let mapping = words.first == "audit" ? [] : ["audit"]
            let command = ["--", "sh", "-c", #"echo "$AWS_REGION" "$@""#, "sh", "--config", "--", "-v"]
            let arguments = ["exec"] + words + [lab.configuration] + mapping + command
            let result = try await lab.harness.cambist(arguments)
            #expect(result.status == 0, "\(result.errorOutput)")
            #expect(result.output == "eu-west-1 --config -- -v\n")
        }
    }

    @Test func `the command of exec may have many arguments`() async throws {
        try await LabServer.with { lab in
            let words = (1...20_000).map(String.init)
            let result = try await lab.harness.cambist(
                ["exec", "audit", "--config", lab.configuration, "--", "sh", "-c", "echo $# ${20000}", "sh"]
                    + words
            )
            #expect(result.output == "20000 20000\n", "\(result.errorOutput)")
        }
    }

    @Test(arguments: [
        (["test"] + (1...5000).map { "m\($0)" }, "at most 4096"),
        (
            ["console", "--lab", "--frame", "-", "--keys", String(repeating: "j", count: 5000)],
            "at most 4096"
        ),
    ])
    func `too many arguments or keys are a usage error`(_ arguments: [String], _ part: String) async throws {
        try await Harness.with { harness in
            let result = try await harness.cambist(arguments)
            #expect(result.status == 64)
            #expect(result.errorOutput.contains(part))
        }
    }

    @Test(arguments: [("no-such-program", 127), ("/etc/passwd", 126)])
    func `a command that cannot be run has the exit status of a shell`(_ command: String, _ status: Int32)
        async throws
    {
        try await LabServer.with { lab in
            let result = try await lab.cambist("exec", "audit", "--", command)
            #expect(result.status == status)
            #expect(result.isOneLine)
            #expect(result.errorOutput.contains(command))
        }
    }

    @Test func `the command of exec can be suspended and continued`() async throws {
        try await LabServer.with { lab in
            try await Pane.with { pane in
                // The screen shows "began" and "received" only as output.
                let command = #"sh -c 'echo be""gan; read line; echo re""ceived'"#
                try await pane.enter(
                    "export CAMBIST_CONFIG=\(lab.configuration); cambist exec audit -- \(command)"
                )
                try await pane.waitFor("began")
                try await pane.press("C-z")
                try await pane.waitFor("Stopped")
                try await pane.enter("fg")
                _ = try await eventually {
                    // A line that arrives before the shell has made the command the foreground job can be lost.
                    try await pane.enter("word")
                    return try await pane.screen.contains("received") ? true : nil
                } orElse: {
                    "The command never read a line:\n\(try await pane.screen)"
                }
            }
        }
    }

    @Test func `concurrent writers of a credentials file keep its other profiles`() async throws {
        try await LabServer.with(secretFiles: ["credentials"]) { lab in
            let file = try lab.harness.write("# mine\n[other]\naws_access_key_id = KEEP\n", to: "credentials")
            let variables = ["CAMBIST_CONFIG": lab.configuration, "AWS_SHARED_CREDENTIALS_FILE": file]
            try await withThrowingTaskGroup(of: ProcessResult.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        try await lab.harness.cambist(
                            ["exchange", "audit", "--format", "credentials-file", "--profile", "p\(number)"],
                            variables
                        )
                    }
                }
                for try await result in group {
                    #expect(result.status == 0)
                    #expect(result.output.isEmpty)
                    #expect(result.errorOutput.isEmpty)
                }
            }
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(text.hasPrefix("# mine\n[other]\naws_access_key_id = KEEP\n\n["))
            for number in 0..<8 { #expect(text.contains("[p\(number)]\n")) }
            #expect(text.components(separatedBy: "aws_session_token = ").count == 9)
            let attributes = try FileManager.default.attributesOfItem(atPath: file)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func `sign-in prints a URL whose token is not logged`() async throws {
        try await LabServer.with { lab in
            let log = lab.harness.path("log")
            let result = try await lab.cambist("sign-in", "audit", "--verbose", "--log-file", log)
            #expect(result.status == 0)
            let url = try #require(URLComponents(string: result.output.trimmingCharacters(in: .newlines)))
            let token = try #require(url.queryItems?.first { $0.name == "SigninToken" }?.value)
            let written = try String(contentsOfFile: log, encoding: .utf8) + result.errorOutput
            #expect(written.contains("/federation"))
            #expect(!written.contains(token))
            #expect(try lab.requests("POST /signin/federation 200") == 1)
        }
    }
}
