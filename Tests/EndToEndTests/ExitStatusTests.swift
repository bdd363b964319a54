import Foundation
import TestSupport
import Testing

/// The documented exit statuses, each caused once.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct ExitStatusTests {
    @Test func `0 is success, 1 a refusal, and 75 a temporary failure`() async throws {
        try await LabServer.with(["--scenario", "gallery"]) { lab in
            let live = try await lab.cambist("test", lab.labVariable("MAPPING"))
            #expect(live.status == 0)
            let refused = try await lab.cambist("exchange", "trust-action")
            #expect(refused.status == 1)
            let throttled = try await lab.cambist("test", "sts-throttled")
            #expect(throttled.status == 75)
            #expect(throttled.isOneLine)
            // The worst result of several mappings counts: a refusal, then a temporary failure, then success.
            let several = try await lab.cambist("test", "sts-throttled", lab.labVariable("MAPPING"))
            #expect(several.status == 75)
            let worst = try await lab.cambist("test", "sts-throttled", "trust-action")
            #expect(worst.status == 1)
        }
    }

    @Test func `64 is a usage error, and 78 an invalid configuration`() async throws {
        try await Harness.with { harness in
            let commands = [
                (["exchange", "audit", "--format", "xml"], 64), (["credential-process", "audit"], 78),
                (["sign-in", "audit"], 78), (["serve"], 78),
            ]
            for (command, status) in commands {
                let result = try await harness.cambist(command)
                #expect(result.status == status, "\(command)")
            }
        }
    }

    @Test func `the help lists 78 if an invalid configuration ends the command`() async throws {
        try await Harness.with { harness in
            let file = try harness.write("nonsense: 1\n", to: "invalid.yaml")
            let variables = ["CAMBIST_CONFIG": file, "EDITOR": "true"]
            for command in try await CommandDescription.all(harness) {
                let meaning = command.discussion.firstMatch(of: /\n  78 +(.*)\n/)?.1
                // For other commands, 78 means an invalid scenario or endpoint, or depends on an option.
                guard meaning == nil || meaning == "invalid configuration" else { continue }
                let line = try #require(command.commandLines(for: "audit").first)
                let result = try await Program.run(
                    "bash",
                    ["-c", "cd \"$HOME\"; cambist \(line)"],
                    environment: harness.environment.merging(variables) { $1 }
                )
                #expect((result.status == 78) == (meaning != nil), "\(line)")
            }
        }
    }

    private static let header = Data(#"{"alg":"RS256","kid":"k1"}"#.utf8)
    private static let unsigned = Data(#"{"alg":"none"}"#.utf8)

    /// Returns a saved token that expires at `end`.
    private static func token(_ header: Data = header, end: Int) -> String {
        let claims = """
            {"aud": "api://x", "iss": "https://sts.windows.net/11111111-2222-3333-4444-555555555555/", "sub": "s", \
            "oid": "s", "iat": 1760000000, "exp": \(end), "ver": "1.0"}
            """
        return [header, Data(claims.utf8), Data("signature".utf8)].map { data in
            data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
                "=",
                with: ""
            )
        }.joined(separator: ".")
    }

    @Test(arguments: [
        ("sub", "s", token(end: 4_000_000_000), 0 as Int32), ("sub", "other", token(end: 4_000_000_000), 1),
        ("sub", "s", token(end: 1_760_003_600), 1), ("sub", "s", token(unsigned, end: 4_000_000_000), 1),
        // Only AWS knows the role's tags: nothing shows a failure.
        ("tag", "s", token(end: 4_000_000_000), 0),
    ])
    func `explain exits with 1 if it found a failure`(
        key: String,
        value: String,
        token: String,
        status: Int32
    ) async throws {
        let issuer = "sts.windows.net/11111111-2222-3333-4444-555555555555/"
        let condition = key == "sub" ? "\(issuer):sub" : "aws:ResourceTag/team"
        try await Harness.with(secretFiles: ["token.jwt"]) { harness in
            let trust = """
                {"Version": "2012-10-17", "Statement": {"Effect": "Allow",
                 "Action": "sts:AssumeRoleWithWebIdentity",
                 "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/\(issuer)"},
                 "Condition": {"StringEquals": {"\(condition)": "\(value)"}}}}
                """
            let result = try await harness.cambist([
                "explain", "--token-file", try harness.write(token, to: "token.jwt"), "--trust-policy",
                try harness.write(trust, to: "trust.json"),
            ])
            #expect(result.status == status, "\(result.output)")
            #expect(result.errorOutput.isEmpty == (status == 0), "\(result.errorOutput)")
        }
    }

    @Test func `69 is an unreachable service`() async throws {
        try await LabServer.with { lab in
            let file = try lab.write(endpoints: ["sts": "http://127.0.0.1:1"])
            for command in ["credential-process", "exchange", "exec", "sign-in"] {
                let words = command == "exec" ? ["audit", "true"] : ["audit"]
                let result = try await lab.harness.cambist([command, "--config", file] + words)
                #expect(result.status == 69, "\(command)")
                #expect(result.isOneLine, "\(command)")
            }
        }
    }

    @Test func `77 is a file that cannot be written`() async throws {
        try await LabServer.with { lab in
            let directory = lab.harness.path("nowhere")
            try "a file, not a directory".write(toFile: directory, atomically: true, encoding: .utf8)
            let variables = [
                "CAMBIST_CONFIG": lab.configuration,
                "AWS_SHARED_CREDENTIALS_FILE": "\(directory)/credentials",
            ]
            let result = try await lab.harness.cambist(
                ["exchange", "audit", "--format", "credentials-file"],
                variables
            )
            #expect(result.status == 77)
            #expect(result.isOneLine)
        }
    }

    /// The progress that commands show on a terminal while a service does not respond.
    private static let progress: [Substring: String] = [
        "exchange": "audit: exchanging…", "credential-process": "audit: exchanging…",
        "exec": "audit: exchanging…", "sign-in": "audit: exchanging…", "claims": "audit: requesting a token…",
        "explain": "audit: exchanging and reading", "setup": "reading both clouds…",
        "doctor": "checking this machine",
    ]

    @Test func `Ctrl-C ends the command of exec with 130`() async throws {
        try await LabServer.with { lab in
            try await Pane.with { pane in
                try await pane.enter(
                    "export CAMBIST_CONFIG=\(lab.configuration); cambist exec audit -- sh -c 'echo began; sleep 600'"
                )
                try await pane.waitFor("\nbegan")
                try await pane.press("C-c")
                try await pane.enter(Pane.epilogue)
                #expect(try await pane.status == 130)
            }
        }
    }

    @Test func `Ctrl-C ends a lab with 0`() async throws {
        try await Pane.with { pane in
            try await pane.enter("cambist lab --env-file lab.env >/dev/null")
            try await pane.waitFor("Ctrl-C ends it")
            try await pane.press("C-c")
            try await pane.enter(Pane.epilogue)
            #expect(try await pane.status == 0)
        }
    }

    @Test(
        arguments: [
            "exchange audit", "credential-process audit", "exec audit true", "test audit", "wait audit",
            "claims audit", "explain audit", "sign-in audit", "setup plan audit", "setup apply audit",
            "setup verify audit", "setup destroy audit", "doctor",
        ]
    )
    func `Ctrl-C ends a waiting command with 130`(_ command: String) async throws {
        try await Harness.with { harness in
            let listener = try SilentListener()
            let file = try harness.write(listener.configuration, to: "silent.yaml")
            try await Pane.with { pane in
                try await pane.enter("export CAMBIST_CONFIG=\(file); cambist \(command)")
                if let progress = Self.progress[command.prefix { $0 != " " }] {
                    try await pane.waitFor(progress)
                }
                _ = try await eventually {
                    listener.hasClient ? true : nil
                } orElse: {
                    "No connection arrived."
                }
                try await pane.press("C-c")
                // The signal ends the command, so the shell also drops the rest of the line.
                try await pane.enter(Pane.epilogue)
                #expect(try await pane.status == 130)
            }
        }
    }
}

/// A port that accepts connections and never responds.
final class SilentListener: Sendable {
    private let descriptor: Int32
    let port: Int

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard result else {
            throw HarnessError(description: "Cannot listen: \(String(cString: strerror(errno)))")
        }
        descriptor = listener
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit {
        close(descriptor)
    }

    /// A configuration of one mapping, `audit`, whose services are all at this port.
    var configuration: String {
        let names = ["imds", "sts", "iam", "graph", "arm", "authority", "signin"]
        let endpoints = names.map { "  \($0): http://127.0.0.1:\(port)" }.joined(separator: "\n")
        return """
            identities:
              logging: {system_assigned: true, source: imds, tenant_id: 2f4a9838-26b7-47ee-be60-ccc1fdec5953}
            mappings:
              audit:
                identity: logging
                audience: api://2f4a9838-26b7-47ee-be60-ccc1fdec5953/audit
                role_arn: arn:aws:iam::111122223333:role/audit
            setup: {graph_identity: logging}
            endpoints:
            \(endpoints)
            """
    }

    /// Whether a client is connected.
    var hasClient: Bool {
        var query = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&query, 1, 0) == 1
    }
}
