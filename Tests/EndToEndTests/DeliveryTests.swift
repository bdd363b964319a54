import Foundation
import Testing

/// Credentials for other programs, by the built one.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct DeliveryTests {
    @Test func `twenty processes at once make one exchange`() async throws {
        try await LabServer.with { lab in
            let answers = try await withThrowingTaskGroup(of: Ending.self) { group in
                for _ in 0..<20 { group.addTask { try await lab.cambist("credential-process", "audit") } }
                return try await group.reduce(into: [Ending]()) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 0 })
            // Without a kernel keyring, each process reports that, and exchanges by itself.
            let hasKeyring = answers.allSatisfy(\.complaint.isEmpty)
            #expect(try lab.requests("POST /sts") == (hasKeyring ? 1 : 20))
            #expect(Set(answers.map(\.output)).count == (hasKeyring ? 1 : 20))
        }
    }

    @Test func `exec gives on what the shell opened, and nothing of its own`() async throws {
        try await LabServer.with { lab in
            let script =
                #"cambist exec audit -- sh -c 'cat /dev/fd/7; ls /proc/self/fd | wc -l' 7<<< inherited"#
            let ending = try await Program.run(
                "bash",
                ["-c", script],
                environment: lab.harness.environment.merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
            )
            #expect(ending.status == 0)
            // The three standard ones, the inherited one, and that of `ls` itself.
            #expect(ending.output == "inherited\n5\n")
        }
    }

    @Test func `exec leaves ignored signals ignored and all others as they are`() async throws {
        try await LabServer.with { lab in
            let script = "trap '' HUP; exec cambist exec audit -- grep -E 'SigIgn|SigBlk' /proc/self/status"
            let ending = try await Program.run(
                "bash",
                ["-c", script],
                environment: lab.harness.environment.merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
            )
            let masks = ending.output.split(whereSeparator: \.isWhitespace)
            try #require(masks.count == 4 && masks[0] == "SigBlk:" && masks[2] == "SigIgn:")
            #expect(UInt64(masks[1], radix: 16) == 0)
            // The classic signals: what is above them is the C library's own.
            #expect(UInt64(masks[3], radix: 16).map { $0 & 0x7FFF_FFFF } == 1)
        }
    }

    @Test(arguments: [("TERM", 143), ("KILL", 137)])
    func `a signal to exec is the command's`(_ signal: String, _ status: Int32) async throws {
        try await LabServer.with { lab in
            let ending = try await lab.cambist("exec", "audit", "--", "sh", "-c", "kill -s \(signal) $$")
            #expect(ending.status == status)
        }
    }

    @Test(arguments: [["audit", "--config"], ["--config"]])
    func `exec takes its own options wherever they stand before the command`(_ words: [String]) async throws {
        try await LabServer.with { lab in
            let mapping = words.first == "audit" ? [] : ["audit"]
            let command = ["--", "sh", "-c", #"echo "$AWS_REGION" "$@""#, "sh", "--config", "--", "-v"]
            let arguments = ["exec"] + words + [lab.configuration] + mapping + command
            let ending = try await lab.harness.cambist(arguments)
            #expect(ending.status == 0, "\(ending.complaint)")
            #expect(ending.output == "eu-west-1 --config -- -v\n")
        }
    }

    @Test(arguments: [("no-such-program", 127), ("/etc/passwd", 126)])
    func `a command that cannot be run ends as shells have it`(_ command: String, _ status: Int32)
        async throws
    {
        try await LabServer.with { lab in
            let ending = try await lab.cambist("exec", "audit", "--", command)
            #expect(ending.status == status)
            #expect(ending.isOneLine)
            #expect(ending.complaint.contains(command))
        }
    }

    @Test func `a command under exec stops and goes on as any other`() async throws {
        try await LabServer.with { lab in
            try await Pane.with { pane in
                try await pane.enter(
                    "export CAMBIST_CONFIG=\(lab.configuration); cambist exec audit -- sh -c 'echo began; read line; echo got $line'"
                )
                try await pane.shows("began")
                try await pane.press("C-z")
                try await pane.shows("Stopped")
                try await pane.enter("fg")
                try await pane.enter("word")
                try await pane.shows("got word")
            }
        }
    }

    @Test func `a credentials file takes many writers, and its other profiles stay`() async throws {
        try await LabServer.with { lab in
            let file = try lab.harness.write("# mine\n[other]\naws_access_key_id = KEEP\n", to: "credentials")
            let variables = ["CAMBIST_CONFIG": lab.configuration, "AWS_SHARED_CREDENTIALS_FILE": file]
            try await withThrowingTaskGroup(of: Ending.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        try await lab.harness.cambist(
                            ["exchange", "audit", "--format", "credentials-file", "--profile", "p\(number)"],
                            variables
                        )
                    }
                }
                for try await ending in group {
                    #expect(ending.status == 0)
                    #expect(ending.output.isEmpty)
                    #expect(ending.complaint.isEmpty)
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

    @Test func `sign-in prints one URL that no log knows`() async throws {
        try await LabServer.with { lab in
            let log = lab.harness.path("log")
            let ending = try await lab.cambist("sign-in", "audit", "--verbose", "--log-file", log)
            #expect(ending.status == 0)
            let url = try #require(URLComponents(string: ending.output.trimmingCharacters(in: .newlines)))
            let token = try #require(url.queryItems?.first { $0.name == "SigninToken" }?.value)
            let written = try String(contentsOfFile: log, encoding: .utf8) + ending.complaint
            #expect(written.contains("/federation"))
            #expect(!written.contains(token))
            #expect(try lab.requests("POST /signin/federation 200") == 1)
        }
    }
}
