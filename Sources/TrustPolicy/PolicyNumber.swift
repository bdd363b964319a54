/// A number in a numeric condition: an integer or a decimal fraction.
struct PolicyNumber: Hashable, Sendable {
    /// The nearest double.
    let value: Double
    /// The exact value of an integer in the range of `Int`; `nil` for other numbers.
    private let integer: Int?

    /// Parses an optional sign, digits, and at most one point; `nil` for other text, such as `1e3` or `0x10`.
    init?(_ text: String) {
        let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        guard text.utf8.count - digits.count <= 1, digits.contains(where: Self.isDigit),
            digits.allSatisfy({ Self.isDigit($0) || $0 == UInt8(ascii: ".") }),
            let value = Double(text)
        else { return nil }
        self.value = value
        integer = Int(text)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

extension PolicyNumber: Comparable {
    static func == (left: PolicyNumber, right: PolicyNumber) -> Bool {
        if let left = left.integer, let right = right.integer { return left == right }
        return left.value == right.value
    }

    static func < (left: PolicyNumber, right: PolicyNumber) -> Bool {
        if let left = left.integer, let right = right.integer { return left < right }
        return left.value < right.value
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(value)
    }
}
