import CredentialDelivery
import Federation
import Foundation
import TestSupport
import Testing

/// The lines that `cambist exchange` prints, in real shells.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct ShellTests {
    /// A shell and its format.
    struct Shell: Sendable, CustomTestStringConvertible {
        let name: String
        let format: CredentialFormat

        var testDescription: String { name }

        /// Whether the shell is installed; every machine has `sh`.
        var isInstalled: Bool {
            ["/bin/", "/usr/bin/"].contains { FileManager.default.isExecutableFile(atPath: $0 + name) }
        }
    }

    static let shells = [
        Shell(name: "sh", format: .env), Shell(name: "dash", format: .env), Shell(name: "bash", format: .env),
        Shell(name: "zsh", format: .env), Shell(name: "fish", format: .fish),
    ].filter(\.isInstalled)

    static let hostile = [
        "plain", " ", "a b", "$HOME", "$(id)", "`id`", "'", "''", "it's", "\"", "\\", "\\'", "'\\",
        "a\\\\b",
        "a;id", "a&id", "a|id", "#x", "~", "*", "?", "[a]", "{a,b}", "%self", "!x", "-n",
        "--",
        "x=y", "caf\u{E9}", "'\u{301}$(id)", "\u{2019}", "\\\u{301}'", "(id)", "^x", "<(id)",
        "wJalrXUtnFEMI/K7MDENG+bPxRfiCY==",
    ]

    static let unprintable = [
        "", "line\nend", "\n", "\t", "a\r", "a\r\nb", "a\u{0}", "\u{1B}[2J", "a\u{85}", "a\u{2028}",
    ]

    @Test(arguments: shells)
    func `a shell reads values back unchanged`(_ shell: Shell) async throws {
        try await Harness.with { harness in
            for value in Self.hostile {
                let credentials = try SessionCredentials.sample()
                let lines = try shell.format.text(of: credentials, region: value)
                let script = lines + #"printf '%s|%s' "$AWS_REGION" "$AWS_SECRET_ACCESS_KEY""# + "\n"
                let result = try await Program.run(
                    shell.name,
                    ["-c", script],
                    environment: harness.environment
                )
                #expect(result.output == value + "|hush/key/hush/key", "\(value.debugDescription)")
                #expect(result.errorOutput.isEmpty)
            }
        }
    }

    @Test(arguments: shells)
    func `a value that could end its line is refused in every format`(_ shell: Shell) throws {
        let credentials = try SessionCredentials.sample()
        for value in Self.unprintable {
            #expect(throws: UnprintableMember(member: "region"), "\(value.debugDescription)") {
                try shell.format.text(of: credentials, region: value)
            }
        }
    }

    @Test func `the printed lines set a shell's environment`() async throws {
        try await LabServer.with { lab in
            for shell in Self.shells {
                let command = "cambist exchange audit --format \(shell.format.rawValue)"
                let script =
                    shell.format == .fish
                    ? "\(command) | source; and env" : "eval \"$(\(command))\" && env"
                let result = try await Program.run(
                    shell.name,
                    ["-c", script],
                    environment: lab.harness.environment.merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
                )
                #expect(result.status == 0, "\(shell.name)")
                for name in [
                    "AWS_ACCESS_KEY_ID=ASIA", "AWS_SECRET_ACCESS_KEY=", "AWS_SESSION_TOKEN=",
                    "AWS_REGION=eu-",
                ] {
                    #expect(result.output.contains("\n\(name)") || result.output.hasPrefix(name), "\(name)")
                }
            }
        }
    }
}
