import ArgumentParser
import Federation
import Operations
import Provisioning

/// `cambist setup destroy`: removes what the set-up made for mappings.
struct SetupDestroyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy",
        abstract: "Remove what apply made, asking for each object, the last made first.",
        discussion: """
            Only what bears the set-up's tag goes. What other mappings of the configuration need, what other roles \
            trust and what others are assigned to stays, and the answer says why. The identities that the mappings \
            name are taken out of trust policies that stay.

            Exit status: 0 when all that was asked for is gone, 1 when something was refused, 69 when nobody \
            answered, 75 when it may work later, 77 when nobody could be asked.

            Examples:
              cambist setup destroy audit
              cambist setup destroy audit --yes --json
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var setup: SetupOptions

    @Flag(help: "Agree to every removal beforehand.")
    var yes = false

    func run() async throws {
        let confirmation = ConfirmationPrompt(isGiven: yes)
        try confirmation.demandAnswerer()
        let outcome = try await Workspace.with(options) { workspace in
            let mappings = try setup.mappings.map(workspace.mapping)
            let desk = workspace.setupFactory
            let worker = try await Progress.waiting("reading both clouds…", options, time: workspace.time) {
                try await desk.provisioner(for: mappings)
            }
            return await worker.destroy(
                keeping: desk.others(than: mappings, tenantID: worker.tenantID),
                confirm: { _, question in confirmation.agrees("\(question)?") },
                progress: SetupProgressText(options).tell
            )
        }
        try answer(outcome)
    }

    private func answer(_ outcome: SetupOutcome) throws {
        let rows = Self.rows(outcome)
        if setup.json {
            let error = outcome.failures.first.map { ErrorReport($0.failure) }
            try Report.answer(SetupReport(objects: rows.map { .object($0.members) }, error: error))
        } else {
            for row in rows { try Report.answer(row.line) }
            if rows.isEmpty { try Report.answer("There is nothing to remove.") }
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

    /// What became of each object, as a line and as JSON.
    private static func rows(
        _ outcome: SetupOutcome
    ) -> [(line: String, members: [String: JSONValue])] {
        var rows = outcome.changed.map { id in
            ("removed  \(id)", id.json.merging(["outcome": .string("removed")]) { $1 })
        }
        rows += outcome.kept.map { kept in
            let further: [String: JSONValue] = [
                "outcome": .string("kept"), "reason": .string(kept.reason),
            ]
            return ("kept     \(kept.object): \(kept.reason)", kept.object.json.merging(further) { $1 })
        }
        rows += outcome.failures.map { failed in
            let further: [String: JSONValue] = [
                "outcome": .string("failed"), "error": failed.failure.json,
            ]
            return (
                "failed   \(failed.object): \(failed.failure.code)",
                failed.object.json.merging(further) { $1 }
            )
        }
        return rows
    }
}

extension SetupDestroyCommand: JSONAnswering {
    var answersInJSON: Bool { setup.json }

    func report(_ error: ErrorReport) -> any Encodable { SetupReport(error: error) }
}
