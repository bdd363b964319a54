/// A text made ready to be searched often: lower case, and its bytes beside it.
package struct SearchText: Hashable, Sendable {
    let text: String
    private let bytes: [UInt8]

    init(_ text: String) {
        self.text = text.lowercased()
        bytes = Array(self.text.utf8)
    }

    /// Whether `other` occurs in it; an empty one does.
    func contains(_ other: SearchText) -> Bool {
        guard let first = other.bytes.first else { return true }
        let last = bytes.count - other.bytes.count
        if last < 0 { return false }
        for start in 0...last where bytes[start] == first {
            var length = 1
            while length < other.bytes.count, bytes[start + length] == other.bytes[length] { length += 1 }
            if length == other.bytes.count { return true }
        }
        return false
    }

    func hasPrefix(_ other: SearchText) -> Bool {
        bytes.starts(with: other.bytes)
    }
}
