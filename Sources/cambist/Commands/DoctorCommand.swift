import ArgumentParser
import Diagnosis
import Federation
import FoundationEssentials
import Glibc
import Operations

/// `cambist doctor`: checks this machine.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check this machine: token sources, clocks, endpoints, files, terminal.",
        discussion: HelpText(
            """
            Checks the configuration, proxies and certificate authorities, files, keyring, and terminal; \
            the endpoints and clocks of both clouds; the AWS credentials for the roles' accounts; the fleet's \
            database; and every token source and identity. Requests no token. Without identities, or if the \
            configuration is invalid, the exit status is 0 if `source: auto` finds a usable token source, otherwise 1.
            """,
            statuses: [
                .done: "at least one identity has a usable token source; other problems are printed",
                .no: "no identity has a usable token source",
                .notPermitted: "the log cannot be written",
                .configuration: "the address of an AWS endpoint in the environment or a profile is invalid",
            ],
            examples: [
                "cambist doctor",
                "cambist doctor --json | jq '.sources[] | select(.chosen)'",
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions

    @Flag(name: .shortAndLong, help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let (text, problem) = findConfiguration()
        var contextOptions = options.context
        contextOptions.ignoresUnreadableCAFile = true
        let report = try await ApplicationContext.with(contextOptions, text: text) { context in
            await Progress.waiting("checking this machine and both clouds…", options, time: context.time) {
                await DoctorChecks(
                    context,
                    text: text,
                    problem: problem,
                    isTerminal: ProcessEnvironment.isTerminal(STDOUT_FILENO)
                ).report()
            }
        }
        if json {
            try Report.answer(report)
        } else {
            try Report.answer(report.text)
        }
        if !report.usable { throw CommandFailure.answered(.no, messages: [report.summary]) }
    }

    /// Returns the configuration; if it is unusable, an empty configuration and the reason.
    private func findConfiguration() -> (text: ConfigurationText, problem: DoctorReport.Check?) {
        do throws(CommandFailure) {
            let text = try ConfigurationText.find(options.context)
            _ = try text.read()
            return (text, nil)
        } catch {
            let more = error.messages.count > 1 ? " (and \(error.messages.count - 1) more)" : ""
            let detail = (error.lines.first ?? "unreadable") + more
            let isAbsent = error.code == "no-configuration"
            let problem = DoctorReport.Check("configuration", isAbsent ? .missing : .trouble, detail)
            return (ConfigurationText(text: "{}", path: "none", options: options.context), problem)
        }
    }
}

extension DoctorCommand: JSONAnswering {
    var answersInJSON: Bool { json }

    func report(_ error: ErrorReport) -> any Encodable { EmptyReport(error: error) }
}
