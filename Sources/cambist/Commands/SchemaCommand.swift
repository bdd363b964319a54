import ArgumentParser
import Federation
import FoundationEssentials

/// `cambist schema`: prints the JSON schema of the commands' output.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the schema of the JSON that the commands print.",
        discussion: HelpText(
            """
            The schema has a definition for `credential-process` and for each command with --json. The name of a \
            definition is the command's name with hyphens, such as `setup-plan`. Several outputs share further \
            definitions. Members may be added and are never renamed.
            """,
            readsConfiguration: false,
            examples: [
                #"cambist schema | jq '."$defs".wait'"#,
                "cambist schema > output.schema.json",
            ]
        ).discussion
    )

    /// The schema that is embedded in the program.
    static var text: String { String(decoding: PackageResources.answers_schema_json, as: UTF8.self) }

    func run() throws {
        try Report.answer(Self.text.trimmed)
    }
}
