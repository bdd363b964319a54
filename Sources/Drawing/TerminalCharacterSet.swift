/// Which characters a terminal can show.
package enum TerminalCharacterSet: String, CaseIterable, Hashable, Sendable {
    case unicode
    case ascii

    /// The glyph itself, or what stands for it in as many columns.
    func shown(_ glyph: Glyph) -> [Glyph] {
        if self == .unicode || glyph.base.isASCII && glyph.marks.isEmpty { return [glyph] }
        if glyph.base.isASCII { return [Glyph(glyph.base)] }
        let isPicture = (0x2400...0x2421).contains(glyph.base.value)
        let stand = Self.stands[glyph.base] ?? (isPicture ? "^" : "?")
        return Array(repeating: Glyph(stand), count: glyph.columns)
    }

    /// What stands for the symbols that the screen itself uses.
    static let stands: [Unicode.Scalar: Unicode.Scalar] = [
        "●": "*", "◐": "~", "○": "o", "✕": "x", "◷": "w", "·": ".", "↻": "@", "✓": "+", "▲": "!",
        "─": "-", "│": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+",
        "━": "#", "╸": "=", "…": "~", "→": ">", "←": "<", "↑": "^", "↓": "v", "▸": ">", "▴": "^", "▾": "v",
        "–": "-", "—": "-", "−": "-", "±": "~", "×": "x", "‹": "<", "›": ">", "█": "#", "▏": "|",
        "≥": ">", "≤": "<", "▌": ">",
    ]
}
