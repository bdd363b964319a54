/// What happened in this run, of which only the latest part is kept.
package struct Journal<Entry: Hashable & Sendable>: Hashable, Sendable {
    private var entries: [Entry] = []
    /// How many were dropped from the front of ``entries``.
    private var dropped = 0
    /// The numbers of those that pass the filter, oldest first; the first entry ever has number 0.
    private var shown: [Int] = []
    /// How many are kept at least; twice as many at most.
    private let capacity: Int
    /// Which line is selected; line 0 is the newest entry.
    package internal(set) var cursor = ListCursor()
    package private(set) var filter = Filter()

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// How many lines there are to show.
    package var count: Int { shown.count }
    package var isEmpty: Bool { entries.isEmpty }

    /// The entry of a line, the newest first.
    package subscript(line: Int) -> Entry {
        entries[shown[shown.count - 1 - line] - dropped]
    }

    package var selected: Entry? {
        cursor.selected < count ? self[cursor.selected] : nil
    }

    /// Adds the newest; a cursor that is not at the newest stays with its entry.
    mutating func append(_ entry: Entry, text: (Entry) -> SearchText) {
        if entries.count == 2 * capacity {
            entries.removeFirst(capacity)
            dropped += capacity
            shown.removeFirst(shown.firstIndex { $0 >= dropped } ?? shown.count)
        }
        entries.append(entry)
        guard filter.matches(text(entry)) else { return }
        shown.append(dropped + entries.count - 1)
        if cursor.selected > 0 { cursor.select(cursor.selected + 1) }
    }

    mutating func show(only filter: Filter, text: (Entry) -> SearchText) {
        self.filter = filter
        shown = entries.indices.filter { filter.matches(text(entries[$0])) }.map { $0 + dropped }
        cursor.select(0)
    }
}
