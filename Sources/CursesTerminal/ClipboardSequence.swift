import Foundation

/// The OSC 52 sequence that copies text to the operator's clipboard.
///
/// tmux accepts the plain sequence with `set-clipboard on` and forwards a wrapped one with `allow-passthrough on`, so
/// both are sent. Source: xterm control sequences, "Manipulate Selection Data"; tmux(1).
struct ClipboardSequence {
    let text: String
    let isMultiplexed: Bool

    var sequence: String {
        let plain = "\u{1B}]52;c;\(Data(text.utf8).base64EncodedString())\u{7}"
        guard isMultiplexed else { return plain }
        return plain + "\u{1B}Ptmux;\u{1B}" + plain + "\u{1B}\\"
    }
}
