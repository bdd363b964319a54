/// A text made ready to be searched often: lower case, and its bytes beside it.
package struct SearchText: Hashable, Sendable {
    let text: String
    let bytes: [UInt8]

    init(_ text: String) {
        self.text = text.lowercased()
        bytes = Array(self.text.utf8)
    }

    /// Whether `other` occurs in it; an empty one does.
    func contains(_ other: SearchText) -> Bool {
        other.occurs(in: bytes, bytes.indices)
    }

    /// Whether it occurs in a part of some bytes; an empty one does.
    func occurs(in haystack: [UInt8], _ range: Range<Int>) -> Bool {
        guard let first = bytes.first else { return true }
        var start = range.lowerBound
        let end = range.upperBound - bytes.count
        while start <= end {
            if haystack[start] == first {
                var length = 1
                while length < bytes.count, haystack[start + length] == bytes[length] { length += 1 }
                if length == bytes.count { return true }
            }
            start += 1
        }
        return false
    }

    func hasPrefix(_ other: SearchText) -> Bool {
        bytes.starts(with: other.bytes)
    }
}
