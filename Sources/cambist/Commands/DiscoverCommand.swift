import ArgumentParser
import ConfigurationFile
import Discovery
import Federation
import Foundation
import Operations

/// `cambist discover`: mappings that exist in both clouds, and not yet in the configuration.
struct DiscoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover",
        abstract: "Find identities and roles that already exist, and propose mappings.",
        discussion: HelpText(
            """
            Reads what the operator's rights allow: the roles and OIDC providers of every account that the usual AWS \
            credentials and the profiles reach (iam:ListRoles, iam:ListOpenIDConnectProviders, \
            iam:GetOpenIDConnectProvider), Microsoft Graph (Application.Read.All), the managed identities of Azure \
            Resource Manager and instance metadata, with the identity of setup.graph_identity or the user signed in \
            to az, and the profiles of ~/.aws/config. It requests no token for a mapping and changes nothing.

            stdout has the proposals as YAML, each with its evidence; stderr lists what is not proposed and what \
            could not be read. --write adds the proposals to the configuration, after the difference and a prompt; \
            every line of the file stays.
            """,
            statuses: [
                .done: "the roles of at least one account were read, or a mapping is proposed",
                .no: "no account could be read, the file changed in the meantime, or the prompt was declined",
                .unreachable: "there are no AWS credentials, or AWS did not answer",
                .tryAgain: "throttled or timed out; a later attempt may work",
                .notPermitted: "stdin is not a terminal and --yes is missing, or the file cannot be written",
                .configuration: "the configuration is invalid, or cannot be added to",
            ],
            examples: [
                "cambist discover",
                "cambist discover --write",
                "cambist discover --json | jq -r '.mappings[].roleArn'",
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Add the proposals to the configuration after a prompt.")
    var write = false

    @Flag(name: .shortAndLong, help: "Add without a prompt.")
    var yes = false

    @Flag(name: .shortAndLong, help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if yes, !write { throw ValidationError("--yes is used with --write.") }
    }

    func run() async throws {
        let confirmation = ConfirmationPrompt(isGiven: yes)
        if write { try confirmation.requireTerminal() }
        let options = options.context
        let text = try ConfigurationText.findOrEmpty(options)
        let (isVerbose, isTerminal) = (
            options.isVerbose, ProcessEnvironment.isTerminal(STDERR_FILENO)
        )
        let report = try await ApplicationContext.with(options, text: text) { context in
            await context.discovery.report { step in
                if isTerminal || isVerbose { Report.say("\(VisibleText.oneLine(step, limit: 120))…") }
            }
        }
        let addition = DiscoveryAddition(report, to: text.text, path: text.path, options)
        if !json { show(addition) }
        let isWritten = try write && !addition.isEmpty && apply(addition, confirmation)
        if json {
            try Report.answer(DiscoveryAnswer(addition.report, path: text.path, isWritten: isWritten))
        } else if isWritten {
            try Report.answer("\(text.path): \(Count(addition.report.mappings.count, "mapping")) added")
        } else if write {
            try Report.answer("\(text.path): unchanged")
        } else {
            let document = ProposalText(addition.report).document
            try Report.answer(lines: document.isEmpty ? "# No mapping is proposed.\n" : document)
        }
        try requireReading(addition.report)
    }

    /// Prints what is not proposed to stderr.
    private func show(_ addition: DiscoveryAddition) {
        let report = addition.report
        for (title, notes) in [
            ("Configured already", report.configured), ("Not proposed", report.omissions),
            ("Not read", report.unreadable),
        ] where !notes.isEmpty {
            Report.say("\(title):")
            for note in notes { Report.say("  \(note.subject): \(note.reason)") }
        }
        let accounts =
            report.accounts.isEmpty ? "no account" : Count(report.accounts.count, "account").description
        Report.say("\(Count(report.mappings.count, "mapping")) proposed; the roles of \(accounts) were read.")
    }

    private func apply(
        _ addition: DiscoveryAddition,
        _ confirmation: ConfirmationPrompt
    ) throws(CommandFailure) -> Bool {
        for line in try addition.difference() { Report.say(line) }
        guard
            confirmation.agrees(
                "Add \(Count(addition.report.mappings.count, "mapping")) to \(addition.path)?",
                explanation: "y inserts the lines marked + above; every other line stays. "
                    + "Any other answer changes nothing."
            )
        else {
            throw CommandFailure(
                .no,
                code: "declined",
                "Nothing was changed.",
                fix: "Answer y at the prompt, or add --yes."
            )
        }
        try addition.write()
        return true
    }

    /// Ends with the status of the first failure where nothing at all could be concluded.
    private func requireReading(_ report: DiscoveryReport) throws(CommandFailure) {
        guard report.mappings.isEmpty, report.accounts.isEmpty else { return }
        let kinds = report.accountFailures.isEmpty ? [Failure.Kind.unreachable] : report.accountFailures
        throw .answered(
            ExitStatus(worstOf: kinds),
            messages: json ? ["No account could be read."] : []
        )
    }
}

extension DiscoverCommand: JSONAnswering {
    var answersInJSON: Bool { json }

    func report(_ error: ErrorReport) -> any Encodable {
        DiscoveryAnswer(
            DiscoveryReport(),
            path: options.context.location.file,
            isWritten: false,
            error: error
        )
    }
}
