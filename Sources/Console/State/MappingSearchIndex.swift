import Federation

/// What is looked for in the mappings and what they are sorted by, apart from their rows.
///
/// It holds for as long as a configuration does. To read a few bytes of each of ten thousand rows is quick; to
/// copy the rows is not.
struct MappingSearchIndex: Hashable, Sendable {
    /// Each row's text in lower case, one behind the other.
    private var bytes: [UInt8] = []
    /// Where each row's text ends.
    private var ends: [Int] = []
    /// Each row's tags in lower case.
    private var tags: [[String]] = []
    /// Where each row stands among all by name, which decides between equals.
    let nameRanks: [Int]
    /// The tags that there are, sorted.
    private(set) var allTags: [String] = []

    init(_ mappings: [RoleMapping]) {
        nameRanks = TextRanks.places(of: mappings.map(\.id))
        ends.reserveCapacity(mappings.count)
        tags.reserveCapacity(mappings.count)
        for mapping in mappings {
            for text in [mapping.id, mapping.identity, mapping.roleARN.description] + mapping.tags {
                append(text)
            }
            ends.append(bytes.count)
            tags.append(mapping.tags.map { $0.lowercased() })
        }
        allTags = Set(tags.joined()).sorted()
    }

    private mutating func append(_ text: String) {
        if bytes.count > (ends.last ?? 0) { bytes.append(0x20) }
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        var isASCII = true
        for place in start..<bytes.count {
            let byte = bytes[place]
            if (0x41...0x5A).contains(byte) { bytes[place] = byte | 0x20 }
            if byte >= 0x80 { isASCII = false }
        }
        guard !isASCII else { return }
        bytes.removeSubrange(start...)
        bytes.append(contentsOf: text.lowercased().utf8)
    }

    /// Whether a word occurs in a row's text; an empty one does.
    func contains(_ word: SearchText, in row: Int) -> Bool {
        word.occurs(in: bytes, range(of: row))
    }

    func hasPrefix(_ word: SearchText, row: Int) -> Bool {
        bytes[range(of: row)].starts(with: word.bytes)
    }

    /// Whether one of a row's tags begins so.
    func hasTag(_ beginning: String, row: Int) -> Bool {
        tags[row].contains { $0.hasPrefix(beginning) }
    }

    /// A row's text in lower case.
    func text(of row: Int) -> String {
        String(decoding: bytes[range(of: row)], as: UTF8.self)
    }

    private func range(of row: Int) -> Range<Int> {
        (row == 0 ? 0 : ends[row - 1])..<ends[row]
    }
}

/// Texts put in order quickly: most are told apart by eight of their bytes.
enum TextRanks {
    private struct Slot {
        /// The bytes that follow what all texts begin with.
        let key: UInt64
        let index: Int
    }

    /// The place of each text among all in their order, equal ones in the order given.
    static func places(of texts: [String]) -> [Int] {
        var places = Array(repeating: 0, count: texts.count)
        for (place, slot) in sorted(texts).enumerated() { places[slot.index] = place }
        return places
    }

    /// The same, but equal texts have the same place.
    static func ranks(of texts: [String]) -> [Int] {
        var ranks = Array(repeating: 0, count: texts.count)
        var rank = 0
        var before: Slot?
        for slot in sorted(texts) {
            if let before, before.key != slot.key || texts[before.index] != texts[slot.index] { rank += 1 }
            ranks[slot.index] = rank
            before = slot
        }
        return ranks
    }

    private static func sorted(_ texts: [String]) -> [Slot] {
        let shared = sharedBytes(of: texts)
        let slots = texts.enumerated().map { Slot(key: key(of: $1, after: shared), index: $0) }
        return slots.sorted { left, right in
            if left.key != right.key { return left.key < right.key }
            let (first, second) = (texts[left.index], texts[right.index])
            return first == second
                ? left.index < right.index : first.utf8.lexicographicallyPrecedes(second.utf8)
        }
    }

    /// How many bytes all texts have in common at their beginnings.
    private static func sharedBytes(of texts: [String]) -> Int {
        guard let first = texts.first.map({ Array($0.utf8) }) else { return 0 }
        return texts.reduce(first.count) { shared, text in
            zip(text.utf8, first.prefix(shared)).prefix { $0 == $1 }.count
        }
    }

    private static func key(of text: String, after shared: Int) -> UInt64 {
        var key: UInt64 = 0
        var shift: UInt64 = 64
        for byte in text.utf8.dropFirst(shared) {
            shift -= 8
            key |= UInt64(byte) << shift
            if shift == 0 { break }
        }
        return key
    }
}
