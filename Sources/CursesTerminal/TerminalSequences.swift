import FoundationEssentials

/// The OSC 52 sequence that copies text to the operator's clipboard.
///
/// tmux accepts the plain sequence with `set-clipboard on`. With `allow-passthrough on`, tmux forwards a wrapped
/// sequence. Inside tmux, the value contains both sequences. Source: xterm control sequences, "Manipulate Selection
/// Data"; tmux(1).
struct ClipboardSequence {
    let text: String
    let isInTmux: Bool

    var sequence: String {
        let plain = "\u{1B}]52;c;\(Data(text.utf8).base64EncodedString())\u{7}"
        guard isInTmux else { return plain }
        return plain + Passthrough.wrapping(plain)
    }
}

/// The passthrough of tmux, which sends a wrapped sequence to the terminal that displays tmux.
///
/// Source: tmux(1), `allow-passthrough`.
enum Passthrough {
    /// Whether the environment variables show that the terminal belongs to tmux.
    ///
    /// GNU screen would send the sequence to its terminal as text. `TERM` can be `screen` in both programs. Programs in
    /// screen inherit `TMUX` if screen runs inside tmux. If screen's variable `STY` is set, only a `TERM` that begins
    /// with `tmux` identifies tmux. Source: tmux(1) and screen(1), environment variables; screen(1), "ESC P".
    static func isAvailable(_ variables: [String: String]) -> Bool {
        if variables["TERM", default: ""].hasPrefix("tmux") { return true }
        return !variables["TMUX", default: ""].isEmpty && variables["STY", default: ""].isEmpty
    }

    /// Wraps a sequence and doubles its escape character; the only escape character must be the first character.
    static func wrapping(_ sequence: String) -> String {
        "\u{1B}Ptmux;\u{1B}" + sequence + "\u{1B}\\"
    }
}

/// The OSC 9 sequence that displays a desktop notification.
///
/// Source: iTerm2's proprietary escape codes, also supported by ConEmu, kitty, foot, WezTerm, and Windows Terminal.
struct NotificationSequence {
    let text: String
    let isInTmux: Bool

    /// Returns `false` for terminal types that could print OSC sequences as text.
    static func isSupported(by type: String) -> Bool {
        !["linux", "vt", "ansi", "cons", "dumb", "cygwin"].contains { type.hasPrefix($0) }
    }

    var sequence: String {
        // Control characters could end the sequence or start a new sequence.
        let clean = String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
            )
        )
        let plain = "\u{1B}]9;\(clean)\u{7}"
        return isInTmux ? Passthrough.wrapping(plain) : plain
    }
}
