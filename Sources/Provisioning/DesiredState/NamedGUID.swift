import Federation

/// A GUID derived from a name, so that repeated creation yields the same GUID.
///
/// It is the 128-bit FNV-1a hash, marked as version 8 (RFC 9562 §5.8, custom formats).
enum NamedGUID {
    /// Returns the GUID for a name, in lower case.
    static func text(of name: String) -> String {
        var hash = UInt128(0x6c62_272e_07bb_0142) << 64 | 0x62b8_2175_6295_c58d
        let prime = UInt128(1) << 88 | 0x13b
        for byte in name.utf8 { hash = (hash ^ UInt128(byte)) &* prime }
        var bytes = (0..<16).map { UInt8(truncatingIfNeeded: hash >> UInt128(120 - 8 * $0)) }
        bytes[6] = bytes[6] & 0x0f | 0x80
        bytes[8] = bytes[8] & 0x3f | 0x80
        let digits = bytes.hexadecimal
        let ends = [8, 12, 16, 20, 32]
        return zip([0] + ends, ends).map { start, end in
            String(digits.dropFirst(start).prefix(end - start))
        }.joined(separator: "-")
    }
}
