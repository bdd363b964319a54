import Foundation

/// The bytes that put a text on the clipboard of whoever sits at the terminal: OSC 52.
///
/// tmux takes them as they are with `set-clipboard on`, and passes them on wrapped with
/// `allow-passthrough on`; both are sent, for either may be set. Source: xterm control sequences, "Manipulate
/// Selection Data"; tmux(1).
struct ClipboardSequence {
    let text: String
    let isMultiplexed: Bool

    var sequence: String {
        let plain = "\u{1B}]52;c;\(Data(text.utf8).base64EncodedString())\u{7}"
        guard isMultiplexed else { return plain }
        return plain + "\u{1B}Ptmux;\u{1B}" + plain + "\u{1B}\\"
    }
}
