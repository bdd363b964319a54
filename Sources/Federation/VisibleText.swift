/// Makes external text safe to display.
package enum VisibleText {
    /// Returns the text with invisible characters replaced by their code points, such as `<U+001B>`.
    ///
    /// Line feeds, tabs, and the joiners in emoji are kept. The function is idempotent.
    package static func escaped(_ text: String) -> String {
        replacingInvisible(in: text) { $0 == "\n" || $0 == "\t" ? String($0) : codePoint($0) }
    }

    /// Returns the text on a single line.
    ///
    /// Line breaks and tabs become spaces. Other invisible characters become their code points.
    package static func line(_ text: String) -> String {
        replacingInvisible(in: text) { isBlank($0) ? " " : codePoint($0) }
    }

    /// Returns the text on a single line, with runs of spaces collapsed.
    ///
    /// A text of more than `limit` characters is cut at the limit and ends with `…`.
    package static func oneLine(_ text: String, limit: Int = 600) -> String {
        let words = line(text).split(separator: " ").joined(separator: " ")
        return words.count > limit ? words.prefix(limit) + "…" : words
    }

    /// Returns the end of the text on a single line.
    ///
    /// Many programs print the reason of a failure last.
    package static func tail(_ text: String, limit: Int = 600) -> String {
        let line = oneLine(text, limit: .max)
        return line.count > limit ? "…" + line.suffix(limit) : line
    }

    /// Escapes invisible characters in encoded JSON as `\u`; the decoded value is unchanged.
    ///
    /// JSON encoders escape only U+0000 to U+001F. Outside strings, valid JSON contains no invisible
    /// characters except white space.
    package static func json(_ encoded: String) -> String {
        replacingInvisible(in: encoded) { scalar in
            if isBlank(scalar) { return String(scalar) }
            return UTF16.encode(scalar).map { units in
                units.map { unit in
                    let digits = String(unit, radix: 16)
                    return #"\u"# + String(repeating: "0", count: 4 - digits.count) + digits
                }.joined()
            } ?? ""
        }
    }

    /// Whether the character is invisible or changes how a terminal displays other text.
    ///
    /// These are control characters, direction marks, line and paragraph separators, and zero-width,
    /// private-use, and unassigned characters.
    package static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        // Variation selectors 15 and 16 choose the text or emoji form of the preceding character.
        if scalar == "\u{FE0E}" || scalar == "\u{FE0F}" { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
            return true
        default:
            return scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\r" || scalar == "\t"
    }

    private static func codePoint(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "<U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)>"
    }

    private static func replacingInvisible(in text: String, with shown: (Unicode.Scalar) -> String) -> String
    {
        guard text.unicodeScalars.contains(where: isInvisible) else { return text }
        var result = ""
        var followsEmoji = false
        for scalar in text.unicodeScalars {
            let joinsEmoji = followsEmoji && scalar == "\u{200D}"
            if isInvisible(scalar) && !joinsEmoji {
                result += shown(scalar)
            } else {
                result.unicodeScalars.append(scalar)
            }
            followsEmoji =
                !scalar.isASCII
                && (scalar.properties.isEmojiPresentation || scalar.properties.isEmojiModifier
                    || (followsEmoji && scalar == "\u{FE0F}"))
        }
        return result
    }
}
