/// Text from outside, made fit to be shown.
package enum VisibleText {
    /// The text on one line, at most `limit` characters: line ends become blanks, and every other control,
    /// escape or direction character its code point in hexadecimal, `<1B>`.
    package static func oneLine(_ text: String, limit: Int = 600) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\r", "\n", "\t": line.append(" ")
            case _ where isInvisible(scalar): line += "<\(String(scalar.value, radix: 16, uppercase: true))>"
            default: line.unicodeScalars.append(scalar)
            }
        }
        let words = line.split(separator: " ").joined(separator: " ")
        return words.count > limit ? words.prefix(limit) + "…" : words
    }

    /// The end of a text on one line, where programs say last what went wrong; the same characters made visible.
    package static func lastWords(_ text: String, limit: Int = 600) -> String {
        let line = oneLine(text, limit: .max)
        return line.count > limit ? "…" + line.suffix(limit) : line
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
            true
        default: false
        }
    }
}
