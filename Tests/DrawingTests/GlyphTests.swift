import TestSupport
import Testing

@testable import Drawing

@Suite(.computing) struct GlyphTests {
    @Test(arguments: [
        ("a", 1), ("é", 1), ("e\u{301}", 1), ("漢", 2), ("한", 2), ("ｆ", 2), ("👍", 2), ("❤️", 1), ("☃", 1),
        ("–", 1), ("𝒳", 1), ("🀄", 2), ("👩‍💻", 4), ("ﷺ", 1), ("₩", 1), ("\u{3000}", 2), ("", 0),
        ("日本語 text", 11), ("नि", 2), ("ᄒ", 2),
    ])
    func `a text is as wide as its glyphs`(text: String, columns: Int) {
        #expect(text.columns() == columns)
    }

    @Test(arguments: [
        ("\u{1B}[31mred", "<U+001B>[31mred"), ("a\nb\tc\0", "a<U+000A>b<U+0009>c<U+0000>"),
        ("\u{7F}", "<U+007F>"), ("\u{9B}31m", "<U+009B>31m"),
        ("a\u{202E}b\u{2069}", "a<U+202E>b<U+2069>"), ("a\u{200B}b", "a<U+200B>b"),
        ("\u{FEFF}x", "<U+FEFF>x"),
        ("\u{2028}", "<U+2028>"), ("\u{E0041}", "<U+E0041>"), ("a\u{200D}b", "a<U+200D>b"),
    ])
    func `control and invisible characters are made visible`(text: String, shown: String) {
        #expect(Glyphs(text).map(\.text).joined() == shown)
    }

    @Test
    func `a base keeps at most three marks`() {
        let glyphs = Array(Glyphs("a\u{301}\u{302}\u{303}\u{304}b"))
        #expect(glyphs.map(\.text) == ["a\u{301}\u{302}\u{303}", "b"])
    }

    @Test
    func `a mark without a base has a placeholder`() {
        #expect(Glyphs("\u{301}a").map(\.text) == ["◌\u{301}", "a"])
    }

    @Test
    func `joined emoji are shown one by one`() {
        #expect(Glyphs("👩‍💻").map(\.text) == ["👩", "💻"])
    }

    @Test
    func `visible text is unchanged`() {
        let shown = Glyphs("\u{1B}\u{202E}\u{301}").map(\.text).joined()
        #expect(Glyphs(shown).map(\.text).joined() == shown)
    }

    /// The canvas draws all outside text, so only glyphs make characters visible.
    @Test
    func `no character reaches the terminal as a control, format, or separator`() {
        var hidden: [UInt32] = []
        for value in [0..<0xD800, 0xE000..<0x2_0000, 0xE_0000..<0xE_0200].joined() {
            guard let scalar = Unicode.Scalar(UInt32(value)) else { continue }
            for glyph in Glyphs("a" + String(scalar)) {
                for shown in [glyph.base] + glyph.marks {
                    switch shown.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned:
                        hidden.append(scalar.value)
                    default: break
                    }
                }
            }
        }
        #expect(hidden.isEmpty)
    }

    @Test
    func `plain scalars need no lookup of their Unicode properties`() {
        let wrong = (0..<0x11_0000).compactMap { Unicode.Scalar(UInt32($0)) }.filter {
            $0.isPlain
                && ($0.isMark || $0.isInvisible || $0.properties.isEmojiPresentation
                    || $0.properties.isEmojiModifier)
        }
        #expect(wrong.isEmpty)
        for scalar in ("aé…→━●✓✕" as String).unicodeScalars { #expect(scalar.isPlain) }
    }
}
