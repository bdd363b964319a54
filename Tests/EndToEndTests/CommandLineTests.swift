import Foundation
import TestSupport
import Testing

@testable import Console

@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct CommandLineTests {
    /// A command with a usage error, its exit status without a configuration, and a part of its message.
    struct UsageError: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let status: Int32
        let messagePart: String

        init(_ command: String, _ status: Int32, _ messagePart: String) {
            arguments = command.split(separator: " ").map(String.init)
            self.status = status
            self.messagePart = messagePart
        }

        var testDescription: String { (["cambist"] + arguments).joined(separator: " ") }
    }

    static let usageErrors = [
        UsageError("frobnicate", 64, "frobnicate"),
        UsageError("tset --all", 64, "Did you mean cambist test?"),
        UsageError("list", 64, #"no command "list". See `cambist help`."#),
        UsageError("plan audit", 64, "Did you mean cambist setup plan?"),
        UsageError("login audit", 64, "See `cambist help`."),
        UsageError("config chek", 64, "Did you mean cambist config check?"),
        UsageError("help nope", 64, #"no command "nope""#),
        UsageError("help config chek", 64, "cambist config check?"),
        UsageError("nope --help", 64, #"no command "nope""#),
        UsageError("test --frobnicate audit", 64, "--frobnicate"),
        UsageError("test --frobnicate", 64, "--frobnicate"),
        UsageError("explain --frobnicate", 64, "--frobnicate"),
        UsageError("explain", 64, "Name a mapping"),
        UsageError("claims audit --raw --verify", 64, "--raw"),
        UsageError("console --scenario steady", 64, "requires --lab"),
        UsageError("console --speed 10", 64, "requires --lab"),
        UsageError("--seed 7", 64, "requires --lab"),
        UsageError("config aws-profile", 64, "<mapping>"),
        UsageError("config aws-profile audit --profile a]b", 64, "--profile"),
        UsageError("exchange audit --format credentials-file --profile a\"b", 64, "--profile"),
        UsageError("test", 64, "--all"),
        UsageError("test --all audit", 64, "--all"),
        UsageError("exchange", 64, "mapping"),
        UsageError("exchange audit --format xml", 64, "xml"),
        UsageError("exchange audit --duration 1s", 64, "1s"),
        UsageError("lab --scenario nowhere", 64, "nowhere"),
        UsageError("lab --speed 0", 64, "--speed"),
        UsageError("console --lab --keys j", 64, "--frame"),
        UsageError("console --lab", 64, "cambist test --all"),
        UsageError("console", 64, "cambist test --all"),
        UsageError("test audit", 78, "does not exist"),
        UsageError("claims audit", 78, "does not exist"),
        UsageError("config check", 78, "does not exist"),
        UsageError("exec audit -- true", 78, "does not exist"),
        UsageError("test audit --config /nowhere/cambist.yaml", 78, "/nowhere/cambist.yaml"),
    ]

    @Test(arguments: usageErrors)
    func `a usage error has its exit status and names the wrong argument`(_ usageError: UsageError)
        async throws
    {
        try await Harness.with { harness in
            let result = try await harness.cambist(usageError.arguments)
            #expect(result.status == usageError.status)
            #expect(result.errorOutput.contains(usageError.messagePart))
            #expect(result.output.isEmpty)
            if usageError.status != 64 { #expect(result.isOneLine) }
        }
    }

    /// Names with a line break, in each place where an error quotes one.
    private static let names: [[String]] = [
        ["test", "a\nb"], ["exchange", "a\nb"], ["wait", "a\nb"], ["explain", "a\nb"], ["claims", "a\nb"],
        ["exec", "a\nb", "--", "true"], ["serve", "a\nb"], ["setup", "plan", "a\nb"], ["sign-in", "a\nb"],
        ["status", "a\nb"], ["config", "aws-profile", "a\nb"], ["exec", "audit", "--", "a\nb"],
        ["exchange", "audit", "--format", "credentials-file", "--profile", "a\nb"],
        ["claims", "audit", "--diff", "a\nb"], ["claims", "audit", "--diff-file", "/a\nb"],
        ["test", "audit", "--config", "/a\nb/c.yaml"], ["console", "--theme", "a\nb", "--frame", "-"],
        ["console", "--lab", "--scenario", "a\nb", "--frame", "-"], ["a\nb"], ["test", "--a\nb"],
        ["history", "--since", "a\nb"], ["test", "audit", "--log-file", "/a\nb/c"],
    ]

    @Test(arguments: names)
    func `an error quotes a name with a line break on one line`(_ arguments: [String]) async throws {
        try await LabServer.with { lab in
            let result = try await lab.cambist(arguments)
            #expect(result.status != 0)
            let lines = result.errorOutput.split(separator: "\n")
            #expect(lines.contains { $0.contains("a b") }, "\(result.errorOutput)")
            #expect(!lines.contains { $0.hasPrefix("b") }, "\(result.errorOutput)")
        }
    }

    static let usageErrorsInJSON = [
        UsageError("explain --json", 64, "Name a mapping"),
        UsageError("claims audit --raw --json", 64, "--raw"),
        UsageError("explain audit --json --at yesterday", 64, "yesterday"),
        UsageError("explain audit --json --role arn:aws:iam::1:user/x", 64, "--role"),
        UsageError("explain audit --json --context novalue", 64, "novalue"),
        UsageError("test --json", 64, "--all"),
        UsageError("claims --json", 64, "mapping"),
        UsageError("wait audit --json --timeout never", 64, "never"),
        UsageError("history --json --limit 0", 64, "--limit"),
        UsageError("history --csv --json", 64, "--csv"),
        UsageError("setup plan --json", 64, "mapping"),
        UsageError("setup destroy --json --frobnicate a", 64, "--frobnicate"),
        UsageError("doctor --json --frobnicate", 64, "--frobnicate"),
        UsageError("config check --json more", 64, "more"),
        UsageError("exchange audit --format json --duration 1s", 64, "1s"),
        UsageError("exchange audit --duration 1s --format=json", 64, "1s"),
    ]

    @Test(arguments: usageErrorsInJSON)
    func `a usage error is also reported as JSON if JSON was requested`(_ usageError: UsageError) async throws
    {
        try await Harness.with { harness in
            let result = try await harness.cambist(usageError.arguments)
            #expect(result.status == usageError.status)
            #expect(result.isOneLine)
            let answer = try JSONDecoder().decode(FailureReport.self, from: Data(result.output.utf8))
            #expect(answer.version == 1)
            #expect(answer.error.code == "usage")
            #expect(answer.error.message.contains(usageError.messagePart))
            #expect(result.errorOutput.contains(answer.error.message))
            #expect(answer.error.fix.contains("--help"))
        }
    }

    @Test(arguments: ["test --json --help", "explain --json --help", "--version"])
    func `a request for help is not a usage error`(_ command: String) async throws {
        try await Harness.with { harness in
            let result = try await harness.cambist(command.split(separator: " ").map(String.init))
            #expect(result.status == 0)
            #expect(!result.output.hasPrefix("{"))
            #expect(result.errorOutput.isEmpty)
        }
    }

    @Test(
        arguments: [
            "exchange audit", "test audit --json", "claims audit --json", "explain audit --json",
            "wait audit --json", "setup plan audit --json", "setup apply audit --yes --json",
            "setup verify audit --json", "setup destroy audit --yes --json", "config check --json",
            "config show --json", "sign-in audit --json", "serve --json",
        ]
    )
    func `a failure is also reported as JSON if JSON was requested`(_ command: String) async throws {
        try await Harness.with { harness in
            let result = try await harness.cambist(command.split(separator: " ").map(String.init))
            #expect(result.status == 78)
            #expect(result.isOneLine)
            let answer = try JSONDecoder().decode(FailureReport.self, from: Data(result.output.utf8))
            #expect(answer.version == 1)
            #expect(result.errorOutput.contains(answer.error.message))
            #expect(!answer.error.code.isEmpty)
            #expect(!answer.error.fix.isEmpty)
        }
    }

    @Test func `the error for an unknown key has file, line, and column`() async throws {
        try await Harness.with { harness in
            let file = try harness.write("defaults:\n  regoin: eu-west-1\n", to: "error.yaml")
            let result = try await harness.cambist(["config", "check", "--config", file])
            #expect(result.status == 78)
            #expect(result.errorOutput.contains("\(file):2:3"))
            #expect(result.errorOutput.contains("regoin"))
            #expect(result.output.isEmpty)
        }
    }

    @Test func `a configuration error in JSON has its fix`() async throws {
        try await Harness.with { harness in
            let file = try harness.write("defaults:\n  regoin: eu-west-1\n", to: "error.yaml")
            for command in ["exchange audit", "test audit --json", "config check --json", "serve --json"] {
                let words = command.split(separator: " ").map(String.init)
                let result = try await harness.cambist(words + ["--config", file])
                #expect(result.status == 78)
                let answer = try JSONDecoder().decode(FailureReport.self, from: Data(result.output.utf8))
                #expect(answer.error.message.contains("\(file):2:3"))
                #expect(answer.error.fix.contains("cambist config check"))
                #expect(result.isOneLine)
            }
        }
    }

    @Test(arguments: ["exchange", "config check", "setup plan", "wait"])
    func `a command's help is the same from help, --help, and -h, with the complete name`(_ command: String)
        async throws
    {
        try await Harness.with { harness in
            let words = command.split(separator: " ").map(String.init)
            let help = try await harness.cambist(["help"] + words)
            for option in ["--help", "-h"] {
                let result = try await harness.cambist(words + [option])
                #expect(result.status == 0)
                #expect(result.output.contains("USAGE: cambist \(command) "))
                #expect(result.output == help.output)
            }
        }
    }

    @Test func `a command without a mapping lists the mappings`() async throws {
        try await LabServer.with { lab in
            for command in ["exchange", "wait", "sign-in", "config aws-profile"] {
                let result = try await lab.cambist(command.split(separator: " ").map(String.init))
                #expect(result.status == 64)
                #expect(result.errorOutput.contains("Mappings: audit, audit-us,"), "\(command)")
            }
        }
    }

    @Test func `every configuration error is reported on a separate line`() async throws {
        try await Harness.with { harness in
            let text =
                "mappings:\n  audit:\n    identity: missing\n    audience: api://a\n    role_arn: arn:aws:iam::1:role/x\n"
            let file = try harness.write(text, to: "errors.yaml")
            let result = try await harness.cambist(["config", "check", "--config", file])
            #expect(result.status == 78)
            #expect(result.errorOutput.contains("\(file):3:"))
            #expect(result.errorOutput.contains("\(file):5:"))
            #expect(result.errorOutput.split(separator: "\n").count == 2)
        }
    }

    @Test func `keys and a frame work without a terminal`() async throws {
        try await Harness.with { harness in
            let result = try await harness.cambist([
                "console", "--lab", "--keys", "f", "--frame", "-", "--size", "160x30",
            ])
            #expect(result.status == 0)
            #expect(result.errorOutput.isEmpty)
            let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count >= 30)
            #expect(lines.allSatisfy { $0.count <= 160 })
            #expect(result.output.contains("Not authorized to perform sts:AssumeRoleWithWebIdentity"))
        }
    }

    /// For each panel, a text that only this panel shows.
    private static let texts: [Panel.ID: String] = [
        .mappings: "CREDENTIALS", .claims: "MEANING", .trust: "VALUES", .watch: "No mapping is watched.",
        .history: "OUTCOME", .identities: "AUDIENCE", .roles: "SESSION", .timeline: "+12h", .setup: "KIND",
        .fleet: "set fleet.store", .log: "METHOD", .help: "ACTION",
    ]

    @Test(arguments: Panel.lists)
    func `each panel has a key`(panel: Panel.ID) async throws {
        let text = try #require(Self.texts[panel])
        try await Harness.with { harness in
            let result = try await harness.cambist([
                "console", "--lab", "--scenario", "steady", "--keys", panel.keyLabel, "--frame", "-",
                "--size", "160x30",
            ])
            #expect(result.status == 0)
            #expect(result.output.contains(text), "\(result.output)")
        }
    }

    @Test func `the console sets up both clouds and watches the mapping`()
        async throws
    {
        try await Harness.with { harness in
            let result = try await harness.cambist([
                "console", "--lab", "--scenario", "empty", "--speed", "2000", "--keys",
                ":setup<Enter>ay<Esc>r",
                "--frame", "-", "--size", "160x30",
            ])
            #expect(result.status == 0)
            #expect(result.errorOutput.isEmpty)
            #expect(result.output.contains("✓ caller"), "\(result.output)")
            #expect(result.output.contains("1 waiting") || result.output.contains("1 live"))
        }
    }

    @Test func `an export warns about a refused identifier URI and another identity that uses the role`()
        async throws
    {
        try await Harness.with { harness in
            let text = """
                identities:
                  one: {tenant_id: 2f4a9838-26b7-47ee-be60-ccc1fdec5953, principal_id: 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74}
                  two: {tenant_id: 2f4a9838-26b7-47ee-be60-ccc1fdec5953, principal_id: 9b1f2c3d-4e5f-4a6b-8c7d-0123456789ab}
                mappings:
                  first: {identity: one, audience: "api://bare", role_arn: "arn:aws:iam::111122223333:role/shared"}
                  second: {identity: two, audience: "api://bare", role_arn: "arn:aws:iam::111122223333:role/shared"}

                """
            let file = try harness.write(text, to: "shared.yaml")
            let result = try await harness.cambist([
                "setup", "export", "first", "--format", "terraform", "--config", file,
            ])
            #expect(result.status == 0)
            #expect(result.output.contains("resource \"aws_iam_role\" \"cambist\""))
            let warnings = result.errorOutput.split(separator: "\n")
            #expect(warnings.count == 2)
            #expect(warnings.first?.contains("Entra refuses api://bare") == true)
            #expect(warnings.last?.contains("use the role of this export: second") == true)
        }
    }

    @Test func `only their owner can read the lab's files`() async throws {
        try await LabServer.with { lab in
            for name in ["lab.env", "lab.yaml"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: lab.harness.path(name))
                #expect(attributes[.posixPermissions] as? Int == 0o600)
            }
        }
    }

    @Test func `a command whose log file cannot be written exits with status 77`() async throws {
        try await LabServer.with { lab in
            let result = try await lab.cambist(
                "test",
                "audit",
                "--log-file",
                lab.harness.path("nowhere/cambist.log")
            )
            #expect(result.status == 77)
            #expect(result.isOneLine)
            #expect(result.output.isEmpty)
        }
    }

    @Test func `a port in use is reported in one line`() async throws {
        try await LabServer.with { lab in
            let port = URL(string: lab.variables["AWS_ENDPOINT_URL_STS"] ?? "")?.port ?? 0
            let result = try await lab.cambist("lab", "--port", "\(port)")
            #expect(result.status == 69)
            #expect(result.isOneLine)
            #expect(result.errorOutput.contains("Port \(port) is in use"))
            #expect(result.output.isEmpty)
        }
    }
}
