/// An IPv4 or IPv6 address or range.
package struct IPNetwork: Hashable, Sendable {
    private let address: UInt128
    /// The number of bits of an address: 32 or 128.
    private let width: Int
    private let prefixLength: Int

    /// Parses `203.0.113.0/24`, `2001:db8::/32`, or a single address; `nil` for any other text.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if let address = Self.ipv4(parts[0]) {
            self.address = UInt128(address)
            width = 32
        } else if let address = Self.ipv6(parts[0]) {
            self.address = address
            width = 128
        } else {
            return nil
        }
        guard parts.count == 2 else {
            prefixLength = width
            return
        }
        guard let length = Self.decimal(parts[1]), length <= width else { return nil }
        prefixLength = length
    }

    /// Returns whether this range includes every address of `other`.
    package func contains(_ other: IPNetwork) -> Bool {
        guard width == other.width, prefixLength <= other.prefixLength else { return false }
        let dropped = UInt128(width - prefixLength)
        return address >> dropped == other.address >> dropped
    }

    /// Whether all addresses are private or reserved for carrier-grade NAT.
    ///
    /// Sources: RFC 1918, section 3; RFC 4193, section 3.1; RFC 6598, section 7.
    package var isPrivate: Bool {
        Self.privateNetworks.contains { $0.contains(self) }
    }

    private static let privateNetworks = [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7",
    ]
    .compactMap { IPNetwork($0) }

    private static func ipv4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        return parts.reduce(UInt32?.some(0)) { total, part in
            guard let total, let byte = decimal(part), byte < 256 else { return nil }
            return total << 8 | UInt32(byte)
        }
    }

    private static func ipv6(_ text: Substring) -> UInt128? {
        guard let gap = text.gap else {
            guard let groups = groups(text), groups.count == 8 else { return nil }
            return value(groups)
        }
        guard let head = groups(text[..<gap.lowerBound]), let tail = groups(text[gap.upperBound...]),
            head.count + tail.count < 8
        else { return nil }
        return value(head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail)
    }

    private static func value(_ groups: [UInt16]) -> UInt128 {
        groups.reduce(0) { $0 << 16 | UInt128($1) }
    }

    /// Parses the 16-bit groups between colons; the last group may be an IPv4 address.
    private static func groups(_ text: Substring) -> [UInt16]? {
        if text.isEmpty { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, let address = ipv4(part) {
                groups.append(UInt16(truncatingIfNeeded: address >> 16))
                groups.append(UInt16(truncatingIfNeeded: address))
            } else if (1...4).contains(part.utf8.count), part.first != "+",
                let group = UInt16(part, radix: 16)
            {
                groups.append(group)
            } else {
                return nil
            }
        }
        return groups
    }

    private static func decimal(_ text: Substring) -> Int? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}

extension Substring {
    /// The range of the first `::`.
    fileprivate var gap: Range<Index>? {
        var index = startIndex
        while let colon = self[index...].firstIndex(of: ":") {
            let next = self.index(after: colon)
            guard next < endIndex else { return nil }
            if self[next] == ":" { return colon..<self.index(after: next) }
            index = next
        }
        return nil
    }
}
