/// Separates the keys from the terminal's reply to the query for the background color.
///
/// The reply is `ESC ] 11 ; rgb:RRRR/GGGG/BBBB`, ended by BEL or `ESC \`. Terminals may reply late or never.
/// Source: xterm control sequences, "Operating System Commands", `Ps = 1 1`.
struct BackgroundReply {
    /// Returns the query; inside tmux, a copy in tmux's passthrough follows.
    ///
    /// tmux 3.3 does not reply to the query. The copy is for the outer terminal.
    static func query(isInTmux: Bool) -> String {
        let plain = "\u{1B}]11;?\u{7}"
        return isInTmux ? plain + Passthrough.wrapping(plain) : plain
    }

    private static let start = "\u{1B}]11;".unicodeScalars.map(\.value)
    private static let escape: UInt32 = 0x1B
    /// The maximum length of a reply, in scalars; a longer reply is dropped.
    private static let limit = 64

    /// The part of a reply that was read.
    private var matched: [UInt32] = []
    /// The number of matched scalars that were reported as keys.
    private var passed = 0

    /// Reads a scalar and returns the scalars that are keys.
    ///
    /// `isLight` is set if the scalar ends a reply with a color that ``isLight(_:)`` can parse.
    mutating func read(_ scalar: UInt32) -> (keys: [UInt32], isLight: Bool?) {
        if matched.count < Self.start.count {
            if scalar == Self.start[matched.count] {
                matched.append(scalar)
                return ([], nil)
            }
            let keys = abandon()
            if scalar != Self.escape { return (keys + [scalar], nil) }
            matched = [scalar]
            return (keys, nil)
        }
        let isEnd = scalar == 0x07 || scalar == 0x9C || scalar == 0x5C && matched.last == Self.escape
        guard isEnd || matched.count == Self.limit else {
            matched.append(scalar)
            return ([], nil)
        }
        let text = String(
            String.UnicodeScalarView(matched.dropFirst(Self.start.count).compactMap(Unicode.Scalar.init))
        )
        _ = abandon()
        return ([], isEnd ? Self.isLight(text.filter { $0 != "\u{1B}" }) : nil)
    }

    /// Returns the scalars that are keys; called after all available input was read.
    ///
    /// Escape, and Escape followed by `]`, can be key presses, so both are reported. A reply that continues later is
    /// still recognized.
    mutating func pause() -> [UInt32] {
        guard matched.count <= 2 else { return [] }
        defer { passed = matched.count }
        return Array(matched.dropFirst(passed))
    }

    /// Drops an incomplete reply and returns its scalars, except those already reported as keys.
    mutating func abandon() -> [UInt32] {
        defer { (matched, passed) = ([], 0) }
        return Array(matched.dropFirst(passed))
    }

    /// Whether a color such as `rgb:ffff/ffff/ffff` is light; `nil` for other text.
    private static func isLight(_ text: String) -> Bool? {
        guard text.hasPrefix("rgb:") || text.hasPrefix("rgba:"), let colon = text.firstIndex(of: ":") else {
            return nil
        }
        let parts = text[text.index(after: colon)...].split(separator: "/")
        let values = parts.prefix(3).compactMap { part -> Double? in
            guard (1...4).contains(part.count), let value = Int(part, radix: 16) else { return nil }
            return Double(value) / Double((1 << (4 * part.count)) - 1)
        }
        guard values.count == 3 else { return nil }
        return 0.2126 * values[0] + 0.7152 * values[1] + 0.0722 * values[2] > 0.5
    }
}
