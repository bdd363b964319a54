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
        /// Usually in the middle; if separators are near, the `…` replaces whole parts of a name.
        case middle
        /// At the end; if a separator is near, the `…` replaces whole parts of a name.
        case segment
    }

    /// The separators in names and IDs; the first set separates larger parts than the second set.
    private static let separators: [Set<Unicode.Scalar>] = [[" ", "/", ":"], ["-"]]

    /// Returns the text, truncated with `…` if it does not fit.
    package func fitted(to columns: Int, cut: TruncationPosition = .end) -> String {
        if self.columns(upTo: columns) <= columns { return self }
        if columns < 1 { return "" }
        let room = columns - 1
        switch cut {
        case .end:
            return prefix(columns: room) + "…"
        case .segment:
            return (firstParts(columns: room) ?? prefix(columns: room)) + "…"
        case .middle:
            let tails =
                lastParts(columns: room - min(8, room / 4), of: 0) + lastParts(columns: room * 2 / 3, of: 1)
            for tail in tails where tail.columns() * 3 >= room {
                if let head = firstParts(columns: room - tail.columns()) { return head + "…" + tail }
            }
            if let head = firstParts(columns: room) { return head + "…" }
            let tail = suffix(columns: room / 2)
            return prefix(columns: room - tail.columns()) + "…" + tail
        }
    }

    /// Returns the whole parts at the beginning that fit; `nil` if those parts fill at most half of the columns.
    private func firstParts(columns: Int) -> String? {
        let text = prefix(columns: columns + 1).unicodeScalars
        for separators in Self.separators {
            guard let end = text.lastIndex(where: separators.contains) else { continue }
            let parts = String(text[...end])
            let fitting = parts.columns() > columns ? String(text[..<end]) : parts
            if fitting.columns() * 2 > columns { return fitting }
        }
        return nil
    }

    /// Returns the suffixes that fit and that follow a separator, the longest suffix first.
    ///
    /// `kind` is the index of the separators in ``separators``.
    private func lastParts(columns: Int, of kind: Int) -> [String] {
        let end = suffix(columns: columns + 1).unicodeScalars
        return end.indices.filter { Self.separators[kind].contains(end[$0]) }
            .map { String(end[end.index(after: $0)...]) }
    }

    /// Returns the longest suffix that fits, of at most four scalars per column.
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

    /// Returns the lines of the wrapped text; no lines for fewer than two columns.
    ///
    /// Lines are broken at spaces. A line without a space is broken after a separator or, without a separator, where
    /// the line is full.
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

    /// Cuts a full line at the last space or, without a space, after a separator; returns the rest.
    ///
    /// If a space follows, or if the line has no place to cut, the line remains unchanged.
    private static func breakLine(_ line: inout [Glyph], before next: Glyph) -> [Glyph] {
        if next == .blank { return [] }
        if let blank = line.lastIndex(of: .blank), line[..<blank].contains(where: { $0 != .blank }) {
            let rest = Array(line[(blank + 1)...])
            line.removeSubrange(blank...)
            return rest
        }
        let ends = Self.separators.compactMap { separators in
            line.indices.last { place in
                guard line[place] != .blank, separators.contains(line[place].base) else { return false }
                // The dashes at the beginning of an option such as `--profile` are not separators.
                return line[place].base != "-" || place > 0 && line[place - 1].base.isAlphanumeric
            }
        }
        guard let end = ends.first else { return [] }
        let rest = Array(line[(end + 1)...])
        line.removeSubrange((end + 1)...)
        return rest
    }
}

extension Unicode.Scalar {
    fileprivate var isAlphanumeric: Bool { properties.isAlphabetic || properties.numericType != nil }
}
