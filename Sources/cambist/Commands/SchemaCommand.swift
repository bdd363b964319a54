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
            The schema has a definition of the output of `credential-process` and of each command with --json, under \
            the command's name with hyphens (`setup-plan`), and the definitions that several outputs share. Members \
            may be added and are never renamed.
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
