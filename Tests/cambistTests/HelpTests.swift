import ArgumentParser
import Federation
import Foundation
import Operations
import Testing

@testable import cambist

/// Tests of the help.
struct HelpTests {
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

    @Test func `every JSON answer has a schema, and every schema is of a command`() throws {
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
        let answering = Self.paths(of: Cambist.self, below: [])
            .filter { Cambist.helpMessage(for: $0.command, columns: 200).contains("--json") }
            .map { $0.path.joined(separator: "-") }
        let own = ["exchange", "credential-process"]
        let parts = ["instant", "error", "step", "openQuestion"]
        #expect(Set(schema.definitions.keys) == Set(answering + own + parts))
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
struct ExitStatusTests {
    @Test func `exit statuses have the documented numbers, and the worst of several is returned`() {
        #expect(ExitStatus.allCases.map(\.rawValue) == [0, 1, 64, 69, 70, 75, 77, 78, 130])
        #expect(ExitStatus(worstOf: [.tryAgain, .unreachable, .refused]) == .no)
        #expect(ExitStatus(worstOf: [.tryAgain, .unreachable]) == .unreachable)
        #expect(ExitStatus(worstOf: [.tryAgain]) == .tryAgain)
        #expect(ExitStatus(worstOf: []) == .done)
    }
}
