import ArgumentParser
import Foundation
import Workers

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
            DoctorCommand.self, WaitCommand.self,
            HistoryCommand.self, SetupCommand.self, ConfigCommand.self, SignInCommand.self,
        ],
        defaultSubcommand: ConsoleCommand.self
    )

    /// On the main thread, which a command leaves only when it waits for something.
    @MainActor static func main() async {
        StandardStreams.complete()
        Workers.takeOver()
        let arguments = Array(CommandLine.arguments.dropFirst())
        if PlainCredentialCall(arguments)?.isAnswered() == true { return }
        let command: any ParsableCommand
        do {
            command = try parsed(arguments)
        } catch {
            refuse(error)
        }
        do {
            if let command = command as? any CredentialCommand {
                try await hand(command)
            } else {
                try await run(command)
            }
        } catch {
            exit(withError: error)
        }
    }

    /// The command that the arguments say.
    ///
    /// The one that is named first parses its own without the others being looked at, which is half of the work; what
    /// it refuses, the whole program refuses in its words.
    private static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
        if let name = arguments.first,
            let named = configuration.subcommands.first(where: { $0.configuration.commandName == name }),
            named.configuration.subcommands.isEmpty,
            let command = try? named.parseAsRoot(Array(arguments.dropFirst()))
        {
            return command
        }
        return try parseAsRoot(arguments)
    }

    /// Ends the program for arguments that it does not take, or for a help that was asked for.
    private static func refuse(_ error: any Error) -> Never {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard exitCode(for: error) == .validationFailure,
            let usage = UsageFailure(message(for: error), arguments: arguments, of: Self.self)
        else { exit(withError: error) }
        let report = BareReport(error: ErrorReport(usage.failure))
        try? usage.isLine ? Report.answer(line: report) : Report.answer(report)
        for line in usage.failure.lines { Report.complain(line) }
        Foundation.exit(usage.failure.status.rawValue)
    }

    @MainActor private static func hand(_ command: any CredentialCommand) async throws {
        do {
            try await command.hand()
        } catch let failure as CommandFailure {
            end(failure, of: command)
        }
    }

    private static func run(_ command: any ParsableCommand) async throws {
        do {
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
        } catch let failure as CommandFailure {
            end(failure, of: command)
        }
    }

    /// Tells a failure, in JSON as well where that was asked for, and ends the program with its status.
    private static func end(_ failure: CommandFailure, of command: any ParsableCommand) -> Never {
        if !failure.isAnswered, let command = command as? any JSONAnswering, command.answersInJSON {
            let report = command.report(ErrorReport(failure))
            try? type(of: command).answersInLines ? Report.answer(line: report) : Report.answer(report)
        }
        for line in failure.lines { Report.complain(line) }
        Foundation.exit(failure.status.rawValue)
    }
}
