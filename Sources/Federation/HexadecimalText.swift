extension Sequence<UInt8> {
    /// The bytes as lowercase hexadecimal, two digits per byte.
    package var hexadecimal: String {
        reduce(into: "") { text, byte in
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
}

extension StringProtocol {
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
