/// A set of ASCII characters with fast membership tests.
struct ASCIISet: Sendable {
    private let low: UInt64
    private let high: UInt64

    static let digits = ASCIISet("0123456789")
    static let lowercase = ASCIISet("abcdefghijklmnopqrstuvwxyz")
    static let letters = lowercase + ASCIISet("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    static let hexadecimal = digits + ASCIISet("abcdefABCDEF")

    init(_ characters: StaticString) {
        var low: UInt64 = 0
        var high: UInt64 = 0
        for byte in characters.description.utf8 where byte < 128 {
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }
        self.init(low: low, high: high)
    }

    private init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    static func + (left: Self, right: Self) -> Self {
        Self(low: left.low | right.low, high: left.high | right.high)
    }

    func contains(_ byte: UInt8) -> Bool {
        byte < 64 ? low & 1 << UInt64(byte) != 0 : byte < 128 && high & 1 << UInt64(byte - 64) != 0
    }
}

extension StringProtocol {
    /// Whether all characters are in the set; `true` for empty text.
    func consists(of set: ASCIISet) -> Bool {
        utf8.allSatisfy(set.contains)
    }
}
