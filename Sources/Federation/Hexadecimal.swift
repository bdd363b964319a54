extension Sequence<UInt8> {
    /// The bytes as lowercase hexadecimal, two digits per byte.
    package var hexadecimal: String {
        reduce(into: "") { text, byte in
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
}
