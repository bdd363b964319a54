/// A pattern in which `*` matches any number of characters, and `?` matches exactly one character.
///
/// Texts are compared as UTF-8 bytes, as in IAM, so composed and decomposed `é` differ.
package struct WildcardPattern: Hashable, Sendable {
    /// The literal bytes; values above 255 are wildcards.
    private var tokens: [UInt16] = []

    private static let oneCharacter: UInt16 = 256
    private static let anyCharacters: UInt16 = 257

    init() {}

    /// Parses a pattern; without `hasWildcards`, `*` and `?` are literal.
    package init(_ text: String, hasWildcards: Bool = true) {
        tokens.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "*") where hasWildcards: appendAnyCharacters()
            case UInt8(ascii: "?") where hasWildcards: appendOneCharacter()
            default: tokens.append(UInt16(byte))
            }
        }
    }

    mutating func append(literal text: String) {
        tokens.append(contentsOf: text.utf8.lazy.map(UInt16.init))
    }

    mutating func appendOneCharacter() {
        tokens.append(Self.oneCharacter)
    }

    mutating func appendAnyCharacters() {
        tokens.append(Self.anyCharacters)
    }

    /// Returns whether the whole text matches.
    ///
    /// The number of steps is at most the pattern's length times the text's length.
    package func matches(_ text: some StringProtocol) -> Bool {
        text.utf8.withContiguousStorageIfAvailable(matches)
            ?? Array(text.utf8).withUnsafeBufferPointer(matches)
    }

    private func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var position = 0
        var token = 0
        var retry: (token: Int, position: Int)?
        while position < text.count {
            let expected = token < tokens.count ? tokens[token] : nil
            if expected == Self.anyCharacters {
                token += 1
                retry = (token, position)
            } else if expected == Self.oneCharacter {
                token += 1
                position = Self.end(ofScalarAt: position, in: text)
            } else if expected == UInt16(text[position]) {
                token += 1
                position += 1
            } else if let last = retry {
                position = Self.end(ofScalarAt: last.position, in: text)
                token = last.token
                retry = (last.token, position)
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy { $0 == Self.anyCharacters }
    }

    private static func end(ofScalarAt start: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        var end = start + 1
        while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }
}
