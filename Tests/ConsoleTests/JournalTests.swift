import Testing

@testable import Console

struct JournalTests {
    private static func journal(of numbers: Range<Int>, filter: String = "") -> Journal<Int> {
        var journal = Journal<Int>(capacity: 10)
        journal.show(only: Filter(filter), text: { SearchText(String($0)) })
        for number in numbers {
            journal.append(number, text: { SearchText(String($0)) })
        }
        return journal
    }

    @Test
    func `the newest is the first line`() {
        let journal = Self.journal(of: 0..<3)
        #expect((0..<journal.count).map { journal[$0] } == [2, 1, 0])
    }

    @Test
    func `only the latest are kept`() {
        let journal = Self.journal(of: 0..<105)
        #expect((10...20).contains(journal.count))
        #expect((0..<journal.count).map { journal[$0] } == (105 - journal.count..<105).reversed())
    }

    @Test
    func `a filter holds for what comes later, too`() {
        let journal = Self.journal(of: 0..<35, filter: "3")
        #expect((0..<journal.count).map { journal[$0] } == [34, 33, 32, 31, 30, 23])
    }

    @Test
    func `the cursor stays with its entry, or with the newest`() {
        var journal = Self.journal(of: 0..<3)
        journal.append(3, text: { SearchText(String($0)) })
        #expect(journal.selected == 3)
        journal.cursor.select(2)
        journal.append(4, text: { SearchText(String($0)) })
        #expect(journal.selected == 1)
    }
}
