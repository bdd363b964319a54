import ArgumentParser
import Federation
import Operations
import Provisioning

/// `cambist setup plan`: what both clouds have of what mappings need.
struct SetupPlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Compare both clouds with what mappings need; nothing is changed.",
        discussion: """
            Each object is ok, missing, different (with what would change) or unreadable (with why). Graph is asked \
            with a token of setup.graph_identity, or of `az login`; IAM with AWS's usual variables, a profile, or \
            setup.aws_profile.

            Exit status: 0 when both clouds could be read; 1 when one refused, 69 when one did not answer, 75 when \
            it may work later.

            Examples:
              cambist setup plan audit
              cambist setup plan audit backup --json | jq '.objects[] | select(.state != "ok")'
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var setup: SetupOptions

    func run() async throws {
        let (plan, missing) = try await Workspace.with(options) { workspace in
            let mappings = try setup.mappings.map(workspace.mapping)
            return try await Progress.waiting("reading both clouds…", options, time: workspace.time) {
                let worker = try await workspace.setupFactory.provisioner(for: mappings)
                let plan = await worker.plan()
                return (plan, await worker.missingPermissions(for: plan))
            }
        }
        if setup.json {
            try Report.answer(
                SetupReport(
                    objects: plan.objects.map(\.json),
                    missingRights: missing,
                    error: plan.unreadable.compactMap(\.obstacle).first.map(ErrorReport.init)
                )
            )
        } else {
            try Report.answer(SetupText(plan: plan).text)
            if !missing.isEmpty { try Report.answer(Self.advice(missing)) }
        }
        try plan.demandReadable()
    }

    /// What to grant before the plan can be applied.
    static func advice(_ missing: [String]) -> String {
        "Rights that applying it needs and the caller lacks: \(missing.joined(separator: ", "))."
    }
}

extension SetupPlanCommand: JSONAnswering {
    var answersInJSON: Bool { setup.json }

    func report(_ error: ErrorReport) -> any Encodable { SetupReport(error: error) }
}

extension SetupPlan {
    /// Ends a command whose answer was printed where something could not be read.
    ///
    /// - Throws: ``CommandFailure`` with the reasons.
    func demandReadable() throws(CommandFailure) {
        let kinds = unreadable.compactMap(\.obstacle?.kind)
        guard !kinds.isEmpty else { return }
        throw .answered(ExitStatus(worstOf: kinds), messages: complaints)
    }
}
