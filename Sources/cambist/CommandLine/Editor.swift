import Federation
import Foundation
import Operations

/// The user's text editor.
struct Editor {
    /// The editors that open a file at a line with `+LINE`.
    private static let jumpers: Set = [
        "vi", "vim", "nvim", "view", "nano", "pico", "emacs", "emacsclient", "micro", "joe", "mcedit", "kak",
        "ne",
    ]

    /// A command of the shell, which may have arguments.
    private let command: String

    /// The editor of `VISUAL`, else of `EDITOR`, else `vi`.
    init(_ variables: [String: String]) {
        let named = ["VISUAL", "EDITOR"].compactMap { variables[$0] }.first { !$0.isEmpty }
        command = named ?? "vi"
    }

    /// Opens a file, at a line where the editor can, and returns when the editor has ended.
    ///
    /// - Throws: ``CommandFailure`` when the editor cannot be run or fails.
    func edit(_ path: String, line: Int?) throws(CommandFailure) {
        let program =
            command.split(separator: " ").first.map { URL(filePath: String($0)).lastPathComponent } ?? ""
        let jump = line.flatMap { Self.jumpers.contains(program) ? "+\($0) " : nil } ?? ""
        // system(3) ignores Ctrl-C here while the editor has the terminal.
        let status = system("\(command) \(jump)\(ShellWord.posix(path))")
        guard status == 0 else {
            throw CommandFailure(
                .notPermitted,
                code: "editor",
                "The editor `\(command)` ended with status \(status >> 8 & 0xFF).",
                fix: "Set VISUAL or EDITOR to an editor that is installed."
            )
        }
    }
}
