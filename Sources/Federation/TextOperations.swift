import Glibc

// Operations on text that neither the standard library nor FoundationEssentials has.

extension String {
    /// Returns the text padded with spaces at the end to at least `count` characters.
    package func padding(to count: Int) -> String {
        self + String(repeating: " ", count: max(0, count - self.count))
    }

    /// Returns the text padded with spaces at the beginning to at least `count` characters.
    package func leftPadding(to count: Int) -> String {
        String(repeating: " ", count: max(0, count - self.count)) + self
    }
}

extension StringProtocol {
    /// The text without white space and newlines at both ends.
    package var trimmed: String {
        let printable: ClosedRange<Unicode.Scalar> = "!"..."~"
        guard let first = unicodeScalars.first, let last = unicodeScalars.last, printable.contains(first),
            printable.contains(last)
        else { return trimmed(of: \.isWhitespace) }
        return String(self)
    }

    /// Returns the text without the characters at both ends for which `isRemoved` returns `true`.
    package func trimmed(of isRemoved: (Character) -> Bool) -> String {
        guard let first = firstIndex(where: { !isRemoved($0) }),
            let last = lastIndex(where: { !isRemoved($0) })
        else { return "" }
        return String(self[first...last])
    }

    /// The text with each `%XX` replaced by the byte that the two hexadecimal digits encode.
    ///
    /// The result is `nil` for a `%` without two hexadecimal digits, and for bytes that are not UTF-8.
    package var percentDecoded: String? {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexadecimalValue, let low = rest.popFirst()?.hexadecimalValue
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Whether the text contains the bytes of another text; every text contains the empty text.
    ///
    /// The standard library compares characters: `\r\n` is one character, which does not contain `\n`. In tests that
    /// import Foundation, the second parameter lets Foundation's function take precedence.
    package func contains(_ other: some StringProtocol, _: Void = ()) -> Bool {
        var (text, other) = (String(self), String(other))
        return text.withUTF8 { text in other.withUTF8 { text.contains($0) } }
    }

    /// Whether the text is a GUID: hexadecimal digits in groups of 8, 4, 4, 4, and 12, in either case.
    ///
    /// Source: RFC 9562, section 4.
    package var isGUID: Bool {
        var position = 0
        for byte in utf8 {
            switch (position, byte) {
            case (8, _), (13, _), (18, _), (23, _): guard byte == UInt8(ascii: "-") else { return false }
            case (..<36, UInt8(ascii: "0")...UInt8(ascii: "9")),
                (..<36, UInt8(ascii: "a")...UInt8(ascii: "f")),
                (..<36, UInt8(ascii: "A")...UInt8(ascii: "F")):
                break
            default: return false
            }
            position += 1
        }
        return position == 36
    }
}

extension UnsafeBufferPointer<UInt8> {
    fileprivate func contains(_ other: Self) -> Bool {
        guard let first = other.first, let start = baseAddress, let bytes = other.baseAddress else {
            return other.isEmpty
        }
        var offset = 0
        while offset + other.count <= count,
            let found = memchr(start + offset, Int32(first), count - other.count + 1 - offset)
        {
            if memcmp(found, bytes, other.count) == 0 { return true }
            offset = UnsafeRawPointer(start).distance(to: found) + 1
        }
        return false
    }
}

extension Sequence<UInt8> {
    /// The bytes as lowercase hexadecimal, two digits per byte.
    package var hexadecimal: String {
        let digit = { (value: UInt8) in value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10) }
        var digits: [UInt8] = []
        digits.reserveCapacity(2 * underestimatedCount)
        for byte in self {
            digits.append(digit(byte >> 4))
            digits.append(digit(byte & 15))
        }
        return String(decoding: digits, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

// File paths.
extension String {
    /// Returns the path with the `~` of a leading `~/` replaced by the home directory.
    package func expandingTilde(home: String?) -> String {
        guard let home, hasPrefix("~/") else { return self }
        return home + dropFirst()
    }

    /// The part before the last slash: `/` for a file in the root directory, empty for a file name alone.
    package var directoryName: String {
        guard let slash = lastIndex(of: "/") else { return "" }
        return slash == startIndex ? "/" : String(self[..<slash])
    }

    /// The part after the last slash.
    package var fileName: String {
        lastIndex(of: "/").map { String(self[index(after: $0)...]) } ?? self
    }
}
