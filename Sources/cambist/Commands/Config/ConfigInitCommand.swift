import ArgumentParser
import ConfigurationFile
import ConsoleRuntime
import Federation
import FoundationEssentials
import Glibc
import Operations

/// `cambist config init`: writes a starter configuration with comments.
struct ConfigInitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a starter configuration in which every key is explained.",
        discussion: HelpText(
            """
            Missing directories are created with mode 0700, the file with mode 0600. An existing file is replaced only \
            with --overwrite and, unless --yes is set, after a prompt. The JSON schema of the file is written to the \
            same directory (config.schema.json for config.yaml); editors with a YAML language server use the schema to \
            complete and check keys.
            """,
            readsConfiguration: false,
            statuses: [
                .no: "the prompt was declined",
                .notPermitted:
                    "the file exists or cannot be written, or stdin is not a terminal and --yes is missing",
            ],
            examples: [
                "cambist config init --config ./cambist.yaml"
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Replace an existing file, after a prompt.")
    var overwrite = false

    @Flag(name: .shortAndLong, help: "With --overwrite, replace without a prompt.")
    var yes = false

    func run() throws {
        let path = ConfigurationLocation(named: options.config, environment: ProcessEnvironment.variables)
            .file
        if FileManager.default.fileExists(atPath: path) {
            try confirm(path)
            try SafeFile.write(Self.starter(at: path).text, to: path)
            try Self.writeSchema(beside: path)
        } else {
            try Self.create(at: path)
        }
        try Report.answer(path)
        if ProcessEnvironment.isTerminal(STDERR_FILENO) {
            Report.say("Next, run `cambist config edit`, then `cambist test --all`.")
        }
    }

    private static func starter(at path: String) -> StarterFile {
        StarterFile(
            actions: ConsoleVocabulary.console.actions,
            schema: URL(filePath: schemaPath(beside: path)).lastPathComponent
        )
    }

    private static func schemaPath(beside path: String) -> String {
        URL(filePath: path).deletingPathExtension().path + ".schema.json"
    }

    private static func writeSchema(beside path: String) throws(CommandFailure) {
        let schema = ConfigurationSchema(vocabulary: .console)
        try SafeFile.write(try Report.text(schema.json) + "\n", to: schemaPath(beside: path))
    }

    /// Writes the starter configuration and its schema; creates missing directories.
    ///
    /// - Throws: ``CommandFailure`` if the file already exists, or if one of the two files cannot be written.
    static func create(at path: String) throws(CommandFailure) {
        try SafeFile.makeDirectory(of: path, fix: "Create it, or name another file with --config.")
        try SafeFile.create(starter(at: path).text, at: path)
        try writeSchema(beside: path)
    }

    private func confirm(_ path: String) throws {
        guard overwrite else {
            throw CommandFailure(
                .notPermitted,
                code: "exists",
                "\(path) exists and is unchanged.",
                fix: "Add --overwrite to replace it."
            )
        }
        let confirmation = ConfirmationPrompt(isGiven: yes)
        try confirmation.requireTerminal()
        let explanation =
            "y replaces the file with the starter configuration; the current contents are lost. Any other answer keeps them."
        guard confirmation.agrees("Overwrite \(path)?", explanation: explanation) else {
            throw CommandFailure(
                .no,
                code: "declined",
                "\(path) is unchanged.",
                fix: "Answer y to replace it."
            )
        }
    }
}
