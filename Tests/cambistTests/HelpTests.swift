import ArgumentParser
import Federation
import Foundation
import Operations
import TestSupport
import Testing

@testable import cambist

@Suite(.limited) struct HelpTests {
    /// The commands that read no configuration and therefore never exit with 78.
    private static let withoutConfiguration: [any ParsableCommand.Type] = [
        ConfigInitCommand.self, ConfigPathCommand.self, ConfigSchemaCommand.self, SchemaCommand.self,
    ]

    /// Returns the commands without subcommands.
    private static func leaves(of command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        let children = command.configuration.subcommands
        return children.isEmpty ? [command] : children.flatMap(leaves)
    }

    @Test func `every command's help has an example of the command`() {
        let commands = Self.leaves(of: Cambist.self)
        #expect(commands.count > 10)
        for command in commands {
            let name = command.configuration.commandName ?? ""
            let help = Cambist.helpMessage(for: command, columns: 200)
            #expect(help.contains("Example"), "\(name)")
            #expect(help.contains("cambist"), "\(name)")
            let examples = help.components(separatedBy: "Example").last ?? ""
            #expect(examples.contains(name), "\(name)")
        }
    }

    @Test func `every command lists its exit statuses`() {
        for command in Self.leaves(of: Cambist.self) {
            let help = Cambist.helpMessage(for: command, columns: 200)
            let statuses = help.components(separatedBy: "Exit status:\n").last?.components(
                separatedBy: "Example"
            )
            let numbers = (statuses?.first ?? "").split(separator: "\n").compactMap {
                $0.split(separator: " ").first.flatMap { Int32($0) }
            }
            let name = command.configuration.commandName ?? ""
            let readsConfiguration = !Self.withoutConfiguration.contains { $0 == command }
            #expect(numbers.contains(0) && numbers.contains(64), "\(name)")
            #expect(numbers.contains(78) == readsConfiguration, "\(name)")
            #expect(numbers.allSatisfy { ExitStatus(rawValue: $0) != nil }, "\(name)")
            #expect(numbers == numbers.sorted(), "\(name)")
        }
    }

    @Test(arguments: [40, 60, 80])
    func `an example stays on one line in a terminal of any width`(_ columns: Int) {
        for command in Self.leaves(of: Cambist.self) where command != LabCommand.self {
            let discussion = HelpText.printed(command.configuration.discussion)
            let examples = discussion.split(separator: "\n").filter { $0.contains("cambist ") }
            #expect(!examples.isEmpty)
            let help = HelpText.printed(Cambist.helpMessage(for: command, columns: columns))
            let lines = Set(help.split(separator: "\n"))
            for example in examples where example.hasPrefix("  ") { #expect(lines.contains(example)) }
        }
    }

    @Test func `an option has the same short name in every command`() {
        for command in Self.leaves(of: Cambist.self)
        where command != LabCommand.self && command != SchemaCommand.self
            && command != ConfigSchemaCommand.self
        {
            let help = Cambist.helpMessage(for: command, columns: 200)
            let name = command.configuration.commandName ?? ""
            #expect(help.contains("-c, --config <config>"), "\(name)")
            #expect(help.contains("-v, --verbose "), "\(name)")
            for (short, long) in ["y": "yes", "j": "json"] {
                let definitions = help.split(separator: "\n").filter { $0.contains("--\(long)  ") }
                #expect(definitions.allSatisfy { $0.contains("-\(short), --\(long)") }, "\(name)")
            }
        }
    }

    @Test func `every JSON output has a schema, and every schema belongs to a command`() throws {
        struct Schema: Decodable {
            struct Definition: Decodable {
                let description: String
            }
            enum CodingKeys: String, CodingKey {
                case definitions = "$defs"
            }
            let definitions: [String: Definition]
        }
        let schema = try JSONDecoder().decode(Schema.self, from: Data(SchemaCommand.text.utf8))
        let jsonCommands = Self.paths(of: Cambist.self, below: [])
            .filter {
                Cambist.helpMessage(for: $0.command, columns: 200).contains("--json")
            }
            .map { $0.path.joined(separator: "-") }
        let own = ["exchange", "credential-process"]
        let parts = ["instant", "error", "step", "cause", "openQuestion", "cloudSource"]
        #expect(Set(schema.definitions.keys) == Set(jsonCommands + own + parts))
    }

    /// Returns the commands without subcommands, each with the names on its command line.
    private static func paths(
        of command: any ParsableCommand.Type,
        below path: [String]
    ) -> [(path: [String], command: any ParsableCommand.Type)] {
        let children = command.configuration.subcommands
        guard !children.isEmpty else { return [(path, command)] }
        return children.flatMap { paths(of: $0, below: path + [$0.configuration.commandName ?? ""]) }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `each shell has a completion script`(_ shell: String) throws {
        let kind = try #require(CompletionShell(rawValue: shell))
        let script = Cambist.completionScript(for: kind)
        for command in Cambist.configuration.subcommands {
            #expect(script.contains(command.configuration.commandName ?? "-"))
        }
        #expect(script.contains("---completion"))
    }
}

/// Tests of the exit statuses that scripts depend on.
@Suite(.limited) struct ExitStatusTests {
    @Test func `exit statuses have the documented numbers, and the worst of several is returned`() {
        #expect(ExitStatus.allCases.map(\.rawValue) == [0, 1, 64, 69, 70, 75, 77, 78, 130])
        #expect(ExitStatus(worstOf: [.tryAgain, .unreachable, .refused]) == .no)
        #expect(ExitStatus(worstOf: [.tryAgain, .unreachable]) == .unreachable)
        #expect(ExitStatus(worstOf: [.tryAgain]) == .tryAgain)
        #expect(ExitStatus(worstOf: []) == .done)
    }

    @Test(arguments: Operations.ExitStatus.allCases)
    func `a failure among several statuses is never reported as success`(status: Operations.ExitStatus) {
        #expect(Operations.ExitStatus(worstOf: [.done, status, .done]) == status)
        #expect(Operations.ExitStatus.bySeverity.count { $0 == status } == 1)
    }
}
