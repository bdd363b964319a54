import ArgumentParser
import CredentialDelivery
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
        ProcessHardening.begin(
            reportsCrashes: ProcessEnvironment.inheritedVariables["SWIFT_BACKTRACE"] != nil
        )
        Workers.takeOver()
        let arguments = Array(CommandLine.arguments.dropFirst())
        if PlainCredentialCall(arguments)?.isAnswered() == true { return }
        do {
            let command = try parsed(arguments)
            if let command = command as? any CredentialCommand {
                try await hand(command)
            } else {
                try await run(command)
            }
        } catch {
            leave(error)
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
            let command = try? named.parseAsRoot(Array(arguments.dropFirst())),
            // Its help is no command of its own: that is the whole program's, which knows its full name.
            ObjectIdentifier(type(of: command)) == ObjectIdentifier(named)
        {
            return command
        }
        return try parseAsRoot(arguments)
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
}
