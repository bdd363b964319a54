/// Quotes text as a single word for a shell, which reads the text back unchanged.
///
/// Works on Unicode scalars, as shells do. For example, a quotation mark with a combining accent is one Swift
/// character, but still ends the quotation.
package enum ShellWord {
    private static let plain = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@+,=-".unicodeScalars
    )
    /// The characters that PowerShell treats as single quotation marks.
    private static let marks: Set<Unicode.Scalar> = ["'", "\u{2018}", "\u{2019}", "\u{201A}", "\u{201B}"]

    /// Quotes for POSIX shells: text with special characters is put in single quotes.
    package static func posix(_ text: String) -> String {
        isPlain(text) ? text : quoted(text) { $0 == "'" ? #"'\''"# : nil }
    }

    /// Quotes for fish: unchanged or in single quotes, within which only `\` and `'` are escaped.
    package static func fish(_ text: String) -> String {
        isPlain(text) ? text : quoted(text) { $0 == "'" ? #"\'"# : $0 == #"\"# ? #"\\"# : nil }
    }

    /// Quotes for PowerShell: always in single quotes, with every quotation mark doubled.
    package static func powershell(_ text: String) -> String {
        quoted(text) { marks.contains($0) ? "\($0)\($0)" : nil }
    }

    /// Escapes text for a place inside single quotes of a POSIX shell.
    package static func escapedInSingleQuotes(_ text: String) -> String {
        escaped(text) { $0 == "'" ? #"'\''"# : nil }
    }

    private static func quoted(_ text: String, escape: (Unicode.Scalar) -> String?) -> String {
        "'" + escaped(text, escape) + "'"
    }

    private static func escaped(_ text: String, _ escape: (Unicode.Scalar) -> String?) -> String {
        var word = ""
        for scalar in text.unicodeScalars {
            if let escaped = escape(scalar) {
                word += escaped
            } else {
                word.unicodeScalars.append(scalar)
            }
        }
        return word
    }

    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && text.unicodeScalars.allSatisfy(plain.contains)
    }
}
