import ArgumentParser

/// `cambist config`: the configuration file.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Find, check, start and show the configuration.",
        discussion: """
            Examples:
              cambist config init && $EDITOR "$(cambist config path)"
              cambist config check
            """,
        subcommands: [
            ConfigPathCommand.self, ConfigCheckCommand.self, ConfigInitCommand.self, ConfigShowCommand.self,
            ConfigProfileCommand.self,
        ]
    )
}
