extension String {
    /// Returns the width in columns; stops counting once `limit` is exceeded.
    package func columns(upTo limit: Int = .max) -> Int {
        if utf8.count <= max(limit, 64), utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return utf8.count }
        var total = 0
        for glyph in Glyphs(self) {
            total += glyph.columns
            if total > limit { break }
        }
        return total
    }

    /// Returns the longest prefix that fits into the given number of columns.
    package func prefix(columns: Int) -> String {
        var text = ""
        var left = columns
        for glyph in Glyphs(self) {
            left -= glyph.columns
            if left < 0 { break }
            text += glyph.text
        }
        return text
    }

    /// The position of the `…` in truncated text.
    package enum TruncationPosition: Hashable, Sendable {
        case end
        case middle
        /// At the end, after a `/` or `:` where one is near.
        case segment
    }

    /// Returns the text, truncated with `…` if it does not fit.
    package func fitted(to columns: Int, cut: TruncationPosition = .end) -> String {
        if self.columns(upTo: columns) <= columns { return self }
        if columns < 1 { return "" }
        let room = columns - 1
        switch cut {
        case .end:
            return prefix(columns: room) + "…"
        case .segment:
            return segment(of: prefix(columns: room)) + "…"
        case .middle:
            let tail = suffix(columns: room / 2)
            return prefix(columns: room - tail.columns()) + "…" + tail
        }
    }

    /// Returns the part of a text up to its last `/` or `:`, if that is the longer part.
    private func segment(of text: String) -> String {
        guard let end = text.lastIndex(where: { "/:".contains($0) }) else { return text }
        let part = text[...end]
        return part.count * 2 > text.count ? String(part) : text
    }

    /// Returns the longest suffix that fits; examines only as many scalars as can matter.
    private func suffix(columns: Int) -> String {
        let end = String(String.UnicodeScalarView(unicodeScalars.suffix(columns * 4)))
        var glyphs: [Glyph] = []
        var left = columns
        for glyph in Array(Glyphs(end)).reversed() {
            left -= glyph.columns
            if left < 0 { break }
            glyphs.append(glyph)
        }
        return glyphs.reversed().map(\.text).joined()
    }

    /// Returns the lines of the wrapped text, broken at spaces, or otherwise after a nearby `/` or `:`.
    package func wrapped(to columns: Int) -> [String] {
        if columns < 2 { return [] }
        var lines: [String] = []
        var line: [Glyph] = []
        var width = 0
        for glyph in Glyphs(self) {
            if width + glyph.columns > columns {
                let rest = Self.breakLine(&line, before: glyph)
                lines.append(line.map(\.text).joined())
                line = rest
                width = rest.reduce(0) { $0 + $1.columns }
                if glyph == .blank, line.isEmpty { continue }
            }
            line.append(glyph)
            width += glyph.columns
        }
        return lines + [line.map(\.text).joined()]
    }

    /// Cuts a full line at its last space, or after its last separator, and returns the rest.
    ///
    /// A line without either is not shortened, nor is one that would be shortened by more than half.
    private static func breakLine(_ line: inout [Glyph], before next: Glyph) -> [Glyph] {
        if next == .blank { return [] }
        guard let blank = line.lastIndex(of: .blank), line[..<blank].contains(where: { $0 != .blank })
        else {
            guard let end = line.lastIndex(where: { $0 == Glyph("/") || $0 == Glyph(":") }),
                (end + 1) * 2 > line.count
            else { return [] }
            let rest = Array(line[(end + 1)...])
            line.removeSubrange((end + 1)...)
            return rest
        }
        let rest = Array(line[(blank + 1)...])
        line.removeSubrange(blank...)
        return rest
    }
}
