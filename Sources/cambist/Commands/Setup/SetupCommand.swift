import ArgumentParser

/// `cambist setup`: the objects that mappings need in both clouds.
struct SetupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        abstract: "Plan, apply, verify, destroy or export what mappings need in both clouds.",
        subcommands: [
            SetupPlanCommand.self, SetupApplyCommand.self, SetupVerifyCommand.self, SetupDestroyCommand.self,
            SetupExportCommand.self,
        ]
    )
}
