/// The bytes that make a terminal show a notification on the desktop: OSC 9.
///
/// Source: iTerm2's proprietary escape codes, taken over by ConEmu, kitty, foot, WezTerm and Windows Terminal.
/// Within tmux they go through its passthrough (tmux(1), `allow-passthrough`), each escape doubled.
struct NotificationSequence {
    let text: String
    let isMultiplexed: Bool

    /// Terminals that show nothing for OSC 9 but might print it.
    static func isSupported(by type: String) -> Bool {
        !["linux", "vt", "ansi", "cons", "dumb", "cygwin"].contains { type.hasPrefix($0) }
    }

    var sequence: String {
        // What could end the sequence early, or begin another, has no place in it.
        let clean = String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
            )
        )
        let plain = "\u{1B}]9;\(clean)\u{7}"
        return isMultiplexed ? "\u{1B}Ptmux;\u{1B}" + plain + "\u{1B}\\" : plain
    }
}
