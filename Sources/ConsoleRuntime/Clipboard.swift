import Console
import Foundation
import Subprocess
import SystemPackage

/// The operator's clipboard: tmux's buffer inside tmux, otherwise the terminal's own, by OSC 52.
///
/// tmux ignores OSC 52 from its programs unless `set-clipboard` is `on`; `load-buffer -w` always works, and
/// forwards the text to the outer terminal. Source: tmux(1), `load-buffer`, since tmux 3.2.
struct Clipboard: Sendable {
    private static let errorSize = 64 * 1024

    let variables: [String: String]

    /// Copies a text.
    ///
    /// - Parameters:
    ///   - text: The text, which never appears in a command line or a file.
    ///   - label: The text's name, as in "Copied LABEL".
    ///   - send: Sends the text to the terminal; returns `false` for a terminal without a clipboard.
    /// - Returns: A notice with the result.
    func copy(_ text: String, label: String, send: (String) async -> Bool) async -> Notice {
        if await load(text) {
            return Notice(
                .info,
                "Copied \(label) to tmux's buffer (prefix ] pastes), and sent it to the terminal."
            )
        }
        if await send(text) { return Notice(.info, "Sent \(label) to the terminal's clipboard.") }
        return Notice(.warning, "This terminal has no clipboard, so \(label) was not copied.")
    }

    /// Copies a text to the buffer of the enclosing tmux server; returns `false` outside tmux.
    private func load(_ text: String) async -> Bool {
        guard !(variables["TMUX"] ?? "").isEmpty, let program = Self.path(of: "tmux", variables) else {
            return false
        }
        let pairs = variables.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
        let result = try? await Subprocess.run(
            .path(FilePath(program)),
            arguments: ["load-buffer", "-w", "-"],
            environment: .custom(Dictionary(pairs) { first, _ in first }),
            input: .string(text),
            output: .discarded,
            error: .string(limit: Self.errorSize)
        )
        return result?.terminationStatus.isSuccess ?? false
    }

    private static func path(of name: String, _ variables: [String: String]) -> String? {
        (variables["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }
}
