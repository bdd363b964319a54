import ArgumentParser
import Federation
import Operations
import Provisioning

/// `cambist setup apply`: creates and changes the objects that mappings need in both clouds.
struct SetupApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract:
            "Show the plan, ask for approval, then create and update the cloud objects that mappings need.",
        discussion: HelpText(
            """
            Executes exactly the approved plan. An object that has changed since the plan was made is reported and not \
            written; run the command again for a new plan. Objects are created in dependency order and read again \
            after each write; tags mark what setup created. Before the first write, the command checks the plan: if an \
            object could not be read, or cannot be created or updated, it changes nothing. A failure after the first \
            write does not undo earlier changes. To complete an interrupted run, repeat the command.
            """,
            statuses: [
                .done: "all objects match the configuration",
                .no:
                    "a cloud service refused a request, the AWS credentials are for another account, an object changed since "
                    + "the plan, or the prompt was declined",
                .unreachable: "a cloud service did not respond",
                .tryAgain: HelpText.tryAgain,
                .notPermitted:
                    "a file cannot be read or written, or stdin is not a terminal and --yes is missing",
            ],
            examples: [
                "cambist setup apply audit",
                "cambist setup apply audit --yes && cambist wait audit",
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var setup: SetupOptions

    @Flag(name: .shortAndLong, help: "Approve the plan without a prompt.")
    var yes = false

    func run() async throws {
        let confirmation = ConfirmationPrompt(isGiven: yes)
        try await ApplicationContext.with(options) { context in
            let mappings = try setup.mappings.map(context.mapping)
            let (provisioner, plan) = try await Progress.waiting(
                "reading both clouds…",
                options,
                time: context.time
            ) {
                let provisioner = try await context.setupFactory.provisioner(for: mappings)
                return (provisioner, await provisioner.plan())
            }
            try await requireFeasible(plan, provisioner)
            if !plan.pending.isEmpty {
                if !setup.json { try Report.answer(SetupText(plan: plan).text) }
                try approve(plan, confirmation)
            }
            let text = SetupProgressText(options)
            let outcome = await provisioner.apply(plan) { progress in
                context.note(progress, of: mappings)
                text.report(progress)
            }
            try await answer(outcome, plan, provisioner)
            if !outcome.changed.isEmpty { await watch(mappings, context) }
            try outcome.requireSuccess()
        }
    }

    /// Checks before the first write that the plan can be executed.
    private func requireFeasible(
        _ plan: SetupPlan,
        _ provisioner: Provisioner
    ) async throws(CommandFailure) {
        let blocked = plan.objects.filter { $0.obstacle != nil && $0.state != .ok }
        guard let first = blocked.first?.obstacle else { return }
        if setup.json {
            let report = SetupReport(
                objects: plan.objects.map { SetupReport.Entry($0, changed: false) },
                sources: plan.sources,
                missingRights: await provisioner.missingPermissions(for: plan),
                error: ErrorReport(first)
            )
            try Report.answer(report)
        } else {
            try Report.answer(SetupText(plan: plan).text)
        }
        let reasons = blocked.compactMap { object in
            object.obstacle.map { "\(object.id): \($0.line)" }
        }
        throw .answered(
            ExitStatus(worstOf: blocked.compactMap(\.obstacle?.kind)),
            messages: reasons + ["Nothing was changed."]
        )
    }

    private func approve(_ plan: SetupPlan, _ confirmation: ConfirmationPrompt) throws(CommandFailure) {
        try confirmation.requireTerminal()
        let created = plan.pending.count { $0.state == .missing }
        let changed = plan.pending.count - created
        let parts = [
            created > 0 ? "create \(Count(created, "object"))" : nil,
            changed > 0 ? "change \(created > 0 ? "\(changed)" : Count(changed, "object").description)" : nil,
        ]
        let question = parts.compactMap(\.self).joined(separator: " and ")
        let explanation =
            "y creates or updates only the objects that are missing or different above, in this order, and tags them. "
            + "An object that has changed since the plan is not written. Any other answer changes nothing."
        guard
            confirmation.agrees(
                "\(question.prefix(1).uppercased())\(question.dropFirst())?",
                explanation: explanation
            )
        else {
            throw CommandFailure(
                .no,
                code: "declined",
                "Nothing was changed.",
                fix: "Answer y at the prompt, or add --yes."
            )
        }
    }

    private func answer(_ outcome: SetupOutcome, _ plan: SetupPlan, _ provisioner: Provisioner) async throws {
        guard setup.json else { return try Report.answer(Self.summary(outcome)) }
        let isUnchanged = outcome.changed.isEmpty && outcome.failures.isEmpty
        let result = isUnchanged ? plan : await provisioner.plan(after: outcome.changed)
        let objects = result.objects.map { object in
            let failed = outcome.failures.first { $0.object == object.id }
            return SetupReport.Entry(
                object,
                changed: outcome.changed.contains(object.id),
                error: failed.map { ErrorReport($0.failure) }
            )
        }
        let error = outcome.failures.first.map { ErrorReport($0.failure) }
        try Report.answer(SetupReport(objects: objects, sources: result.sources, error: error))
    }

    /// Stores watches.
    ///
    /// The next console or `cambist wait` runs the watches until the mappings work.
    private func watch(_ mappings: [RoleMapping], _ context: ApplicationContext) async {
        for mapping in mappings {
            await context.beginWatch(mapping.id)
            Report.say(
                "\(mapping.id): watch stored. A running console continues it; "
                    + "`cambist wait \(ShellWord.posix(mapping.id))` waits until the mapping works."
            )
        }
    }

    private static func summary(_ outcome: SetupOutcome) -> String {
        if outcome.changed.isEmpty, outcome.failures.isEmpty { return "All objects match the configuration." }
        let changed = Count(outcome.changed.count, "object")
        return "\(changed) created or changed, \(outcome.failures.count) failed."
    }
}

extension SetupApplyCommand: JSONAnswering {
    var answersInJSON: Bool { setup.json }

    func report(_ error: ErrorReport) -> any Encodable { SetupReport(error: error) }
}
