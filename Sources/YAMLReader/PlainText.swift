import Federation

/// Formats text as YAML scalars.
package enum PlainText {
    private static let special = "\"'#,[]{}\\".unicodeScalars
    private static let specialAtStart = "&*!|>%@`?-".unicodeScalars

    /// Returns the text without quotation marks if YAML then reads the same text, otherwise in double quotes.
    package static func scalar(_ text: String) -> String {
        let isPlain =
            !["", "~", "null"].contains(text) && !text.hasSuffix(":")
            && !text.unicodeScalars.prefix(1).contains(where: specialAtStart.contains)
            && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F && !special.contains($0) }
        return isPlain ? text : JSONValue.string(text).compactText
    }

    /// Whether the text represents an empty list or table.
    package static func isEmpty(_ text: String) -> Bool {
        ["[]", "{}"].contains(text)
    }
}
