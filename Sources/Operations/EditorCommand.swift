import Federation
import FoundationEssentials

/// The operator's editor: `$VISUAL`, otherwise `$EDITOR`, otherwise vi.
package struct EditorCommand: Sendable {
    /// The arguments with which editors open a file at a line; `PATH` and `LINE` are replaced.
    private static let forms: [(editors: Set<String>, arguments: String)] = [
        (
            [
                "vi", "vim", "nvim", "view", "nano", "pico", "emacs", "emacsclient", "kak", "micro", "joe",
                "mcedit",
                "ne",
            ], "+LINE PATH"
        ),
        (["hx", "helix", "subl", "zed"], "PATH:LINE"),
        (["code", "codium", "code-insiders"], "--goto PATH:LINE"),
    ]

    /// The value of the variable, perhaps with options, or `vi`.
    private let text: String

    /// Finds the editor; `nil` when neither variable names an editor and vi is not installed.
    package init?(variables: [String: String]) {
        let named = [variables["VISUAL"], variables["EDITOR"]].compactMap { $0 }.first {
            !$0.allSatisfy(\.isWhitespace)
        }
        let directories = (variables["PATH"] ?? "").split(separator: ":")
        let hasVi = directories.contains { FileManager.default.isExecutableFile(atPath: "\($0)/vi") }
        guard let text = named ?? (hasVi ? "vi" : nil) else { return nil }
        self.text = text
    }

    /// The program's name without its directory.
    package var program: String {
        let word = text.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? text
        return String(word.split(separator: "/").last ?? "")
    }

    /// Returns the shell command that edits a file at a line, counted from 1.
    package func command(path: String, line: Int?) -> String {
        let form = line == nil ? nil : Self.forms.first { $0.editors.contains(program) }?.arguments
        let arguments = (form ?? "PATH").split(separator: " ").map { word in
            let filled = word.replacing("LINE", with: line.map(String.init) ?? "").replacing(
                "PATH",
                with: path
            )
            return ShellWord.posix(String(filled))
        }
        return "\(text) \(arguments.joined(separator: " "))"
    }
}
