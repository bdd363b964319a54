import DequeModule

/// The entries of a panel, which of them are visible in which order, and the selected one.
///
/// Order and filter are kept up to date as single entries change, so that a frame or a key costs as much as the
/// screen has rows, not as much as the list has entries.
package struct ListModel<Entry: ListEntry>: Hashable, Sendable {
    private var entries: Deque<Entry> = []
    /// The number of the first entry.
    ///
    /// An entry keeps its number while others are added or removed.
    private var firstNumber = 0
    /// The numbers by id; empty for lists that are filled entry by entry.
    private var numbers: [Entry.ID: Int] = [:]
    private var index = SearchIndex()
    /// The ranks of fixed columns, by title.
    private var ranks: [String: [Int]] = [:]
    /// All numbers in the current order.
    private var sorted: Deque<Int> = []
    /// The numbers of the entries that pass the filter, in the current order.
    private var visible: Deque<Int> = []
    private let isSearchable: Bool
    private let capacity: Int
    package private(set) var filter = Filter()
    /// The order in which the entries are stored.
    let naturalOrder: ListOrder
    package private(set) var order: ListOrder
    /// The ids of marked entries.
    package private(set) var marked: Set<Entry.ID> = []
    package internal(set) var cursor = ListCursor()

    /// Creates an empty list.
    ///
    /// - Parameters:
    ///   - order: The order in which the entries are stored.
    ///   - capacity: The largest number of entries; prepending another one drops the last.
    ///   - isSearchable: Whether ``show(only:)`` is used.
    init(order: ListOrder = ListOrder(), capacity: Int = .max, isSearchable: Bool = true) {
        naturalOrder = order
        self.order = order
        self.capacity = capacity
        self.isSearchable = isSearchable
    }

    /// The number of visible lines.
    package var count: Int { visible.count }
    /// Whether there are no entries, visible or not.
    package var isEmpty: Bool { entries.isEmpty }
    /// All entries in stored order.
    package var all: some Collection<Entry> { entries }

    /// The entry of a visible line.
    package subscript(line: Int) -> Entry { entries[visible[line] - firstNumber] }

    package subscript(id id: Entry.ID) -> Entry? { numbers[id].map { entries[$0 - firstNumber] } }

    package var selected: Entry? { cursor.selected < count ? self[cursor.selected] : nil }

    func contains(_ id: Entry.ID) -> Bool { numbers[id] != nil }

    /// Returns the first line after `line`, wrapping around, whose entry satisfies a condition.
    func line(after line: Int, where isWanted: (Entry) -> Bool) -> Int? {
        let lines = visible.indices
        return lines.dropFirst(line + 1).first { isWanted(self[$0]) }
            ?? lines.prefix(line + 1).first { isWanted(self[$0]) }
    }

    /// Returns at most `limit` entries whose text contains a word; those that start with it come first.
    func find(_ word: SearchText, limit: Int) -> [Entry] {
        var first: [Int] = []
        var second: [Int] = []
        for position in entries.indices where first.count < limit {
            if index.hasPrefix(word, at: position) {
                first.append(position)
            } else if second.count < limit, index.contains(word, at: position) {
                second.append(position)
            }
        }
        return (first + second).prefix(limit).map { entries[$0] }
    }

    /// Replaces all entries.
    ///
    /// Filter, order, and marks stay. The selection stays on its entry, or on its line when `keepsLine` is set
    /// or the entry is gone.
    mutating func replace(with entries: [Entry], keepsLine: Bool = false) {
        let selected = keepsLine ? nil : selected?.id
        self.entries = Deque(entries)
        firstNumber = 0
        numbers = Dictionary(zip(entries.lazy.map(\.id), entries.indices)) { first, _ in first }
        marked = marked.filter { numbers[$0] != nil }
        if isSearchable {
            index = SearchIndex()
            for entry in entries { index.append(entry.filterText) }
        }
        ranks = [:]
        for key in Entry.sortKeys where key.isFixed {
            ranks[key.column] = TextRanks.ranks(of: entries.map { key.value($0).text })
        }
        arrange()
        follow(selected.flatMap { numbers[$0] })
    }

    /// Changes an entry and moves it to its place; an unknown id is ignored.
    mutating func modify(_ id: Entry.ID, _ change: (inout Entry) -> Void) {
        guard let number = numbers[id] else { return }
        let position = number - firstNumber
        let key = sortKey.flatMap { ranks[$0.column] == nil ? $0 : nil }
        let (value, state) = (key?.value(entries[position]), entries[position].filterState)
        change(&entries[position])
        let isRematched = !filter.states.isEmpty && state != entries[position].filterState
        if key?.value(entries[position]) == value, !isRematched { return }
        let selected = selectedNumber
        if let line = visible.firstIndex(of: number) { visible.remove(at: line) }
        if let line = sorted.firstIndex(of: number) { sorted.remove(at: line) }
        sorted.insert(number, at: place(of: number, in: sorted))
        if matches(number) { visible.insert(number, at: place(of: number, in: visible)) }
        follow(selected)
    }

    /// Adds an entry before all others; a cursor that is not on the first line stays on its entry.
    mutating func prepend(_ entry: Entry) {
        if entries.count >= capacity { removeLast() }
        entries.prepend(entry)
        firstNumber -= 1
        if isSearchable { index.prepend(entry.filterText) }
        sorted.insert(firstNumber, at: place(of: firstNumber, in: sorted))
        guard matches(firstNumber) else { return }
        let line = place(of: firstNumber, in: visible)
        visible.insert(firstNumber, at: line)
        if line == 0, cursor.top > 0 {
            cursor.shift(by: 1)
        } else if cursor.selected > 0, line <= cursor.selected {
            cursor.select(cursor.selected + 1)
        }
    }

    /// Adds entries before all others; the selection and the lines shown stay.
    mutating func prepend(contentsOf added: [Entry]) {
        let selected = selectedNumber
        entries.prepend(contentsOf: added)
        firstNumber -= added.count
        if isSearchable { for entry in added.reversed() { index.prepend(entry.filterText) } }
        arrange()
        if order == naturalOrder, filter.isEmpty { cursor.shift(by: added.count) } else { follow(selected) }
    }

    /// Adds entries after all others; the selection stays.
    mutating func append(contentsOf added: [Entry]) {
        let selected = selectedNumber
        entries.append(contentsOf: added)
        if isSearchable { for entry in added { index.append(entry.filterText) } }
        arrange()
        follow(selected)
    }

    /// Sorts the list; a cursor on the first line stays there.
    mutating func sort(by order: ListOrder) {
        let selected = cursor.selected == 0 ? nil : selectedNumber
        self.order = order
        arrange()
        follow(selected)
    }

    /// Filters the list; the selection stays on its entry while that is visible.
    mutating func show(only filter: Filter) {
        let candidates = filter.narrows(self.filter) ? visible : sorted
        let selected = selectedNumber
        self.filter = filter
        visible = passing(candidates)
        follow(selected)
    }

    /// Selects an entry, and clears a filter that hides it.
    mutating func reveal(_ id: Entry.ID) {
        guard let number = numbers[id] else { return }
        if !visible.contains(number) { show(only: Filter()) }
        follow(number)
    }

    mutating func toggleMark(_ id: Entry.ID) {
        if marked.remove(id) == nil { marked.insert(id) }
    }

    mutating func clearMarks() {
        marked = []
    }
}

extension ListModel {
    /// The key of the current order; `nil` in stored order, forward or backward.
    private var sortKey: SortKey<Entry>? {
        order == naturalOrder ? nil : Entry.sortKeys.first { $0.column == order.column }
    }

    private var selectedNumber: Int? { cursor.selected < count ? visible[cursor.selected] : nil }

    private mutating func follow(_ number: Int?) {
        if let number, let line = visible.firstIndex(of: number) { cursor.select(line) }
    }

    private mutating func removeLast() {
        let number = firstNumber + entries.count - 1
        entries.removeLast()
        if isSearchable { index.removeLast() }
        if let line = sorted.lastIndex(of: number) { sorted.remove(at: line) }
        if let line = visible.lastIndex(of: number) { visible.remove(at: line) }
    }

    private func matches(_ number: Int) -> Bool {
        if filter.isEmpty { return true }
        let position = number - firstNumber
        if filter.isBroken || !filter.words.allSatisfy({ index.contains($0, at: position) }) { return false }
        if !filter.states.allSatisfy({ entries[position].filterState.hasPrefix($0) }) { return false }
        if !filter.tags.allSatisfy({ tag in entries[position].filterTags.contains { $0.hasPrefix(tag) } }) {
            return false
        }
        return filter.expression == nil || filter.firstMatch(in: index.text(at: position)) != nil
    }

    private func passing(_ candidates: Deque<Int>) -> Deque<Int> {
        filter.isEmpty ? candidates : Deque(candidates.lazy.filter(matches))
    }

    private mutating func arrange() {
        let all = firstNumber..<firstNumber + entries.count
        if let key = sortKey {
            sorted = Deque(sortedNumbers(by: key))
        } else {
            sorted = order.isDescending == naturalOrder.isDescending ? Deque(all) : Deque(all.reversed())
        }
        visible = passing(sorted)
    }

    private func sortedNumbers(by key: SortKey<Entry>) -> [Int] {
        let ranks = ranks[key.column]
        let slots = entries.indices.map { position in
            let value = ranks.map { SortValue.number(Double($0[position])) } ?? key.value(entries[position])
            return (value: value, number: firstNumber + position)
        }
        let isDescending = order.isDescending
        return slots.sorted { left, right in
            if left.value == right.value { return left.number < right.number }
            return (left.value < right.value) != isDescending
        }.map(\.number)
    }

    /// Whether an entry precedes another one; entries with equal values keep their stored order.
    private func precedes(_ left: Int, _ right: Int) -> Bool {
        guard let key = sortKey else {
            return (left < right) == (order.isDescending == naturalOrder.isDescending)
        }
        let (first, second) = (value(of: left, key), value(of: right, key))
        return first == second ? left < right : (first < second) != order.isDescending
    }

    private func value(of number: Int, _ key: SortKey<Entry>) -> SortValue {
        let position = number - firstNumber
        return ranks[key.column].map { .number(Double($0[position])) } ?? key.value(entries[position])
    }

    /// Returns the place of a number in a sorted list that does not contain it.
    private func place(of number: Int, in list: Deque<Int>) -> Int {
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if precedes(list[middle], number) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension SortValue {
    fileprivate var text: String {
        if case .text(let text) = self { text } else { "" }
    }
}

/// The selected line of a list and the first line shown.
package struct ListCursor: Hashable, Sendable {
    package private(set) var selected = 0
    package private(set) var top = 0

    /// Selects a line; ``clamp(count:height:)`` brings it into range and into view.
    mutating func select(_ line: Int) {
        selected = max(0, line)
    }

    /// Moves selection and view together, as after lines were added above.
    mutating func shift(by lines: Int) {
        selected += lines
        top += lines
    }

    /// Brings the selection into a list of `count` lines, and into view of `height` of them.
    mutating func clamp(count: Int, height: Int) {
        selected = min(selected, max(0, count - 1))
        top = min(top, max(0, count - height), selected)
        top = max(top, selected - max(1, height) + 1)
    }

    /// Clamps a text that has no selection: the selected line is the first one shown.
    mutating func clampScrolling(count: Int, height: Int) {
        selected = min(selected, max(0, count - height))
        top = selected
    }
}
