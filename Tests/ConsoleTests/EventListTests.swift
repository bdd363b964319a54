import Testing

@testable import Console

struct JournalTests {
    private static func journal(of numbers: Range<Int>, filter: String = "") -> EventList<Numbered> {
        var journal = EventList<Numbered>(capacity: 10)
        journal.show(only: Filter(filter), text: \.searchText)
        for number in numbers {
            journal.append(Numbered(number), text: \.searchText)
        }
        return journal
    }

    @Test
    func `the newest is the first line`() {
        let journal = Self.journal(of: 0..<3)
        #expect((0..<journal.count).map { journal[$0].number } == [2, 1, 0])
    }

    @Test
    func `only the latest are kept`() {
        let journal = Self.journal(of: 0..<105)
        #expect((10...20).contains(journal.count))
        #expect((0..<journal.count).map { journal[$0].number } == (105 - journal.count..<105).reversed())
    }

    @Test
    func `a filter holds for what comes later, too`() {
        let journal = Self.journal(of: 0..<35, filter: "3")
        #expect((0..<journal.count).map { journal[$0].number } == [34, 33, 32, 31, 30, 23])
    }

    @Test
    func `the cursor stays with its entry, or with the newest`() {
        var journal = Self.journal(of: 0..<3)
        journal.append(Numbered(3), text: \.searchText)
        #expect(journal.selected?.number == 3)
        journal.cursor.select(2)
        journal.append(Numbered(4), text: \.searchText)
        #expect(journal.selected?.number == 1)
    }

    @Test
    func `in another order what comes later goes where it belongs, and the cursor stays with its entry`() {
        var journal = Self.journal(of: 0..<7)
        journal.cursor.select(2)
        journal.sort(by: ListOrder("REST", isDescending: true))
        #expect((0..<journal.count).map { journal[$0].number } == [5, 2, 4, 1, 6, 3, 0])
        #expect(journal.selected?.number == 4)
        for number in 7..<9 { journal.append(Numbered(number), text: \.searchText) }
        #expect((0..<journal.count).map { journal[$0].number } == [8, 5, 2, 7, 4, 1, 6, 3, 0])
        #expect(journal.selected?.number == 4)
        for number in 9..<105 { journal.append(Numbered(number), text: \.searchText) }
        #expect(Set((0..<journal.count).map { journal[$0].number }) == Set(105 - journal.count..<105))
        journal.sort(by: journal.naturalOrder)
        #expect((0..<journal.count).map { journal[$0].number } == (105 - journal.count..<105).reversed())
    }
}

/// A number, and what of it is left over by three.
private struct Numbered: Sortable {
    static let sortKeys = [SortKey<Numbered>("REST") { SortValue(Double($0.number % 3)) }]

    let number: Int

    init(_ number: Int) {
        self.number = number
    }

    var searchText: SearchText { SearchText(String(number)) }
}
