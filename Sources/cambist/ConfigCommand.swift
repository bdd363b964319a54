import ArgumentParser
import Console
import Drawing
import Settings

/// `cambist config`: the configuration file.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Find, check, start and show the configuration.",
        subcommands: [
            ConfigPathCommand.self, ConfigCheckCommand.self, ConfigInitCommand.self, ConfigShowCommand.self,
            ConfigProfileCommand.self,
        ]
    )
}

extension ConsoleVocabulary {
    /// The console's own names, from its list of bindings.
    static var console: ConsoleVocabulary {
        let actions = Binding.all.map { binding in
            ConsoleAction(name: binding.id, key: binding.keys.first?.description ?? "", help: binding.help)
        }
        return ConsoleVocabulary(actions: actions) { Key($0) != nil }
    }
}
