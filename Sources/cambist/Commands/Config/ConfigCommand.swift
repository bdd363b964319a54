import ArgumentParser

/// `cambist config`: the configuration file.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Create, edit, check, and show the configuration.",
        subcommands: [
            ConfigPathCommand.self, ConfigCheckCommand.self, ConfigInitCommand.self, ConfigEditCommand.self,
            ConfigShowCommand.self, ConfigProfileCommand.self, ConfigSchemaCommand.self,
        ]
    )
}
