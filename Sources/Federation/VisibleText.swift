/// Text from outside, made fit to be shown: applied once where text leaves the program.
package enum VisibleText {
    /// The text with every invisible character replaced by its code point, `<1B>`; line ends and tabs stay.
    ///
    /// Applying it again changes nothing.
    package static func escaped(_ text: String) -> String {
        replacingInvisible(in: text) { $0 == "\n" || $0 == "\t" ? String($0) : codePoint($0) }
    }

    /// The text on one line: line ends and tabs become spaces, other invisible characters their code points.
    package static func line(_ text: String) -> String {
        replacingInvisible(in: text) { isBlank($0) ? " " : codePoint($0) }
    }

    /// The text on one line, runs of blanks as one space, cut to `limit` characters.
    package static func oneLine(_ text: String, limit: Int = 600) -> String {
        let words = line(text).split(separator: " ").joined(separator: " ")
        return words.count > limit ? words.prefix(limit) + "…" : words
    }

    /// The end of a text on one line: where programs print the reason of a failure.
    package static func lastWords(_ text: String, limit: Int = 600) -> String {
        let line = oneLine(text, limit: .max)
        return line.count > limit ? "…" + line.suffix(limit) : line
    }

    /// Encoded JSON with every invisible character in its strings as a `\u` escape; its meaning stays.
    ///
    /// Encoders escape C0 only. Outside strings JSON has no invisible characters but line ends and blanks.
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

    /// Whether a terminal shows nothing for the character, or changes what it shows elsewhere: controls, direction
    /// marks, line and paragraph separators, zero-width and unassigned characters.
    package static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        // These two choose between the text and the emoji form of the character before.
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
        "<\(String(scalar.value, radix: 16, uppercase: true))>"
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
                scalar.properties.isEmojiPresentation || scalar.properties.isEmojiModifier
                || (followsEmoji && scalar == "\u{FE0F}")
        }
        return result
    }
}
