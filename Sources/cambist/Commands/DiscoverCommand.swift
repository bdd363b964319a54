import ArgumentParser
import ConfigurationFile
import Discovery
import Federation
import FoundationEssentials
import Glibc
import Operations

/// `cambist discover`: proposes mappings for identities and roles that exist in both clouds.
struct DiscoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover",
        abstract: "Find identities and roles that already exist and propose mappings.",
        discussion: HelpText(
            """
            Reads the profiles of ~/.aws/config, instance metadata, and, as far as your permissions allow, both \
            clouds. In AWS, it reads the roles and OIDC providers of the accounts for which the profiles or the \
            default AWS credentials are valid (iam:ListRoles, iam:ListOpenIDConnectProviders, \
            iam:GetOpenIDConnectProvider). In Azure, it reads Microsoft Graph (Application.Read.All) and the managed \
            identities in Azure Resource Manager, with a token of the identity in setup.graph_identity or of \
            the user signed in to az. It requests no token for a mapping's audience.

            Prints the proposals as YAML on stdout, each with its evidence, and prints omissions and \
            unreadable sources on stderr. --write shows the difference, asks for approval, and adds the \
            proposals to the configuration; existing lines are unchanged. Without --write, nothing is changed.
            """,
            statuses: [
                .done: "the roles of at least one account were read, or a mapping is proposed",
                .no: "AWS refused a request, no account was read, and nothing is proposed; or the prompt was "
                    + "declined, or the file changed before the write",
                .unreachable: "there are no AWS credentials, or AWS did not respond; nothing is proposed",
                .tryAgain: HelpText.tryAgain,
                .notPermitted:
                    "a file cannot be read or written, or stdin is not a terminal and --yes is missing",
                .configuration: "the configuration is invalid, or no entries can be added to it",
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
        if yes, !write { throw ValidationError("--yes requires --write.") }
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
        let failure = failure(of: addition.report)
        if json {
            try Report.answer(
                DiscoveryAnswer(
                    addition.report,
                    path: text.path,
                    isWritten: isWritten,
                    error: failure.map(ErrorReport.init)
                )
            )
        } else if isWritten {
            try Report.answer("\(text.path): \(Count(addition.report.mappings.count, "mapping")) added")
        } else if write {
            try Report.answer("\(text.path): unchanged")
        } else {
            let document = ProposalText(addition.report).document
            try Report.answer(lines: document.isEmpty ? "# No mapping is proposed.\n" : document)
        }
        // Without JSON, `show` has already printed the message.
        if let failure { throw json ? failure.answered(true) : .answered(failure.status, messages: []) }
    }

    /// Prints existing entries, omissions, unreadable sources, and a summary to stderr.
    private func show(_ addition: DiscoveryAddition) {
        let report = addition.report
        for (title, notes) in [
            ("Already configured", report.configured), ("Not proposed", report.omissions),
            ("Not read", report.unreadable),
        ] where !notes.isEmpty {
            Report.say("\(title):")
            for note in notes { Report.say("  \(note.subject): \(note.reason)") }
        }
        guard !report.accounts.isEmpty || !report.mappings.isEmpty else {
            return Report.say("No mappings proposed; no account could be read.")
        }
        let roles =
            report.accounts.isEmpty
            ? "no account could be read"
            : "the roles of \(Count(report.accounts.count, "account")) were read"
        Report.say("\(Count(report.mappings.count, "mapping")) proposed; \(roles).")
    }

    private func apply(
        _ addition: DiscoveryAddition,
        _ confirmation: ConfirmationPrompt
    ) throws(CommandFailure) -> Bool {
        for line in try addition.difference() { Report.say(line) }
        guard
            confirmation.agrees(
                "Add \(Count(addition.report.mappings.count, "mapping")) to \(addition.path)?",
                explanation: "y inserts the lines marked + above; all other lines remain unchanged. "
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

    /// Returns a failure if no account was read and no mapping is proposed.
    ///
    /// The worst of the failures to read an account determines the exit status.
    private func failure(of report: DiscoveryReport) -> CommandFailure? {
        guard report.mappings.isEmpty, report.accounts.isEmpty else { return nil }
        let kinds = report.accountFailures.isEmpty ? [Failure.Kind.unreachable] : report.accountFailures
        return CommandFailure(
            ExitStatus(worstOf: kinds),
            code: "no-account",
            "No account could be read.",
            fix: "Resolve the failures in the list of unreadable sources."
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
