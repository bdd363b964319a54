import DequeModule

/// A text prepared for searching: in lower case, with its bytes.
package struct SearchText: Hashable, Sendable {
    let text: String
    let bytes: [UInt8]

    init(_ text: String) {
        self.text = text.lowercased()
        bytes = Array(self.text.utf8)
    }

    /// Whether the text occurs in a range of bytes; an empty text does.
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
}

/// The lower-case texts of a list's entries in one buffer.
///
/// Reading a few bytes for each of ten thousand entries is fast; copying the entries is not.
struct SearchIndex: Hashable, Sendable {
    private var bytes: [UInt8] = []
    /// The bytes of each entry, in the order of the entries.
    private var ranges: Deque<Range<Int>> = []
    /// The number of bytes of removed entries.
    private var unused = 0

    mutating func append(_ text: String) {
        ranges.append(store(text))
    }

    mutating func prepend(_ text: String) {
        ranges.prepend(store(text))
    }

    mutating func removeLast() {
        guard let range = ranges.popLast() else { return }
        unused += range.count
        if unused > 65_536, unused > bytes.count / 2 { compact() }
    }

    /// Whether a word occurs in an entry's text.
    func contains(_ word: SearchText, at position: Int) -> Bool {
        word.occurs(in: bytes, ranges[position])
    }

    /// Whether an entry's text starts with a word.
    func hasPrefix(_ word: SearchText, at position: Int) -> Bool {
        bytes[ranges[position]].starts(with: word.bytes)
    }

    func text(at position: Int) -> String {
        String(decoding: bytes[ranges[position]], as: UTF8.self)
    }

    private mutating func store(_ text: String) -> Range<Int> {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        var isASCII = true
        for position in start..<bytes.count {
            let byte = bytes[position]
            if (0x41...0x5A).contains(byte) { bytes[position] = byte | 0x20 }
            if byte >= 0x80 { isASCII = false }
        }
        if !isASCII {
            bytes.removeSubrange(start...)
            bytes.append(contentsOf: text.lowercased().utf8)
        }
        return start..<bytes.count
    }

    private mutating func compact() {
        var kept: [UInt8] = []
        kept.reserveCapacity(bytes.count - unused)
        for position in ranges.indices {
            let start = kept.count
            kept.append(contentsOf: bytes[ranges[position]])
            ranges[position] = start..<kept.count
        }
        bytes = kept
        unused = 0
    }
}
