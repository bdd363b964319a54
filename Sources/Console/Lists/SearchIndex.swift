import DequeModule

/// A text prepared for searching: in lower case, with its bytes.
package struct SearchText: Hashable, Sendable {
    let text: String
    let bytes: [UInt8]

    init(_ text: String) {
        self.text = text.lowercased()
        bytes = Array(self.text.utf8)
    }

    /// Returns the first position of the text in a range of bytes; for an empty text, the start of the range.
    func firstOccurrence(in haystack: [UInt8], _ range: Range<Int>) -> Int? {
        guard let first = bytes.first else { return range.lowerBound }
        var start = range.lowerBound
        let end = range.upperBound - bytes.count
        while start <= end {
            if haystack[start] == first {
                var length = 1
                while length < bytes.count, haystack[start + length] == bytes[length] { length += 1 }
                if length == bytes.count { return start }
            }
            start += 1
        }
        return nil
    }
}

/// A text that a filter searches, and the text's field, if any.
package struct FilterText: Hashable, Sendable {
    let field: FilterField?
    let text: String

    init(_ field: FilterField, _ text: String) {
        self.field = field
        self.text = text
    }

    init(_ text: String) {
        field = nil
        self.text = text
    }
}

/// The lower-case texts of a list's entries in one buffer; the byte before a text marks the text's field.
///
/// A search reads the buffer, because copying ten thousand entries would be slow.
struct SearchIndex: Hashable, Sendable {
    private var bytes: [UInt8] = []
    /// The range of each entry's bytes, in the order of the entries.
    private var ranges: Deque<Range<Int>> = []
    /// The number of bytes of removed entries.
    private var unused = 0

    mutating func append(_ texts: [FilterText]) {
        ranges.append(store(texts))
    }

    mutating func prepend(_ texts: [FilterText]) {
        ranges.prepend(store(texts))
    }

    mutating func removeLast() {
        guard let range = ranges.popLast() else { return }
        unused += range.count
        if unused > 65_536, unused > bytes.count / 2 { compact() }
    }

    /// Whether a term occurs in an entry's texts.
    func contains(_ term: Filter.Term, at position: Int) -> Bool {
        let range = ranges[position]
        let isAtStart = term.isAtStart || term.field?.matchesStart == true
        // The first byte is a marker.
        var start = range.lowerBound + 1
        while let found = term.text.firstOccurrence(in: bytes, start..<range.upperBound) {
            let end = found + term.text.bytes.count
            let isPlaced =
                (!isAtStart || bytes[found - 1] < FilterField.firstTextByte)
                && (!term.isAtEnd || end == range.upperBound || bytes[end] < FilterField.firstTextByte)
            if isPlaced, term.field == nil || marker(before: found) == term.field?.marker { return true }
            start = found + 1
        }
        return false
    }

    /// Whether a word occurs in an entry's texts.
    func contains(_ word: SearchText, at position: Int) -> Bool {
        word.firstOccurrence(in: bytes, ranges[position]) != nil
    }

    /// Whether an entry's first text starts with a word.
    func hasPrefix(_ word: SearchText, at position: Int) -> Bool {
        bytes[ranges[position]].dropFirst().starts(with: word.bytes)
    }

    /// Returns the texts of an entry, one per line.
    func text(at position: Int) -> String {
        let lines = bytes[ranges[position]].dropFirst().map { $0 < FilterField.firstTextByte ? 0x0A : $0 }
        return String(decoding: lines, as: UTF8.self)
    }

    private func marker(before place: Int) -> UInt8 {
        var place = place - 1
        while bytes[place] >= FilterField.firstTextByte { place -= 1 }
        return bytes[place]
    }

    private mutating func store(_ texts: [FilterText]) -> Range<Int> {
        let start = bytes.count
        for text in texts {
            bytes.append(text.field?.marker ?? FilterField.unnamed)
            store(text.text)
        }
        if texts.isEmpty { bytes.append(FilterField.unnamed) }
        return start..<bytes.count
    }

    /// Appends a text in lower case; spaces replace control characters, which can be markers.
    private mutating func store(_ text: String) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        if bytes[start...].contains(where: { $0 >= 0x80 }) {
            bytes.removeSubrange(start...)
            bytes.append(contentsOf: text.lowercased().utf8)
        }
        for position in start..<bytes.count {
            let byte = bytes[position]
            if byte < FilterField.firstTextByte { bytes[position] = FilterField.firstTextByte }
            if (0x41...0x5A).contains(byte) { bytes[position] = byte | 0x20 }
        }
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
