/// What happened in this run, of which only the latest part is kept.
package struct EventList<Entry: Sortable>: Hashable, Sendable {
    private var entries: [Entry] = []
    /// How many were dropped from the front of ``entries``.
    private var dropped = 0
    /// The numbers of those that pass the filter, oldest first; the first entry ever has number 0.
    private var shown: [Int] = []
    /// The same in an order other than the journal's own.
    private var sorted: [Int]?
    /// How many are kept at least; twice as many at most.
    private let capacity: Int
    /// Which line is selected; unless it is sorted otherwise, line 0 is the newest entry.
    package internal(set) var cursor = ListCursor()
    package private(set) var filter = Filter()
    /// The order that it has by itself: the newest first.
    let naturalOrder: ListOrder
    package private(set) var order: ListOrder

    init(capacity: Int, order: ListOrder = ListOrder()) {
        self.capacity = capacity
        naturalOrder = order
        self.order = order
    }

    /// How many lines there are to show.
    package var count: Int { shown.count }
    package var isEmpty: Bool { entries.isEmpty }

    /// The entry of a line, the newest first.
    package subscript(line: Int) -> Entry {
        entries[number(of: line) - dropped]
    }

    package var selected: Entry? {
        cursor.selected < count ? self[cursor.selected] : nil
    }

    /// Adds the newest; a cursor that is not at the newest stays with its entry.
    mutating func append(_ entry: Entry, text: (Entry) -> SearchText) {
        if entries.count == 2 * capacity { dropOldest() }
        entries.append(entry)
        guard filter.matches(text(entry)) else { return }
        let number = dropped + entries.count - 1
        shown.append(number)
        let line = insert(number)
        if cursor.selected > 0, line <= cursor.selected { cursor.select(cursor.selected + 1) }
    }

    mutating func show(only filter: Filter, text: (Entry) -> SearchText) {
        self.filter = filter
        shown = entries.indices.filter { filter.matches(text(entries[$0])) }.map { $0 + dropped }
        arrange()
        cursor.select(0)
    }

    /// Sorts anew; a cursor at the first line stays there, for what comes first now is what is wanted.
    mutating func sort(by order: ListOrder) {
        let isInside = (1..<max(1, count)).contains(cursor.selected)
        let selected = isInside ? number(of: cursor.selected) : nil
        self.order = order
        arrange()
        if let selected, let line = (0..<count).first(where: { number(of: $0) == selected }) {
            cursor.select(line)
        }
    }

    private func number(of line: Int) -> Int {
        sorted?[line] ?? shown[shown.count - 1 - line]
    }

    private mutating func dropOldest() {
        entries.removeFirst(capacity)
        dropped += capacity
        shown.removeFirst(shown.firstIndex { $0 >= dropped } ?? shown.count)
        sorted?.removeAll { $0 < dropped }
    }

    private mutating func arrange() {
        sorted =
            order == naturalOrder
            ? nil : order.sorted(shown.reversed()) { entries[$0 - dropped] }
    }

    /// Puts the newest where it belongs, and tells its line.
    private mutating func insert(_ number: Int) -> Int {
        guard var sorted else { return 0 }
        self.sorted = nil
        let line = order.place(of: number, in: sorted, { entries[$0 - dropped] }, precedes: >)
        sorted.insert(number, at: line)
        self.sorted = sorted
        return line
    }
}
