/// The contents of one or two cells: a base scalar with up to three combining marks.
package struct Glyph: Hashable, Sendable {
    package let base: Unicode.Scalar
    /// The marks in 21 bits each, the first in the lowest bits; 0 means none.
    private var packedMarks: UInt64 = 0

    package static let blank = Glyph(" ")

    package init(_ base: Unicode.Scalar) {
        self.base = base
    }

    /// The width in columns: 2 if the base is in `WideScalars`, otherwise 1.
    package var columns: Int {
        WideScalars.contains(base.value) ? 2 : 1
    }

    package var marks: [Unicode.Scalar] {
        [0, 21, 42].compactMap { shift in
            let value = UInt32(packedMarks >> shift & 0x1F_FFFF)
            return value == 0 ? nil : Unicode.Scalar(value)
        }
    }

    /// The base scalar with its marks.
    package var text: String {
        var scalars = String.UnicodeScalarView()
        scalars.append(base)
        scalars.append(contentsOf: marks)
        return String(scalars)
    }

    /// Adds a combining mark; marks after the third are dropped.
    mutating func add(_ mark: Unicode.Scalar) {
        for shift in [0, 21, 42] where packedMarks >> shift == 0 {
            packedMarks |= UInt64(mark.value) << shift
            return
        }
    }
}

/// The glyphs of a text, in order.
///
/// Invisible characters (for example, control characters) become text such as `<U+001B>`, because external text must
/// not control the terminal. Variation selectors, and joiners after an emoji, are omitted.
package struct Glyphs: Sequence, IteratorProtocol {
    private var scalars: String.UnicodeScalarView.Iterator
    private var peeked: Unicode.Scalar?
    /// The remaining scalars of a spelled-out code point, in reverse order.
    private var spelled: [Unicode.Scalar] = []
    private var followsEmoji = false

    package init(_ text: String) {
        scalars = text.unicodeScalars.makeIterator()
    }

    package mutating func next() -> Glyph? {
        if let scalar = spelled.popLast() { return Glyph(scalar) }
        while let scalar = nextScalar() {
            let joins = scalar == "\u{200D}" && followsEmoji
            if joins || Self.isVariationSelector(scalar) { continue }
            followsEmoji = false
            if scalar.isPlain { return withMarks(Glyph(scalar)) }
            if scalar.isInvisible { return spell(scalar) }
            if scalar.isMark { return withMarks(Glyph("◌"), first: scalar) }
            followsEmoji = scalar.properties.isEmojiPresentation || scalar.properties.isEmojiModifier
            return withMarks(Glyph(scalar))
        }
        return nil
    }

    private mutating func nextScalar() -> Unicode.Scalar? {
        defer { peeked = nil }
        return peeked ?? scalars.next()
    }

    private mutating func withMarks(_ glyph: Glyph, first: Unicode.Scalar? = nil) -> Glyph {
        var glyph = glyph
        if let first { glyph.add(first) }
        while let scalar = nextScalar() {
            if scalar.isPlain || !scalar.isMark || scalar.isInvisible {
                peeked = scalar
                break
            }
            if !Self.isVariationSelector(scalar) { glyph.add(scalar) }
        }
        return glyph
    }

    private mutating func spell(_ scalar: Unicode.Scalar) -> Glyph {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let name = "U+" + String(repeating: "0", count: Swift.max(0, 4 - digits.count)) + digits + ">"
        spelled = name.unicodeScalars.reversed()
        return Glyph("<")
    }

    private static func isVariationSelector(_ scalar: Unicode.Scalar) -> Bool {
        (0xFE00...0xFE0F).contains(scalar.value)
    }
}

extension Unicode.Scalar {
    /// Whether the scalar is certainly visible, not a mark, and not an emoji by default.
    ///
    /// The ranges avoid a slow lookup of Unicode properties for most scalars on the screen.
    var isPlain: Bool {
        switch value {
        case 0x20...0x7E, 0xAE...0x2FF, 0x2010...0x2027, 0x2190...0x2319, 0x2500...0x25FC, 0x270C...0x2727:
            true
        default: false
        }
    }

    /// Whether the scalar is a mark or a Hangul jamo that is drawn in the cell of the preceding scalar.
    var isMark: Bool {
        if value < 0x300 { return false }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return true
        default: return (0x1160...0x11FF).contains(value) || (0xD7B0...0xD7FB).contains(value)
        }
    }

    /// Whether the scalar is a control or format character, a line or paragraph separator, or unassigned.
    var isInvisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: true
        default: false
        }
    }
}

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
