import ArgumentParser
import ConfigurationFile
import ConsoleRuntime

/// `cambist config schema`: prints the JSON schema of the configuration file.
struct ConfigSchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON schema of the configuration file.",
        discussion: HelpText(
            """
            Editors with a YAML language server complete and check the keys of a file whose first line is \
            "# yaml-language-server: $schema=config.schema.json". Files that `cambist config init` writes have this \
            line. The schema describes the keys, the formats of their values, and the required keys; \
            `cambist config check` also reports inconsistencies between entries.
            """,
            readsConfiguration: false,
            examples: [
                "cambist config schema > ~/.config/cambist/config.schema.json"
            ]
        ).discussion
    )

    func run() throws {
        try Report.answer(ConfigurationSchema(vocabulary: .console).json)
    }
}
