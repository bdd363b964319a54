import ArgumentParser
import Azure
import CredentialDelivery
import Federation
import FoundationEssentials
import Glibc
import Operations
import Transport

/// The entry point of the program: runs the command and reports errors.
@main
struct Cambist: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cambist",
        abstract: "Exchange tokens of Azure managed identities for AWS session credentials.",
        version: ProgramVersion.current,
        subcommands: [
            ConsoleCommand.self, LabCommand.self, StatusCommand.self, DiscoverCommand.self,
            ExchangeCommand.self,
            CredentialProcessCommand.self,
            ExecCommand.self, ServeCommand.self, TestCommand.self, ClaimsCommand.self, ExplainCommand.self,
            DoctorCommand.self, WaitCommand.self,
            HistoryCommand.self, FleetCommand.self, SetupCommand.self, ConfigCommand.self, SignInCommand.self,
            SchemaCommand.self,
        ],
        defaultSubcommand: ConsoleCommand.self
    )

    /// Runs the command on the main thread; a cache hit of `credential-process` needs no other thread.
    @MainActor static func main() async {
        FileDescriptors.completeStandardStreams(discardsOutput: false)
        ProcessHardening.begin(
            reportsCrashes: ProcessEnvironment.inheritedVariables["SWIFT_BACKTRACE"] != nil
        )
        Program.endWithProcess()
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            try requireDescriptors()
            if let process = CredentialProcess(arguments) { return try await process.run() }
            try await run(try parsed(arguments))
        } catch let failure as CommandFailure {
            end(failure)
        } catch {
            end(error)
        }
    }

    /// Raises the limit of open files, because the libraries do not handle a low limit.
    private static func requireDescriptors() throws(CommandFailure) {
        let (minimum, wanted) = (64, 256)
        let limit = FileDescriptors.raiseLimit(to: wanted)
        guard limit < minimum else { return }
        throw CommandFailure(
            .internalError,
            code: "descriptors",
            "This process may open \(limit) files; at least \(minimum) are needed.",
            fix: "Raise the limit: ulimit -n \(wanted)"
        )
    }

    /// The maximum number of arguments, because the parser's running time is quadratic in this number.
    private static let argumentLimit = 4096

    /// Parses the arguments.
    ///
    /// The subcommand parses its own arguments, which is twice as fast as parsing by the root command. If the
    /// subcommand refuses the arguments, the root command parses them again. The root command's error message contains
    /// the full command line.
    private static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
        if let command = ExecCommand(terminated: arguments) { return command }
        if let command = ExchangeCommand(plain: arguments) { return command }
        guard arguments.count <= argumentLimit else {
            throw CommandFailure(
                .usage,
                code: "usage",
                "There are \(arguments.count) arguments; at most \(argumentLimit) are accepted.",
                fix: "Use fewer arguments, or put -- before the command of exec."
            )
        }
        if let name = arguments.first,
            let named = configuration.subcommands.first(where: { $0.configuration.commandName == name }),
            named.configuration.subcommands.isEmpty,
            let command = try? named.parseAsRoot(Array(arguments.dropFirst())),
            // A request for help results in another command. Only the root command can print the help.
            ObjectIdentifier(type(of: command)) == ObjectIdentifier(named)
        {
            return command
        }
        return try parseAsRoot(arguments)
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

    /// Prints a failure (also as JSON, if requested) and ends the program with the failure's status.
    static func end(_ failure: CommandFailure, of command: any ParsableCommand) -> Never {
        if !failure.isAnswered, let command = command as? any JSONAnswering, command.answersInJSON {
            let arguments = Array(CommandLine.arguments.dropFirst())
            answer(command.report(ErrorReport(failure)), inLine: type(of: command).answersInLines(arguments))
        }
        end(failure)
    }

    /// Ends the program after an error that is not a ``CommandFailure``.
    ///
    /// - A request for help prints the help and succeeds.
    /// - Invalid arguments are a usage error.
    /// - Any other error is an internal error.
    private static func end(_ error: any Error) -> Never {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if let unknown = UnknownCommand(in: arguments, of: Self.self) { end(unknown.failure) }
        switch exitCode(for: error) {
        case .success:
            do throws(CommandFailure) {
                try Report.answer(HelpText.printed(fullMessage(for: error)))
            } catch {
                end(error)
            }
            Glibc.exit(ExitStatus.done.rawValue)
        case .validationFailure:
            if let usage = UsageFailure(message(for: error), arguments: arguments, of: Self.self) {
                answer(EmptyReport(error: ErrorReport(usage.failure)), inLine: usage.isLine)
                end(usage.failure)
            }
            refuse(HelpText.printed(fullMessage(for: error)), arguments)
        default:
            if let error = error as? UnprintableMember { end(CommandFailure(error)) }
            end(CommandFailure(.internalError, code: "fault", "\(error)", fix: "Report this bug."))
        }
    }

    /// Prints the parser's usage error; adds the names of the mappings if the argument `<mapping>` is missing.
    private static func refuse(_ text: String, _ arguments: [String]) -> Never {
        // The parser's text may contain line breaks. Only the line breaks within a quoted argument are replaced.
        let quoted = arguments.filter { $0 != VisibleText.line($0) }
        Report.say(lines: quoted.reduce(text) { $0.replacing($1, with: VisibleText.line($1)) })
        if text.contains("Missing expected argument '<mapping>'"),
            let configuration = Configuration.named(in: arguments)
        {
            Report.say("  \(configuration.knownMappings)")
        }
        Glibc.exit(ExitStatus.usage.rawValue)
    }

    private static func answer(_ report: any Encodable, inLine: Bool) {
        do throws(CommandFailure) {
            try inLine ? Report.answer(line: report) : Report.answer(report)
        } catch {
            error.lines.forEach(Report.reportError)
        }
    }

    private static func end(_ failure: CommandFailure) -> Never {
        for line in failure.lines { Report.reportError(line) }
        Glibc.exit(failure.status.rawValue)
    }
}
