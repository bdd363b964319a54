import ArgumentParser
import ConfigurationFile
import ConsoleRuntime
import Foundation
import Operations

/// `cambist config init`: a commented configuration to start from.
struct ConfigInitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a configuration to start from, every key explained and commented out.",
        discussion: """
            The directories above it are made (0700), the file is for its owner only (0600). A file that exists \
            stays as it is, unless --overwrite is given and the question answered with yes.

            Example:
              cambist config init --config ./cambist.yaml
            """
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Write over a file that exists, after a question.")
    var overwrite = false

    @Flag(help: "Answer the question with yes.")
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
            Report.say("Fill it in with an editor, then: cambist config check && cambist test --all")
        }
    }

    private static var starter: StarterFile { StarterFile(actions: ConsoleVocabulary.console.actions) }

    /// Writes the file, and makes the directories above it.
    ///
    /// - Throws: ``CommandFailure`` when it cannot be written, or there is one.
    static func create(at path: String) throws(CommandFailure) {
        try SafeFile.makeDirectory(of: path, fix: "Create it, or name another file with --config.")
        try SafeFile.create(starter.text, at: path)
    }

    private func confirm(_ path: String) throws {
        guard overwrite else {
            throw CommandFailure(
                .notPermitted,
                code: "exists",
                "\(path) exists and stays as it is.",
                fix: "Add --overwrite to write over it."
            )
        }
        if yes { return }
        guard ProcessEnvironment.isTerminal(STDIN_FILENO) else {
            throw CommandFailure(
                .notPermitted,
                code: "unconfirmed",
                "\(path) exists, and stdin is not a terminal to confirm on.",
                fix: "Add --yes to write over it."
            )
        }
        Report.say("Write over \(path)? What it says now is lost. [y/N]")
        guard ["y", "yes"].contains(readLine()?.lowercased()) else {
            throw CommandFailure(
                .no,
                code: "declined",
                "\(path) stays as it is.",
                fix: "Answer y to write over it."
            )
        }
    }
}
