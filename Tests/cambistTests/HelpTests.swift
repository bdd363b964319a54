import ArgumentParser
import Federation
import Foundation
import Testing

@testable import cambist

/// What the program says of itself.
struct HelpTests {
    /// Every command that does something, with its names from the top.
    private static func leaves(of command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        let children = command.configuration.subcommands
        return children.isEmpty ? [command] : children.flatMap(leaves)
    }

    @Test func `every command has an example of itself`() {
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

/// What scripts depend on.
struct ExitStatusTests {
    @Test func `the numbers are those that are promised`() {
        #expect(ExitStatus.allCases.map(\.rawValue) == [0, 1, 64, 69, 70, 75, 77, 78, 130])
        #expect(ExitStatus(worstOf: [.tryAgain, .unreachable, .refused]) == .no)
        #expect(ExitStatus(worstOf: [.tryAgain, .unreachable]) == .unreachable)
        #expect(ExitStatus(worstOf: [.tryAgain]) == .tryAgain)
        #expect(ExitStatus(worstOf: []) == .done)
    }
}
