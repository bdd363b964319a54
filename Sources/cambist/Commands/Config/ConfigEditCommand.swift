import ArgumentParser
import ConfigurationFile
import FoundationEssentials
import Glibc
import Operations
import YAMLReader

/// `cambist config edit`: opens the configuration in the user's editor and checks the result.
struct ConfigEditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: "Edit the configuration and check it.",
        discussion: HelpText(
            """
            Opens $VISUAL, $EDITOR, or vi. A missing file is first created with the contents that `cambist config \
            init` writes. After the editor exits, every problem is reported; on a terminal, the editor can be reopened \
            at the first line with an error.
            """,
            statuses: [
                .done: "the configuration can be used, with or without warnings",
                .notPermitted: "the file cannot be read or written, or the editor failed",
            ],
            examples: ["cambist config edit", "EDITOR='code --wait' cambist config edit"]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let path = options.context.location.file
        if !FileManager.default.fileExists(atPath: path) { try ConfigInitCommand.create(at: path) }
        var line: Int?
        while true {
            try Self.edit(path, line: line)
            let text = try ConfigurationText.find(options.context)
            do throws(ConfigurationError) {
                let file = try text.file { FileManager.default.isReadableFile(atPath: $0) }
                for problem in file.warnings { Report.reportError(problem.message(path: path)) }
                return
            } catch {
                guard ProcessEnvironment.isTerminal(STDIN_FILENO) else { throw CommandFailure(error) }
                error.messages.forEach(Report.reportError)
                Report.say("Edit again? [Y/n]")
                guard let answer = readLine(), !answer.lowercased().hasPrefix("n") else {
                    throw CommandFailure.answered(.configuration, messages: [])
                }
                line = error.problems.first { $0.severity == .error }?.line
            }
        }
    }

    /// Runs the editor and waits until it exits.
    ///
    /// - Throws: ``CommandFailure`` if there is no editor, or if the editor fails.
    private static func edit(_ path: String, line: Int?) throws(CommandFailure) {
        let failure = { (message: String) in
            CommandFailure(
                .notPermitted,
                code: "editor",
                message,
                fix: "Set VISUAL or EDITOR to an editor that is installed."
            )
        }
        guard let editor = EditorCommand(variables: ProcessEnvironment.variables) else {
            throw failure("Neither VISUAL nor EDITOR is set, and vi is not installed.")
        }
        // This process ignores SIGINT while the editor runs; see system(3).
        let status = system(editor.command(path: path, line: line))
        guard status != 0 else { return }
        let exitStatus = status >> 8 & 0xFF
        // The shell returns 126 for a program that it cannot execute, and 127 for a program that it does not find.
        guard status != -1, exitStatus != 126, exitStatus != 127 else {
            throw failure("The editor \(editor.program) could not be run.")
        }
        let signal = status & 0x7F
        let end = signal == 0 ? "exited with status \(exitStatus)" : "was ended by signal \(signal)"
        throw CommandFailure(
            .notPermitted,
            code: "editor",
            "The editor \(editor.program) \(end); the configuration was not checked.",
            fix: "Run `cambist config check`."
        )
    }
}

extension YAMLProblem {
    fileprivate var line: Int? {
        guard case .file(let line, _) = place else { return nil }
        return line
    }
}
