import ArgumentParser
import Federation
import Operations
import Provisioning

/// `cambist setup verify`: checks that the cloud objects match the configuration.
struct SetupVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that the cloud objects match the configuration; exit with 1 on drift.",
        discussion: HelpText(
            """
            Prints each object and, unless the object is ok, its fix.
            """,
            statuses: [
                .done: "all objects match the configuration",
                .no:
                    "drift; a cloud service refused a request; or the AWS credentials are for another account",
                .unreachable: "a cloud service did not respond",
                .tryAgain: HelpText.tryAgain,
            ],
            examples: [
                "cambist setup verify audit",
                #"cambist setup verify audit --json | jq -r '.objects[] | select(.state != "ok") | .fix'"#,
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var setup: SetupOptions

    func run() async throws {
        let plan = try await ApplicationContext.with(options) { context in
            let mappings = try setup.mappings.map(context.mapping)
            return try await Progress.waiting("reading both clouds…", options, time: context.time) {
                try await context.setupFactory.provisioner(for: mappings).plan()
            }
        }
        if setup.json {
            let objects = plan.objects.map { SetupReport.Entry($0, fix: .some($0.remedy(setup.mappings))) }
            try Report.answer(
                SetupReport(objects: objects, sources: plan.sources, error: error(plan))
            )
        } else {
            try Report.answer(SetupText(plan: plan, mappings: setup.mappings).text)
        }
        let drift = plan.pending
        guard drift.isEmpty else {
            let messages = drift.map { "\($0.id): \($0.state.rawValue)" }
            throw CommandFailure.answered(.no, messages: messages + plan.unreadableReasons)
        }
        try plan.requireReadable()
    }

    /// Returns the value of `error` in the report: drift, or the first object that could not be read.
    private func error(_ plan: SetupPlan) -> ErrorReport? {
        guard !plan.pending.isEmpty else {
            return plan.unreadable.compactMap(\.obstacle).first.map(ErrorReport.init)
        }
        let number = plan.pending.count
        return ErrorReport(
            code: "drift",
            message:
                "\(number) of \(Count(plan.objects.count, "object")) \(number == 1 ? "does" : "do") not match the configuration.",
            fix: "Run `cambist setup apply \(setup.mappings.map(ShellWord.posix).joined(separator: " "))`."
        )
    }
}

extension SetupVerifyCommand: JSONAnswering {
    var answersInJSON: Bool { setup.json }

    func report(_ error: ErrorReport) -> any Encodable { SetupReport(error: error) }
}
