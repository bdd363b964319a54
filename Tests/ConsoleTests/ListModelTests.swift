import TestSupport
import Testing

@testable import Console

@Suite(.computing) struct ListModelTests {
    private typealias List = ListModel<Numbered>

    private static func numbers(_ list: List) -> [Int] {
        (0..<list.count).map { list[$0].number }
    }

    /// Returns a list of at most ten entries, to which the numbers are prepended.
    private static func log(of numbers: Range<Int>, filter: String = "") -> List {
        var log = List(capacity: 10)
        log.show(only: Filter(filter))
        for number in numbers { log.prepend(Numbered(number)) }
        return log
    }

    @Test
    func `a prepended entry is the first line`() {
        #expect(Self.numbers(Self.log(of: 0..<3)) == [2, 1, 0])
    }

    @Test
    func `a list with a capacity keeps the latest entries`() {
        #expect(Self.numbers(Self.log(of: 0..<105)) == (95..<105).reversed())
    }

    @Test
    func `a filter applies to entries that are added later`() {
        #expect(Self.numbers(Self.log(of: 0..<35, filter: "3")) == [34, 33, 32, 31, 30])
    }

    @Test
    func `a cursor on the first line stays there, and any other cursor stays on its entry`() {
        var log = Self.log(of: 0..<3)
        log.prepend(Numbered(3))
        #expect(log.selected?.number == 3)
        log.cursor.select(2)
        log.prepend(Numbered(4))
        #expect(log.selected?.number == 1)
    }

    @Test
    func `a sorted list inserts added entries at their places`() {
        var log = Self.log(of: 0..<7)
        log.cursor.select(2)
        log.sort(by: ListOrder("REST", isDescending: true))
        #expect(Self.numbers(log) == [5, 2, 6, 3, 0, 4, 1].sorted { ($0 % 3, $0) > ($1 % 3, $1) })
        #expect(log.selected?.number == 4)
        for number in 7..<9 { log.prepend(Numbered(number)) }
        #expect(Self.numbers(log) == [8, 5, 2, 7, 4, 1, 6, 3, 0])
        #expect(log.selected?.number == 4)
        for number in 9..<105 { log.prepend(Numbered(number)) }
        #expect(Self.numbers(log) == (95..<105).sorted { ($0 % 3, $0) > ($1 % 3, $1) })
        log.sort(by: log.naturalOrder)
        #expect(Self.numbers(log) == (95..<105).reversed())
    }

    @Test
    func `adding pages at both ends keeps the selection and the visible lines`() {
        var list = List()
        list.replace(with: (10..<20).map(Numbered.init))
        list.cursor.select(5)
        list.prepend(contentsOf: (0..<10).map(Numbered.init))
        #expect(list.selected?.number == 15)
        #expect(list.cursor.top == 10)
        list.append(contentsOf: (20..<30).map(Numbered.init))
        #expect(list.selected?.number == 15)
        #expect(Self.numbers(list) == Array(0..<30))
    }

    @Test
    func `replacing the entries keeps selection and marks by ID`() {
        var list = List()
        list.replace(with: (0..<5).map(Numbered.init))
        list.reveal(3)
        list.toggleMark(3)
        list.toggleMark(4)
        list.replace(with: [3, 2, 1].map(Numbered.init))
        #expect(list.selected?.number == 3)
        #expect(list.marked == [3])
    }

    @Test
    func `revealing a hidden entry clears the filter`() {
        var list = List()
        list.replace(with: (0..<5).map(Numbered.init))
        list.show(only: Filter("4"))
        list.reveal(2)
        #expect(list.selected?.number == 2)
        #expect(list.count == 5)
    }

    /// Compares a list that was changed step by step with one that was created from the same entries.
    @Test(arguments: UInt64(0)..<60)
    func `stepwise changes lead to the same lines as a new list`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var list = List()
        list.replace(with: (0..<20).map(Numbered.init))
        let orders = [ListOrder(), ListOrder(isDescending: true), ListOrder("REST"), ListOrder("VALUE")]
        for step in 0..<80 {
            switch Int.random(in: 0..<6, using: &generator) {
            case 5:
                list.group(by: Bool.random(using: &generator) ? "fourth" : nil)
                if list.count > 0 {
                    list.toggleFold(at: Int.random(in: 0..<list.count, using: &generator))
                }
            case 0:
                let order = try #require(orders.randomElement(using: &generator))
                list.sort(by: Bool.random(using: &generator) ? order : order.inverted)
            case 1:
                let texts = ["", "1", "1 2", "state:odd", "tag:b", "/^1/", "-1", "-state:odd", "^1", "2$"]
                list.show(only: Filter(try #require(texts.randomElement(using: &generator))))
            default:
                let value = Int.random(in: -3..<3, using: &generator)
                list.modify(Int.random(in: 0..<20, using: &generator)) { $0.value = value }
            }
            var fresh = List()
            fresh.replace(with: Array(list.all))
            fresh.show(only: list.filter)
            fresh.sort(by: list.order)
            fresh.group(by: list.grouping)
            for name in list.folded {
                let line = (0..<fresh.count).first { fresh.group(startingAt: $0)?.name == name }
                if let line { fresh.toggleFold(at: line) }
            }
            #expect(Self.numbers(list) == Self.numbers(fresh), "seed \(seed), step \(step)")
            let id = Int.random(in: 0..<20, using: &generator)
            fresh.reveal(id)
            #expect(fresh.selected?.id == id, "seed \(seed), step \(step)")
        }
    }

    @Test
    func `absent values and NaN are sorted after all others`() {
        let values: [SortValue] = [
            .number(-.infinity), .number(0), .number(.infinity), .text(""), .text("é"), .absent,
        ]
        #expect(values.reversed().sorted() == values)
        #expect(SortValue(Double.nan) == .absent)
    }

    @Test(arguments: UInt64(0)..<30)
    func `ranks compare like the values`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let choices: [SortValue] = [
            .number(-.infinity), .number(-1), .number(0), .number(.infinity), .absent, .text(""), .text("m2"),
            .text("m02"), .text("m10"), .text("é"),
        ]
        let values = (0..<40).compactMap { _ in choices.randomElement(using: &generator) }
        let ranks = SortRank.ranks(of: values)
        for left in values.indices {
            for right in values.indices {
                #expect((ranks[left] < ranks[right]) == (values[left] < values[right]), "seed \(seed)")
                #expect((ranks[left] == ranks[right]) == (values[left] == values[right]), "seed \(seed)")
            }
        }
    }
}

/// A number with a remainder to sort by and a value that changes.
private struct Numbered: ListEntry {
    static let sortKeys = [
        SortKey<Numbered>("REST", isFixed: true) { .text("\($0.number % 3)") },
        SortKey<Numbered>("VALUE") { $0.value == 0 ? .absent : .number(Double($0.value)) },
    ]
    static let groupings = [SortKey<Numbered>("fourth") { .text("g\($0.number % 4)") }]

    let number: Int
    var value = 0

    init(_ number: Int) {
        self.number = number
    }

    var id: Int { number }
    var filterTexts: [FilterText] {
        [FilterText("\(number)"), FilterText(.tag, ["a", "b", "c", "d"][number % 4])]
    }
    var filterStates: [String] { [value % 2 == 0 ? "even" : "odd"] }
}
