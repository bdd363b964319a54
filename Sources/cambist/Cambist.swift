import ArgumentParser
import Foundation

/// The program: its commands and how it ends.
@main
struct Cambist: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cambist",
        abstract: "Exchange tokens of Azure managed identities for AWS session credentials.",
        version: "0.1.0",
        subcommands: [
            ConsoleCommand.self, LabCommand.self, ExchangeCommand.self, CredentialProcessCommand.self,
            ExecCommand.self, ServeCommand.self, TestCommand.self, ClaimsCommand.self, ExplainCommand.self,
            DoctorCommand.self,
            HistoryCommand.self, SetupCommand.self, ConfigCommand.self,
        ],
        defaultSubcommand: ConsoleCommand.self
    )

    static func main() async {
        do {
            let command = try parseAsRoot()
            do {
                try await run(command)
            } catch let failure as CommandFailure {
                end(failure, of: command)
            }
        } catch {
            exit(withError: error)
        }
    }

    private static func run(_ command: any ParsableCommand) async throws {
        if var command = command as? any AsyncParsableCommand {
            try await command.run()
        } else {
            var command = command
            try command.run()
        }
    }

    /// Tells a failure, in JSON as well where that was asked for, and ends the program with its status.
    private static func end(_ failure: CommandFailure, of command: any ParsableCommand) -> Never {
        if !failure.isAnswered, let command = command as? any JSONAnswering, command.answersInJSON {
            try? Report.answer(command.report(ErrorReport(failure)))
        }
        for line in failure.lines { Report.complain(line) }
        Foundation.exit(failure.status.rawValue)
    }
}
