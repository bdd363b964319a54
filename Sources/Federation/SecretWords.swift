/// Finds possible secrets in text from other programs.
package enum SecretWords {
    /// The length of an AWS secret key; session tokens are longer.
    private static let shortestSecret = 40

    /// Returns the text with each possible secret replaced by its length, such as `[40 characters hidden]`.
    ///
    /// A possible secret is a word of at least 40 base64 or base64url characters; GUIDs in the word do not count. The
    /// word must also meet one of these conditions:
    ///
    /// - The characters are only uppercase letters and digits.
    /// - The kind of character (uppercase, lowercase, digit, separator) changes at more than a third of the positions,
    ///   as in random text.
    ///
    /// Words that begin with a slash are kept. Words with only hexadecimal digits are also kept.
    package static func masked(in text: String) -> String {
        var result = ""
        var word = Substring()
        var rest = text[...]
        while !rest.isEmpty {
            word = rest.prefix { isEncoded($0) }
            rest = rest.dropFirst(word.count)
            result += canBeSecret(word) ? "[\(word.count) characters hidden]" : word
            let other = rest.prefix { !isEncoded($0) }
            rest = rest.dropFirst(other.count)
            result += other
        }
        return result
    }

    private static func isEncoded(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "+/=_-".contains(character))
    }

    private static func canBeSecret(_ word: Substring) -> Bool {
        guard word.utf8.count >= shortestSecret, word.first != "/", !word.allSatisfy(\.isHexDigit) else {
            return false
        }
        let guid = /[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}/
        let kinds = word.replacing(guid, with: "").map(Kind.init)
        if kinds.count < shortestSecret { return false }
        // Base32 and similar encodings, or a random mixture of characters.
        return kinds.allSatisfy { $0 == .upper || $0 == .digit }
            || zip(kinds, kinds.dropFirst()).count { $0 != $1 } * 3 > kinds.count
    }

    private enum Kind {
        case upper
        case lower
        case digit
        case separator

        init(_ character: Character) {
            if character.isUppercase {
                self = .upper
            } else if character.isLowercase {
                self = .lower
            } else if character.isNumber {
                self = .digit
            } else {
                self = .separator
            }
        }
    }
}
