import ArgumentParser
import Federation
import Operations
import Provisioning

/// `cambist setup apply`: makes what mappings need in both clouds.
struct SetupApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Make what is missing in both clouds, after showing the plan and asking.",
        discussion: """
            Objects are made in the order of their dependence, read again after each write, and tagged. A run that \
            was ended is simply run again. Nothing is made when an object could not be read or cannot be made.

            Exit status: 0 when everything is as it shall be, 1 when something was refused, 69 when nobody \
            answered, 75 when it may work later, 77 when nobody could be asked.

            Examples:
              cambist setup apply audit
              cambist setup apply audit --yes && cambist wait audit
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var setup: SetupOptions

    @Flag(help: "Agree to the plan beforehand.")
    var yes = false

    func run() async throws {
        let confirmation = ConfirmationPrompt(isGiven: yes)
        try await Workspace.with(options) { workspace in
            let mappings = try setup.mappings.map(workspace.mapping)
            let (worker, plan) = try await Progress.waiting(
                "reading both clouds…",
                options,
                time: workspace.time
            ) {
                let worker = try await workspace.setupFactory.provisioner(for: mappings)
                return (worker, await worker.plan())
            }
            try await demand(plan, worker)
            if !plan.pending.isEmpty {
                if !setup.json { try Report.answer(SetupText(plan: plan).text) }
                try agree(plan, confirmation)
            }
            let outcome = await worker.apply(progress: SetupProgressText(options).tell)
            try answer(outcome, plan: plan.pending.isEmpty ? plan : await worker.plan())
            if !outcome.changed.isEmpty { await watch(mappings, workspace) }
        }
    }

    /// Ends before anything is written when the plan shows that it could not be carried out.
    private func demand(_ plan: SetupPlan, _ worker: Provisioner) async throws(CommandFailure) {
        let blocked = plan.objects.filter { $0.obstacle != nil && $0.state != .ok }
        guard let first = blocked.first?.obstacle else { return }
        let missing = await worker.missingPermissions(for: plan)
        try show(plan, missing, error: first)
        let status = ExitStatus(worstOf: blocked.compactMap(\.obstacle?.kind))
        let reasons = blocked.compactMap { object in
            object.obstacle.map { "\(object.id): \($0.code): \($0.message) \($0.fix)" }
        }
        throw .answered(status, messages: reasons + ["Nothing was changed."])
    }

    private func show(_ plan: SetupPlan, _ missing: [String], error: Failure) throws(CommandFailure) {
        guard setup.json else { return try Report.answer(SetupText(plan: plan).text) }
        let report = SetupReport(
            objects: plan.objects.map { $0.json(["changed": .bool(false)]) },
            missingRights: missing,
            error: ErrorReport(error)
        )
        try Report.answer(report)
    }

    private func agree(_ plan: SetupPlan, _ confirmation: ConfirmationPrompt) throws(CommandFailure) {
        try confirmation.demandAnswerer()
        let made = plan.pending.count { $0.state == .missing }
        let changed = plan.pending.count - made
        let parts = [made > 0 ? "make \(made)" : nil, changed > 0 ? "change \(changed)" : nil]
        let question = parts.compactMap(\.self).joined(separator: " and ")
        guard confirmation.agrees("\(question.prefix(1).uppercased())\(question.dropFirst())?") else {
            throw CommandFailure(
                .no,
                code: "declined",
                "Nothing was changed.",
                fix: "Answer y, or give --yes, to have it done."
            )
        }
    }

    private func answer(_ outcome: SetupOutcome, plan: SetupPlan) throws {
        if setup.json {
            let objects = plan.objects.map { object in
                var further: [String: JSONValue] = ["changed": .bool(outcome.changed.contains(object.id))]
                if let failed = outcome.failures.first(where: { $0.object == object.id }) {
                    further["error"] = failed.failure.json
                }
                return object.json(further)
            }
            let error = outcome.failures.first.map { ErrorReport($0.failure) }
            try Report.answer(SetupReport(objects: objects, error: error))
        } else {
            try Report.answer(Self.summary(outcome))
        }
        guard outcome.failures.isEmpty else {
            throw CommandFailure.answered(
                ExitStatus(worstOf: outcome.failures.map(\.failure.kind)),
                messages: outcome.failures.map {
                    "\($0.object): \($0.failure.code): \($0.failure.message) \($0.failure.fix)"
                }
            )
        }
    }

    /// Has the mappings tried until they work, by whichever console or wait comes next.
    private func watch(_ mappings: [RoleMapping], _ workspace: Workspace) async {
        for mapping in mappings {
            await workspace.beginWatch(mapping.id)
            Report.say(
                "\(mapping.id) is to be watched: a console goes on with that, and "
                    + "`cambist wait \(ShellWord.posix(mapping.id))` tells when it works."
            )
        }
    }

    private static func summary(_ outcome: SetupOutcome) -> String {
        if outcome.changed.isEmpty, outcome.failures.isEmpty { return "Everything is as it shall be." }
        return "\(outcome.changed.count) made or changed, \(outcome.failures.count) failed."
    }
}

extension SetupApplyCommand: JSONAnswering {
    var answersInJSON: Bool { setup.json }

    func report(_ error: ErrorReport) -> any Encodable { SetupReport(error: error) }
}
