import Federation

/// The mappings in the order that they are sorted by.
struct MappingSortOrder: Hashable, Sendable {
    /// Indices of all rows, sorted.
    private(set) var rows: [Int] = []
    /// What each row is sorted by.
    private(set) var values: [Double] = []
    private var order = MappingOrder()
    /// Where each row stands among all by name, which decides between equals.
    private let nameRanks: [Int]
    /// Of texts that rows were sorted by, the place of each row's among all.
    private var textRanks: [MappingOrder.Key: [Int]] = [:]

    private struct Slot {
        let value: Double
        let rank: Int
        let row: Int
    }

    init() {
        nameRanks = []
    }

    /// Ranks all texts that may be sorted by, so that no key has to wait for it.
    init(_ mappings: [RoleMapping], nameRanks: [Int]) {
        self.nameRanks = nameRanks
        for key in MappingOrder.Key.allCases {
            textRanks[key] = key.text.map { TextRanks.ranks(of: mappings.map($0)) }
        }
    }

    mutating func sort(by order: MappingOrder, _ rows: [MappingRow], _ conditions: [MappingStatus]) {
        self.order = order
        if let ranks = textRanks[order.key] {
            values = ranks.map(Double.init)
        } else {
            values = rows.indices.map { order.value(of: rows[$0], condition: conditions[$0]) }
        }
        let sign: Double = order.isDescending ? -1 : 1
        let slots = rows.indices.map { Slot(value: values[$0] * sign, rank: nameRanks[$0], row: $0) }
        self.rows = slots.sorted { $0.value == $1.value ? $0.rank < $1.rank : $0.value < $1.value }.map(\.row)
    }

    /// What a row as it is now is sorted by.
    func value(of number: Int, _ row: MappingRow, _ condition: MappingStatus) -> Double {
        textRanks[order.key].map { Double($0[number]) } ?? order.value(of: row, condition: condition)
    }

    /// Puts a row where a new value belongs.
    mutating func move(_ row: Int, to value: Double) {
        if let line = rows.firstIndex(of: row) { rows.remove(at: line) }
        values[row] = value
        rows.insert(row, at: place(of: row, in: rows))
    }

    /// Where a row belongs in a sorted list without it.
    func place(of row: Int, in list: [Int]) -> Int {
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if precedes(list[middle], row) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        if values[left] == values[right] { return nameRanks[left] < nameRanks[right] }
        return (values[left] < values[right]) != order.isDescending
    }
}
