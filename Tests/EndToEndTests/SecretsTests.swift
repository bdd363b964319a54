import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct SecretsTests {
    @Test func `no command leaves a secret behind that it was not asked for`() async throws {
        try await LabServer.with { lab in
            let log = lab.bench.path("cambist.log")
            let secrets = try await Self.secrets(lab, log: log)
            let commands = [
                ["test", "--all"], ["test", "--all", "--json"], ["claims", "audit"],
                ["claims", "audit", "--json"],
                ["config", "check"],
            ]
            var written = ""
            for command in commands {
                let ending = try await lab.cambist(command + ["--verbose", "--log-file", log])
                written += ending.output + ending.complaint
            }
            let kept =
                try Self.texts(under: lab.bench.path("state")) + [
                    try String(contentsOfFile: log, encoding: .utf8)
                ]
            #expect(written.contains("/metadata/identity/oauth2/token"), "--verbose tells the requests")
            for text in kept + [written] {
                for secret in secrets { #expect(!text.contains(secret)) }
            }
        }
    }

    @Test func `the raw token is not shown on a terminal that did not ask twice`() async throws {
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

    /// The secrets of one exchange: token, its signature alone, secret key, session token.
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
            #expect(!answer.complaint.contains(secret))
            secrets.append(secret)
        }
        try #require(secrets.count == 4)
        try #require(secrets.allSatisfy { $0.count >= 16 })
        return secrets
    }

    /// The bytes of every file below a directory, as text.
    private static func texts(under directory: String) throws -> [String] {
        let names = FileManager.default.enumerator(atPath: directory)?.allObjects as? [String] ?? []
        return names.compactMap { FileManager.default.contents(atPath: directory + "/" + $0) }
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
