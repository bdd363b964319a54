import ArgumentParser
import Federation
import Operations
import Provisioning

/// `cambist setup destroy`: deletes the objects that setup created for mappings.
struct SetupDestroyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy",
        abstract: "Delete the objects that `setup apply` created, in reverse order, after a prompt for each.",
        discussion: HelpText(
            """
            Deletes only objects that setup created; setup recognizes these objects by its tags. Objects that other \
            mappings, roles, or assignments need are kept, and the reason is printed. If you decline the prompt for an \
            object, the object is kept, and the command continues with the next object. If a role is kept, its trust \
            policy loses only the parts that setup added for the mappings. If nothing else is in the policy, the \
            policy is unchanged, because IAM refuses an empty policy. If an OIDC provider is kept, the audiences that \
            setup added are removed, unless another mapping or role needs them.
            """,
            statuses: [
                .done: "every approved deletion succeeded; kept and declined objects do not count",
                .no: "a cloud service refused a request, or the AWS credentials are for another account",
                .unreachable: "a cloud service did not respond",
                .tryAgain: HelpText.tryAgain,
                .notPermitted:
                    "a file cannot be read or written, or stdin is not a terminal and --yes is missing",
            ],
            examples: [
                "cambist setup destroy audit",
                "cambist setup destroy audit --yes --json",
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var setup: SetupOptions

    @Flag(name: .shortAndLong, help: "Approve every deletion without a prompt.")
    var yes = false

    private static let explanation =
        "y makes this change and asks about the next object. Any other answer leaves the object unchanged. Objects "
        + "that other mappings need, or that setup did not create, are not deleted; Ctrl-C stops the command."

    func run() async throws {
        let confirmation = ConfirmationPrompt(isGiven: yes)
        try confirmation.requireTerminal()
        let outcome = try await ApplicationContext.with(options) { context in
            let mappings = try setup.mappings.map(context.mapping)
            let factory = context.setupFactory
            let provisioner = try await Progress.waiting(
                "reading both clouds…",
                options,
                time: context.time
            ) {
                try await factory.provisioner(for: mappings)
            }
            let text = SetupProgressText(options)
            return try await provisioner.destroy(
                keeping: factory.others(than: mappings, tenantID: provisioner.tenantID),
                confirm: { _, question in confirmation.agrees("\(question)?", explanation: Self.explanation)
                },
                progress: { progress in
                    if progress.phase == .removed { context.note(progress, of: mappings) }
                    text.report(progress)
                }
            )
        }
        try answer(outcome)
        try outcome.requireSuccess()
    }

    private func answer(_ outcome: SetupOutcome) throws {
        guard setup.json else {
            let lines =
                outcome.changed.map { "deleted  \($0)" }
                + outcome.kept.map { "kept     \($0.object): \($0.reason)" }
                + outcome.failures.map { "failed   \($0.object): \($0.failure.code)" }
            return try Report.answer(lines.isEmpty ? "Nothing to delete." : lines.joined(separator: "\n"))
        }
        let entries =
            outcome.changed.map { SetupReport.Entry($0, outcome: "removed") }
            + outcome.kept.map { SetupReport.Entry($0.object, outcome: "kept", reason: $0.reason) }
            + outcome.failures.map {
                SetupReport.Entry($0.object, outcome: "failed", error: ErrorReport($0.failure))
            }
        let error = outcome.failures.first.map { ErrorReport($0.failure) }
        try Report.answer(SetupReport(objects: entries, error: error))
    }
}

extension SetupDestroyCommand: JSONAnswering {
    var answersInJSON: Bool { setup.json }

    func report(_ error: ErrorReport) -> any Encodable { SetupReport(error: error) }
}
