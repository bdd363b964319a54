/// Text as one word of a shell's language; the shell reads back exactly the text.
///
/// A shell interprets code points, not characters in Swift's sense: a quotation mark followed by a
/// combining accent is one character, and still ends a quotation.
package enum ShellWord {
    private static let plain = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@+,=-".unicodeScalars
    )
    /// The quotation marks that PowerShell treats alike.
    private static let marks: Set<Unicode.Scalar> = ["'", "\u{2018}", "\u{2019}", "\u{201A}", "\u{201B}"]

    /// For POSIX shells: plain when no character is special to them, else in single quotes.
    package static func posix(_ text: String) -> String {
        isPlain(text) ? text : quoted(text) { $0 == "'" ? #"'\''"# : nil }
    }

    /// For fish: plain, or in single quotes, within which only `\` and `'` are escaped.
    package static func fish(_ text: String) -> String {
        isPlain(text) ? text : quoted(text) { $0 == "'" ? #"\'"# : $0 == #"\"# ? #"\\"# : nil }
    }

    /// For PowerShell: always in single quotes, with every mark that ends a quotation doubled.
    package static func powershell(_ text: String) -> String {
        quoted(text) { marks.contains($0) ? "\($0)\($0)" : nil }
    }

    private static func quoted(_ text: String, escape: (Unicode.Scalar) -> String?) -> String {
        var word = "'"
        for scalar in text.unicodeScalars {
            if let escaped = escape(scalar) {
                word += escaped
            } else {
                word.unicodeScalars.append(scalar)
            }
        }
        return word + "'"
    }

    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && text.unicodeScalars.allSatisfy(plain.contains)
    }
}
