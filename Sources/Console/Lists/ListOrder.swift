import struct FoundationEssentials.Date

/// The column that sorts a list, and the direction.
package struct ListOrder: Hashable, Sendable {
    /// The column's title; `nil` for the stored order of a list that has no column for this order.
    package let column: String?
    package let isDescending: Bool

    package init(_ column: String? = nil, isDescending: Bool = false) {
        self.column = column
        self.isDescending = isDescending
    }

    /// Returns the order for a chosen column; choosing the current column again reverses the direction.
    func choosing(_ column: String?) -> ListOrder {
        ListOrder(column, isDescending: column == self.column && !isDescending)
    }

    var inverted: ListOrder { ListOrder(column, isDescending: !isDescending) }

    var arrow: String { isDescending ? "↓" : "↑" }
}

/// The value that sorts an entry; in ascending order, an absent value follows all others.
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
    /// Whether an entry's value never changes; the list ranks such values once after it is filled.
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
    /// The texts that a filter searches.
    ///
    /// The texts must not change, because the search index stores them.
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

/// A comparison of names that treats digits as numbers: `m2` precedes `m10`.
enum NaturalOrder {
    static func precedes(_ left: String, _ right: String) -> Bool {
        let (first, second) = (key(of: left), key(of: right))
        return first == second
            ? left.utf8.lexicographicallyPrecedes(right.utf8) : first.lexicographicallyPrecedes(second)
    }

    /// Returns bytes that sort in natural order.
    ///
    /// The count of a number's digits precedes the digits. Leading zeros are ignored. Every nine digits add a `9` to
    /// the count, so numbers may have any length.
    static func key(of text: String) -> [UInt8] {
        var key: [UInt8] = []
        append(keyOf: text, to: &key)
        return key
    }

    /// Appends ``key(of:)`` to other keys.
    static func append(keyOf text: String, to keys: inout [UInt8]) {
        // The start of the number's digits; the count is inserted before the digits.
        var start: Int?
        func close(_ start: Int) {
            let count = keys.count - start
            let nines = repeatElement(zero + 9, count: count / 9)
            keys.insert(contentsOf: nines + [zero + UInt8(count % 9)], at: start)
        }
        for byte in text.utf8 {
            if (zero...zero + 9).contains(byte) {
                if start == nil { start = keys.count }
                if byte != zero || start != keys.count { keys.append(byte) }
            } else {
                if let number = start { close(number) }
                start = nil
                keys.append(byte)
            }
        }
        if let start { close(start) }
    }

    private static let zero: UInt8 = 0x30
}

/// A sort value as a number, for comparisons whose time does not depend on the lengths of texts.
struct SortRank: Hashable, Comparable {
    /// Numbers precede texts, and an absent value follows both.
    private let kind: UInt8
    private let place: Double

    private init(_ kind: UInt8, _ place: Double) {
        self.kind = kind
        self.place = place
    }

    /// Returns the ranks of values; ranks compare like their values.
    static func ranks(of values: some Sequence<SortValue>) -> [SortRank] {
        var texts: [String] = []
        let unranked = values.map { value in
            switch value {
            case .number(let number): return SortRank(0, number)
            case .absent: return SortRank(2, 0)
            case .text(let text):
                texts.append(text)
                return SortRank(1, Double(texts.count - 1))
            }
        }
        if texts.isEmpty { return unranked }
        let ranks = TextRanks.ranks(of: texts)
        return unranked.map { $0.kind == 1 ? SortRank(1, Double(ranks[Int($0.place)])) : $0 }
    }

    static func < (left: SortRank, right: SortRank) -> Bool {
        left.kind == right.kind ? left.place < right.place : left.kind < right.kind
    }
}

/// Ranks of texts in natural order.
///
/// The eight bytes after the common prefix of all keys decide most comparisons.
enum TextRanks {
    private struct Slot {
        /// The eight bytes after the common prefix.
        let start: UInt64
        /// The bytes of the key after ``start``.
        let rest: Range<Int>
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
        // One buffer for all keys, because an allocation for each key costs more than the comparisons.
        var keys: [UInt8] = []
        keys.reserveCapacity(texts.reduce(0) { $0 + $1.utf8.count + 4 })
        let ranges = texts.map { text in
            let start = keys.count
            NaturalOrder.append(keyOf: text, to: &keys)
            return start..<keys.count
        }
        let prefix = commonPrefixLength(of: ranges, in: keys)
        let slots = ranges.enumerated().map { index, range in
            let start = range.lowerBound + prefix
            let rest = min(start + 8, range.upperBound)
            return Slot(
                start: packed(keys, start..<rest),
                rest: rest..<range.upperBound,
                index: index
            )
        }
        return slots.sorted { left, right in
            if left.start != right.start { return left.start < right.start }
            if left.rest.isEmpty != right.rest.isEmpty { return left.rest.isEmpty }
            if let precedes = precedes(left.rest, right.rest, in: keys) { return precedes }
            let (one, other) = (texts[left.index], texts[right.index])
            return one == other ? left.index < right.index : one.utf8.lexicographicallyPrecedes(other.utf8)
        }
    }

    private static func commonPrefixLength(of ranges: [Range<Int>], in keys: [UInt8]) -> Int {
        guard let first = ranges.first else { return 0 }
        var length = first.count
        for range in ranges {
            length = min(length, range.count)
            var common = 0
            while common < length, keys[range.lowerBound + common] == keys[first.lowerBound + common] {
                common += 1
            }
            length = common
        }
        return length
    }

    /// Whether the bytes of one range precede the bytes of another range; `nil` for equal bytes.
    private static func precedes(_ left: Range<Int>, _ right: Range<Int>, in bytes: [UInt8]) -> Bool? {
        for offset in 0..<min(left.count, right.count) {
            let (first, second) = (bytes[left.lowerBound + offset], bytes[right.lowerBound + offset])
            if first != second { return first < second }
        }
        return left.count == right.count ? nil : left.count < right.count
    }

    /// Returns up to eight bytes as a number that sorts like the bytes.
    private static func packed(_ bytes: [UInt8], _ range: Range<Int>) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 64
        for position in range {
            shift -= 8
            number |= UInt64(bytes[position]) << shift
        }
        return number
    }
}
