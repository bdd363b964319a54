import struct Foundation.Date

/// The column that sorts a list, and the direction.
package struct ListOrder: Hashable, Sendable {
    /// The column's title; `nil` for the entries' own order where no column has it.
    package let column: String?
    package let isDescending: Bool

    package init(_ column: String? = nil, isDescending: Bool = false) {
        self.column = column
        self.isDescending = isDescending
    }

    /// Returns the order after a column was chosen: choosing the current column reverses it.
    func choosing(_ column: String?) -> ListOrder {
        ListOrder(column, isDescending: column == self.column && !isDescending)
    }

    var inverted: ListOrder { ListOrder(column, isDescending: !isDescending) }

    var arrow: String { isDescending ? "↓" : "↑" }
}

/// The value that sorts an entry; an absent value follows all others.
package enum SortValue: Hashable, Comparable, Sendable {
    case number(Double)
    case text(String)
    case absent

    init(_ number: Double?) {
        self = number.flatMap { $0.isNaN ? nil : .number($0) } ?? .absent
    }

    init(_ date: Date?) {
        self.init(date?.timeIntervalSince1970)
    }

    package static func < (left: SortValue, right: SortValue) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)): left < right
        case (.text(let left), .text(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.absent, _), (.text, .number): false
        default: true
        }
    }
}

/// A column that can sort a list.
package struct SortKey<Entry>: Sendable {
    let column: String
    /// Whether an entry's value never changes; such values are ranked once, when the entries are set.
    let isFixed: Bool
    let value: @Sendable (Entry) -> SortValue

    init(_ column: String, isFixed: Bool = false, _ value: @escaping @Sendable (Entry) -> SortValue) {
        self.column = column
        self.isFixed = isFixed
        self.value = value
    }
}

/// An entry of a panel's list.
package protocol ListEntry: Hashable, Identifiable, Sendable where ID: Sendable {
    /// The columns that can sort the list, in the order of the menu.
    static var sortKeys: [SortKey<Self>] { get }
    /// The text that a filter searches. It is read when the entry is added.
    var filterText: String { get }
    /// The tags that `tag:` matches, in lower case.
    var filterTags: [String] { get }
    /// The word that `state:` matches.
    var filterState: String { get }
}

extension ListEntry {
    package static var sortKeys: [SortKey<Self>] { [] }
    package var filterTags: [String] { [] }
    package var filterState: String { "" }
}

/// Ranks of texts in the order of their UTF-8 bytes.
///
/// Eight bytes after the texts' common prefix decide most comparisons.
enum TextRanks {
    private struct Slot {
        /// The eight bytes after the common prefix.
        let key: UInt64
        let index: Int
    }

    /// Returns the indices of the texts in sorted order; equal texts keep their order.
    static func sortedIndices(of texts: [String]) -> [Int] {
        sorted(texts).map(\.index)
    }

    /// Returns the rank of each text; equal texts have equal ranks.
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
        let prefix = commonPrefixLength(of: texts)
        let slots = texts.enumerated().map { Slot(key: key(of: $1, after: prefix), index: $0) }
        return slots.sorted { left, right in
            if left.key != right.key { return left.key < right.key }
            let (first, second) = (texts[left.index], texts[right.index])
            return first == second
                ? left.index < right.index : first.utf8.lexicographicallyPrecedes(second.utf8)
        }
    }

    private static func commonPrefixLength(of texts: [String]) -> Int {
        guard let first = texts.first.map({ Array($0.utf8) }) else { return 0 }
        return texts.reduce(first.count) { length, text in
            zip(text.utf8, first.prefix(length)).prefix { $0 == $1 }.count
        }
    }

    private static func key(of text: String, after prefix: Int) -> UInt64 {
        var key: UInt64 = 0
        var shift: UInt64 = 64
        for byte in text.utf8.dropFirst(prefix) {
            shift -= 8
            key |= UInt64(byte) << shift
            if shift == 0 { break }
        }
        return key
    }
}
