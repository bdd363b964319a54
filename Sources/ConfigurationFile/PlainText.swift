import Federation

/// Texts as YAML scalars.
enum PlainText {
    private static let special = "\"'#,[]{}\\".unicodeScalars
    private static let specialAtStart = "&*!|>%@`?-".unicodeScalars

    /// The text plain, where that reads back as the same text, else in double quotes.
    static func scalar(_ text: String) -> String {
        let isPlain =
            !["", "~", "null"].contains(text) && !text.hasSuffix(":")
            && !text.unicodeScalars.prefix(1).contains(where: specialAtStart.contains)
            && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F && !special.contains($0) }
        return isPlain ? text : JSONValue.string(text).compactText
    }

    /// Whether a value's text is that of an empty list or table.
    static func isEmpty(_ text: String) -> Bool {
        ["[]", "{}"].contains(text)
    }
}
