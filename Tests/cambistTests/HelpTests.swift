import ArgumentParser
import Federation
import Foundation
import Operations
import TestSupport
import Testing

@testable import cambist

@Suite(.limited) struct HelpTests {
    /// The commands without subcommands, each with the names on its command line.
    private static let commands = leaves(of: Cambist.self, below: [])

    private static func leaves(
        of command: any ParsableCommand.Type,
        below path: [String]
    ) -> [(path: [String], command: any ParsableCommand.Type)] {
        let children = command.configuration.subcommands
        guard !children.isEmpty else { return [(path, command)] }
        return children.flatMap { leaves(of: $0, below: path + [$0.configuration.commandName ?? ""]) }
    }

    @Test func `every command's help has an example of the command`() {
        #expect(Self.commands.count > 10)
        for (path, command) in Self.commands {
            let name = path.joined(separator: " ")
            let help = Cambist.helpMessage(for: command, columns: 200)
            let examples = HelpText.printed(help.components(separatedBy: "Example").last ?? "")
            #expect(examples.contains("cambist \(name)"), "\(name)")
        }
    }

    @Test func `every command lists its exit statuses`() {
        for (path, command) in Self.commands {
            let help = Cambist.helpMessage(for: command, columns: 200)
            let statuses = help.components(separatedBy: "Exit status:\n").last?.components(
                separatedBy: "Example"
            )
            let numbers = (statuses?.first ?? "").split(separator: "\n").compactMap {
                $0.split(separator: " ").first.flatMap { Int32($0) }
            }
            let name = path.joined(separator: " ")
            #expect(numbers.contains(0) && numbers.contains(64), "\(name)")
            #expect(numbers.allSatisfy { ExitStatus(rawValue: $0) != nil }, "\(name)")
            #expect(numbers == numbers.sorted(), "\(name)")
        }
    }

    @Test(arguments: [40, 60, 80])
    func `an example stays on one line in a terminal of any width`(_ columns: Int) {
        for (_, command) in Self.commands where command != LabCommand.self {
            let discussion = HelpText.printed(command.configuration.discussion)
            let examples = discussion.split(separator: "\n").filter { $0.contains("cambist ") }
            #expect(!examples.isEmpty)
            let help = HelpText.printed(Cambist.helpMessage(for: command, columns: columns))
            let lines = Set(help.split(separator: "\n"))
            for example in examples where example.hasPrefix("  ") { #expect(lines.contains(example)) }
        }
    }

    @Test func `an option has the same short name in every command`() {
        for (path, command) in Self.commands {
            let help = Cambist.helpMessage(for: command, columns: 200)
            let hasConfiguration = help.contains("--config <config>")
            #expect(help.contains("-c, --config <config>") == hasConfiguration, "\(path)")
            #expect(help.contains("-v, --verbose ") == hasConfiguration, "\(path)")
            for (short, long) in ["y": "yes", "j": "json"] {
                let definitions = help.split(separator: "\n").filter { $0.contains("--\(long)  ") }
                #expect(definitions.allSatisfy { $0.contains("-\(short), --\(long)") }, "\(path)")
            }
        }
    }

    /// The pure module of the references cannot read the list of commands.
    @Test func `a suggested command names the configuration file if it has the option`() {
        let reference = ConfigurationReference(path: "own.yaml", isOption: true)
        for (path, command) in Self.commands {
            let hasOption = Cambist.helpMessage(for: command, columns: 200).contains("--config <config>")
            let words = ["cambist"] + path + (hasOption ? ["-c own.yaml"] : [])
            let named = reference.naming(in: "`cambist \(path.joined(separator: " "))`")
            #expect(named == "`\(words.joined(separator: " "))`")
        }
    }

    @Test func `the error for a subcommand without its command names both`() throws {
        for (path, _) in Self.commands where path.count == 2 {
            // Another command can have the same name.
            guard let unknown = UnknownCommand(in: [path[1]], of: Cambist.self) else { continue }
            let guess = try #require(unknown.guess)
            #expect(guess.hasSuffix(" \(path[1])"))
            #expect(UnknownCommand(in: guess.split(separator: " ").map(String.init), of: Cambist.self) == nil)
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
        let jsonCommands = Self.commands
            .filter { Cambist.helpMessage(for: $0.command, columns: 200).contains("-j, --json") }
            .map { $0.path.joined(separator: "-") }
        // Definitions that others refer to describe parts of the output.
        let parts = SchemaCommand.text.matches(of: /"#\/\$defs\/(\w+)"/).map { String($0.1) }
        #expect(Set(schema.definitions.keys) == Set(jsonCommands + ["credential-process"] + parts))
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
