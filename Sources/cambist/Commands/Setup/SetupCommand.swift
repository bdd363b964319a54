import ArgumentParser

/// `cambist setup`: what both clouds must have for mappings to work.
struct SetupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        abstract: "Plan, make, verify, remove or write down what mappings need in both clouds.",
        subcommands: [
            SetupPlanCommand.self, SetupApplyCommand.self, SetupVerifyCommand.self, SetupDestroyCommand.self,
            SetupExportCommand.self,
        ]
    )
}
