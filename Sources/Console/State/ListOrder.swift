import struct Foundation.Date

/// By which of its columns a list is sorted, and which way.
package struct ListOrder: Hashable, Sendable {
    /// The column's title; `nil` for the order that a list has by itself where no column has that.
    package let column: String?
    package let isDescending: Bool

    package init(_ column: String? = nil, isDescending: Bool = false) {
        self.column = column
        self.isDescending = isDescending
    }

    /// The order after a column was chosen: by that, or the other way round where it was that already.
    func choosing(_ column: String?) -> ListOrder {
        ListOrder(column, isDescending: column == self.column && !isDescending)
    }

    var inverted: ListOrder { ListOrder(column, isDescending: !isDescending) }

    var arrow: String { isDescending ? "↓" : "↑" }
}

/// What a line is sorted by; what is absent comes behind what is there.
package enum SortValue: Hashable, Comparable, Sendable {
    case number(Double)
    case text(String)
    case absent

    init(_ number: Double?) {
        self = number.map { .number($0) } ?? .absent
    }

    init(_ date: Date?) {
        self.init(date?.timeIntervalSince1970)
    }
}

/// A column that lines can be sorted by.
package struct SortKey<Entry>: Sendable {
    /// Its title.
    let column: String
    let value: @Sendable (Entry) -> SortValue

    init(_ column: String, _ value: @escaping @Sendable (Entry) -> SortValue) {
        self.column = column
        self.value = value
    }
}

/// A line of a list that can be sorted by its columns.
package protocol Sortable: Hashable, Sendable {
    /// The columns, in the order in which they are offered.
    static var sortKeys: [SortKey<Self>] { get }
}

extension ListOrder {
    private func key<Entry: Sortable>(of entry: Entry.Type) -> SortKey<Entry>? {
        Entry.sortKeys.first { $0.column == column }
    }

    /// The numbers of some entries in this order; equals stay in the order given.
    func sorted<Entry: Sortable>(_ numbers: [Int], _ entry: (Int) -> Entry) -> [Int] {
        guard let key = key(of: Entry.self) else { return isDescending ? numbers.reversed() : numbers }
        let slots = numbers.enumerated().map { (value: key.value(entry($1)), place: $0, number: $1) }
        return slots.sorted { left, right in
            left.value == right.value
                ? left.place < right.place : (left.value < right.value) != isDescending
        }.map(\.number)
    }

    /// Where the number of an entry belongs in a sorted list without it; `precedes` decides between equals.
    func place<Entry: Sortable>(
        of number: Int,
        in list: [Int],
        _ entry: (Int) -> Entry,
        precedes: (Int, Int) -> Bool
    ) -> Int {
        let key = key(of: Entry.self)
        func isBefore(_ other: Int) -> Bool {
            guard let key else { return precedes(other, number) != isDescending }
            let (left, right) = (key.value(entry(other)), key.value(entry(number)))
            return left == right ? precedes(other, number) : (left < right) != isDescending
        }
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(list[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Whether an entry belongs elsewhere after it changed.
    func tells<Entry: Sortable>(_ before: Entry, from after: Entry) -> Bool {
        guard let key = key(of: Entry.self) else { return false }
        return key.value(before) != key.value(after)
    }
}
