/// The characters that a terminal can display.
package enum TerminalCharacterSet: String, CaseIterable, Hashable, Sendable {
    case unicode
    case ascii

    /// Returns the glyph itself, or ASCII substitutes of the same total width.
    func shown(_ glyph: Glyph) -> [Glyph] {
        if self == .unicode || glyph.base.isASCII && glyph.marks.isEmpty { return [glyph] }
        if glyph.base.isASCII { return [Glyph(glyph.base)] }
        return Array(repeating: Glyph(Self.replacements[glyph.base] ?? "?"), count: glyph.columns)
    }

    /// The ASCII substitutes for the console's own symbols.
    static let replacements: [Unicode.Scalar: Unicode.Scalar] = [
        "●": "*", "◐": "~", "○": "o", "✕": "x", "◷": "w", "■": "X", "·": ".", "↻": "@", "✓": "+", "▲": "!",
        "─": "-", "│": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+",
        "━": "#", "╸": "=", "…": "~", "→": ">", "←": "<", "↑": "^", "↓": "v", "▸": ">", "▴": "^", "▾": "v",
        "–": "-", "—": "-", "−": "-", "±": "~", "×": "x", "‹": "<", "›": ">", "█": "#", "▏": "|",
        "≥": ">", "≤": "<", "▐": ">",
    ]
}
