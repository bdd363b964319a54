/// A text as one word of a shell's language: the shell reads back exactly the text.
package enum ShellWord {
    private static let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@%+,=-")

    /// For POSIX shells: as it is when no character means anything to them, else in single quotes.
    package static func posix(_ text: String) -> String {
        isPlain(text) ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }

    /// For fish: as it is, or in single quotes, within which only `\` and `'` are escaped.
    package static func fish(_ text: String) -> String {
        if isPlain(text) { return text }
        return "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }

    /// For PowerShell: always in single quotes; every quotation mark that it takes for one is doubled.
    package static func powershell(_ text: String) -> String {
        let escaped = text.reduce(into: "") { result, character in
            result.append(character)
            if "'\u{2018}\u{2019}\u{201A}\u{201B}".contains(character) { result.append(character) }
        }
        return "'" + escaped + "'"
    }

    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && text.allSatisfy(plain.contains)
    }
}
