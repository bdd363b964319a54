/// Things that the configuration names, in its order or by a column, of which a filter may show only some.
package struct SortedList<Entry: Sortable>: Hashable, Sendable {
    private var entries: [Entry] = []
    private var searchTexts: [SearchText] = []
    /// Indices of the entries that pass the filter, sorted.
    private var shown: [Int] = []
    package internal(set) var cursor = ListCursor()
    package private(set) var filter = Filter()
    package private(set) var order: ListOrder

    /// None yet; they come in that order.
    init(order: ListOrder = ListOrder()) {
        self.order = order
    }

    var count: Int { shown.count }
    var isEmpty: Bool { entries.isEmpty }

    /// The entry of a line.
    subscript(line: Int) -> Entry { entries[shown[line]] }

    var selected: Entry? { cursor.selected < count ? self[cursor.selected] : nil }

    /// Takes other entries, with the text of each that a filter looks in.
    mutating func replace(with entries: [Entry], text: (Entry) -> String) {
        self.entries = entries
        searchTexts = entries.map { SearchText(text($0)) }
        arrange()
    }

    mutating func show(only filter: Filter) {
        self.filter = filter
        let selected = selectedIndex
        arrange()
        follow(selected)
    }

    /// Sorts anew; a cursor at the first line stays there, for what comes first now is what is wanted.
    mutating func sort(by order: ListOrder) {
        self.order = order
        let selected = cursor.selected == 0 ? nil : selectedIndex
        arrange()
        follow(selected)
    }

    /// Selects the first line whose entry is so; if none is, the line stays.
    mutating func select(_ isWanted: (Entry) -> Bool) {
        if let line = shown.firstIndex(where: { isWanted(entries[$0]) }) { cursor.select(line) }
    }

    /// Changes what is known of an entry and puts it where it now belongs; what a filter looks in stays.
    mutating func modify(at index: Int, _ change: (inout Entry) -> Void) {
        let before = entries[index]
        change(&entries[index])
        guard order.tells(before, from: entries[index]), let line = shown.firstIndex(of: index) else {
            return
        }
        let selected = selectedIndex
        shown.remove(at: line)
        let place = order.place(of: index, in: shown, { entries[$0] }, precedes: <)
        shown.insert(index, at: place)
        follow(selected)
    }

    private var selectedIndex: Int? {
        cursor.selected < count ? shown[cursor.selected] : nil
    }

    private mutating func arrange() {
        let passing = entries.indices.filter { filter.matches(searchTexts[$0]) }
        shown = order.sorted(passing) { entries[$0] }
    }

    /// Keeps the cursor on an entry though its line may have changed.
    private mutating func follow(_ index: Int?) {
        if let index, let line = shown.firstIndex(of: index) { cursor.select(line) }
    }
}
