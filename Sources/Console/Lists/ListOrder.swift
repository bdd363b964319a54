import struct Foundation.Date

/// The column that sorts a list, and the direction.
package struct ListOrder: Hashable, Sendable {
    /// The column's title; `nil` for the stored order if no column has it.
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
        case (.text(let left), .text(let right)): NaturalOrder.precedes(left, right)
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
    /// The columns whose values can group the list; an entry's value must never change.
    static var groupings: [SortKey<Self>] { get }
    /// The text that a filter searches, for entries without fields.
    var filterText: String { get }
    /// The texts that a filter searches. They are read when the entry is added.
    var filterTexts: [FilterText] { get }
    /// The words that `state:` matches, in lower case.
    var filterStates: [String] { get }
    /// The words that `code:` matches, in lower case.
    var filterCodes: [String] { get }
}

extension ListEntry {
    package static var sortKeys: [SortKey<Self>] { [] }
    package static var groupings: [SortKey<Self>] { [] }
    package var filterText: String { "" }
    package var filterTexts: [FilterText] { [FilterText(filterText)] }
    package var filterStates: [String] { [] }
    package var filterCodes: [String] { [] }
}

/// The order of names in which numbers count as numbers: `m2` precedes `m10`.
enum NaturalOrder {
    static func precedes(_ left: String, _ right: String) -> Bool {
        let (first, second) = (key(of: left), key(of: right))
        return first == second
            ? left.utf8.lexicographicallyPrecedes(right.utf8) : first.lexicographicallyPrecedes(second)
    }

    /// Returns bytes whose order is the natural order: a digit count precedes each number.
    ///
    /// Leading zeros are ignored. The count has a `9` for every nine digits, so that numbers may have any
    /// length.
    static func key(of text: String) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(text.utf8.count + 4)
        var digits: [UInt8] = []
        func flush() {
            if digits.isEmpty { return }
            let number = digits.drop { $0 == zero }
            var count = number.count
            while count >= 9 {
                key.append(zero + 9)
                count -= 9
            }
            key.append(zero + UInt8(count))
            key.append(contentsOf: number)
            digits.removeAll(keepingCapacity: true)
        }
        for byte in text.utf8 {
            if (zero...zero + 9).contains(byte) {
                digits.append(byte)
            } else {
                flush()
                key.append(byte)
            }
        }
        flush()
        return key
    }

    private static let zero: UInt8 = 0x30
}

/// Ranks of texts in natural order.
///
/// Eight bytes after the common prefix decide most comparisons.
enum TextRanks {
    private struct Slot {
        /// The eight bytes after the common prefix.
        let start: UInt64
        let key: [UInt8]
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
            if let before, before.start != slot.start || texts[before.index] != texts[slot.index] {
                rank += 1
            }
            ranks[slot.index] = rank
            before = slot
        }
        return ranks
    }

    private static func sorted(_ texts: [String]) -> [Slot] {
        let keys = texts.map(NaturalOrder.key)
        let prefix = commonPrefixLength(of: keys)
        let slots = keys.enumerated().map { Slot(start: start(of: $1, after: prefix), key: $1, index: $0) }
        return slots.sorted { left, right in
            if left.start != right.start { return left.start < right.start }
            if left.key != right.key { return left.key.lexicographicallyPrecedes(right.key) }
            let (first, second) = (texts[left.index], texts[right.index])
            return first == second
                ? left.index < right.index : first.utf8.lexicographicallyPrecedes(second.utf8)
        }
    }

    private static func commonPrefixLength(of keys: [[UInt8]]) -> Int {
        guard let first = keys.first else { return 0 }
        return keys.reduce(first.count) { length, key in
            zip(key, first.prefix(length)).prefix { $0 == $1 }.count
        }
    }

    private static func start(of key: [UInt8], after prefix: Int) -> UInt64 {
        var start: UInt64 = 0
        var shift: UInt64 = 64
        for byte in key.dropFirst(prefix) {
            shift -= 8
            start |= UInt64(byte) << shift
            if shift == 0 { break }
        }
        return start
    }
}
