package import FoundationEssentials

/// UUIDs of version 7, which sort by time.
///
/// Source: RFC 9562, section 5.7: 48 bits of Unix milliseconds, version, 12 random bits, variant, 62 random bits.
package enum TimeOrderedID {
    /// Returns a new UUID for an instant, in lowercase.
    package static func make(at date: Date) -> String {
        make(at: date, random: (.random(in: 0 ... .max), .random(in: 0 ... .max)))
    }

    /// Returns the UUID that precedes all other UUIDs of the date's millisecond.
    package static func lowest(at date: Date) -> String { make(at: date, random: (0, 0)) }

    /// Returns a new UUID, one millisecond later than another UUID; `nil` if the text is not a UUID.
    package static func make(after id: String) -> String? {
        guard let uuid = UUID(uuidString: id)?.uuid else { return nil }
        let bytes = [uuid.0, uuid.1, uuid.2, uuid.3, uuid.4, uuid.5]
        let milliseconds = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return make(
            milliseconds: milliseconds + 1,
            random: (.random(in: 0 ... .max), .random(in: 0 ... .max))
        )
    }

    static func make(at date: Date, random: (UInt16, UInt64)) -> String {
        let milliseconds = Int64(
            saturating: max(0, Instant(clamping: date).date.timeIntervalSince1970 * 1000)
        )
        return make(milliseconds: UInt64(milliseconds), random: random)
    }

    private static func make(milliseconds: UInt64, random: (UInt16, UInt64)) -> String {
        let high = hexadecimal(milliseconds & 0xFFFF_FFFF_FFFF, digits: 12)
        let middle = hexadecimal(UInt64(random.0 & 0x0FFF | 0x7000), digits: 4)
        let low = hexadecimal(random.1 & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000, digits: 16)
        return "\(high.prefix(8))-\(high.suffix(4))-\(middle)-\(low.prefix(4))-\(low.suffix(12))"
    }

    private static func hexadecimal(_ number: UInt64, digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
