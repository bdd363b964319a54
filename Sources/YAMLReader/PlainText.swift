import Federation

/// Formats text as YAML scalars.
package enum PlainText {
    private static let special = "\"'#,[]{}\\".unicodeScalars
    private static let specialAtStart = "&*!|>%@`?-".unicodeScalars

    /// Returns the text as a YAML scalar; uses double quotes unless the plain text certainly has the same meaning.
    package static func scalar(_ text: String) -> String {
        let isPlain =
            !["", "~", "null"].contains(text) && !text.hasSuffix(":")
            && !text.unicodeScalars.prefix(1).contains(where: specialAtStart.contains)
            && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F && !special.contains($0) }
        return isPlain ? text : JSONValue.string(text).compactText
    }

    /// Returns whether the text is an empty list or mapping.
    package static func isEmpty(_ text: String) -> Bool {
        ["[]", "{}"].contains(text)
    }
}
