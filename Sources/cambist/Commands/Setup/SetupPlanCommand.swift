import ArgumentParser
import Federation
import Operations
import Provisioning

/// `cambist setup plan`: compares both clouds with the objects that mappings need.
struct SetupPlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Compare both clouds with the objects that mappings need; change nothing.",
        discussion: HelpText(
            """
            Each object is ok, missing, different (with the changes), or unreadable (with the reason). Microsoft Graph \
            is read with a token of the identity in setup.graph_identity or of the user signed in to az. IAM is read \
            with the default AWS credentials or, if setup.aws_profile is set, with that profile. If these credentials \
            are not for the role's account, a profile for that account is used.
            """,
            statuses: [
                .done: "both clouds could be read",
                .no: "a cloud service refused a request, or the AWS credentials are for another account",
                .unreachable: "a cloud service did not respond",
                .tryAgain: HelpText.tryAgain,
            ],
            examples: [
                "cambist setup plan audit",
                #"cambist setup plan audit backup --json | jq '.objects[] | select(.state != "ok")'"#,
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var setup: SetupOptions

    func run() async throws {
        let (plan, missing) = try await ApplicationContext.with(options) { context in
            let mappings = try setup.mappings.map(context.mapping)
            return try await Progress.waiting("reading both clouds…", options, time: context.time) {
                let provisioner = try await context.setupFactory.provisioner(for: mappings)
                let plan = await provisioner.plan()
                return (plan, await provisioner.missingPermissions(for: plan))
            }
        }
        if setup.json {
            try Report.answer(
                SetupReport(
                    objects: plan.objects.map { SetupReport.Entry($0) },
                    sources: plan.sources,
                    missingRights: missing,
                    error: plan.unreadable.compactMap(\.obstacle).first.map(ErrorReport.init)
                )
            )
        } else {
            try Report.answer(SetupText(plan: plan).text)
            if !missing.isEmpty {
                try Report.answer(
                    "Missing permissions for setup apply: \(missing.joined(separator: ", "))."
                )
            }
        }
        try plan.requireReadable()
    }
}

extension SetupPlanCommand: JSONAnswering {
    var answersInJSON: Bool { setup.json }

    func report(_ error: ErrorReport) -> any Encodable { SetupReport(error: error) }
}
