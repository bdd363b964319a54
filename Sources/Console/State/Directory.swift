/// Things that the configuration names, in its order, of which a filter may show only some.
package struct Directory<Entry: Hashable & Sendable>: Hashable, Sendable {
    private var entries: [Entry] = []
    private var searchTexts: [SearchText] = []
    /// Indices of the entries that pass the filter.
    private var shown: [Int] = []
    package internal(set) var cursor = ListCursor()
    package private(set) var filter = Filter()

    var count: Int { shown.count }
    var isEmpty: Bool { entries.isEmpty }

    /// The entry of a line.
    subscript(line: Int) -> Entry { entries[shown[line]] }

    var selected: Entry? { cursor.selected < count ? self[cursor.selected] : nil }

    /// Takes other entries, with the text of each that a filter looks in.
    mutating func replace(with entries: [Entry], text: (Entry) -> String) {
        self.entries = entries
        searchTexts = entries.map { SearchText(text($0)) }
        show(only: filter)
    }

    mutating func show(only filter: Filter) {
        self.filter = filter
        shown = entries.indices.filter { filter.matches(searchTexts[$0]) }
    }

    /// Selects the first line whose entry is so; if none is, the line stays.
    mutating func select(_ isWanted: (Entry) -> Bool) {
        if let line = shown.firstIndex(where: { isWanted(entries[$0]) }) { cursor.select(line) }
    }

    /// Changes what is known of an entry; what a filter looks in stays.
    mutating func modify(at index: Int, _ change: (inout Entry) -> Void) {
        change(&entries[index])
    }
}
