import ArgumentParser
import ConfigurationFile
import ConsoleRuntime
import Foundation
import Operations

/// `cambist config init`: a commented configuration to start from.
struct ConfigInitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a starter configuration in which every key is explained.",
        discussion: HelpText(
            """
            Missing directories are created with mode 0700, the file with mode 0600. An existing file is \
            replaced only with --overwrite and after a prompt.
            """,
            statuses: [
                .no: "the prompt was declined",
                .notPermitted: "the file exists, or cannot be written",
            ],
            examples: [
                "cambist config init --config ./cambist.yaml"
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Replace an existing file after a prompt.")
    var overwrite = false

    @Flag(name: .shortAndLong, help: "Replace without a prompt.")
    var yes = false

    func run() throws {
        let path = ConfigurationLocation(named: options.config, environment: ProcessEnvironment.variables)
            .file
        if FileManager.default.fileExists(atPath: path) {
            try confirm(path)
            try SafeFile.write(Self.starter.text, to: path)
        } else {
            try Self.create(at: path)
        }
        try Report.answer(path)
        if ProcessEnvironment.isTerminal(STDERR_FILENO) {
            Report.say("Next: cambist config edit, then cambist test --all")
        }
    }

    private static var starter: StarterFile { StarterFile(actions: ConsoleVocabulary.console.actions) }

    /// Writes the file, and creates its parent directories.
    ///
    /// - Throws: ``CommandFailure`` when it exists or cannot be written.
    static func create(at path: String) throws(CommandFailure) {
        try SafeFile.makeDirectory(of: path, fix: "Create it, or name another file with --config.")
        try SafeFile.create(starter.text, at: path)
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
        if yes { return }
        guard ProcessEnvironment.isTerminal(STDIN_FILENO) else {
            throw CommandFailure(
                .notPermitted,
                code: "unconfirmed",
                "\(path) exists, and stdin is not a terminal.",
                fix: "Add --yes to replace it."
            )
        }
        Report.say("Overwrite \(path)? [y/N]")
        guard ["y", "yes"].contains(readLine()?.lowercased()) else {
            throw CommandFailure(
                .no,
                code: "declined",
                "\(path) is unchanged.",
                fix: "Answer y to replace it."
            )
        }
    }
}
