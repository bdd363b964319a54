import DequeModule

/// The entries of a panel's list, with their filter, order, groups, marks, and selection.
///
/// Each change of an entry updates the order and the filtered lines. The cost of a frame or movement depends on the
/// rows of the screen, not on the number of entries.
package struct ListModel<Entry: ListEntry>: Hashable, Sendable {
    private var entries: Deque<Entry> = []
    /// The number of the first entry.
    ///
    /// An entry keeps its number until a call of ``replace(with:keepsLine:)``.
    private var firstNumber = 0
    /// The numbers of the entries that ``replace(with:keepsLine:)`` stored, by ID; later entries are not included.
    private var numbers: [Entry.ID: Int] = [:]
    /// The texts that the filter searches; `nil` until a filter needs them.
    private var index: SearchIndex?
    /// The ranks of the entries' values, by column, for columns whose values never change (``SortKey/isFixed``).
    private var ranks: [String: [SortRank]] = [:]
    /// All numbers in the current order.
    private var sorted: Deque<Int> = []
    /// The numbers of the visible entries, in the current order.
    private var visible: Deque<Int> = []
    private var groups = ListGroups()
    private let capacity: Int
    /// Whether a cursor on the last line follows new lines at the end.
    private let followsEnd: Bool
    /// Whether the first line stays selected when the order changes, until the operator chooses a line.
    private(set) var selectsFirst = false
    package private(set) var filter = Filter()
    /// The values that all entries share, in lower case, by field.
    private(set) var sharedValues: [FilterField: String] = [:]
    /// The order in which the entries are stored.
    let naturalOrder: ListOrder
    package private(set) var order: ListOrder
    package private(set) var marked: Set<Entry.ID> = []
    package internal(set) var cursor = ListCursor()

    /// Creates an empty list.
    ///
    /// - Parameters:
    ///   - order: The order in which the entries are stored.
    ///   - shown: The order at first; the stored order by default.
    ///   - capacity: The number of entries at which ``prepend(_:)`` drops the last entry.
    ///   - followsEnd: Whether a cursor on the last line follows new lines at the end.
    ///   - selectsFirst: Whether the first line stays selected when the order changes, until ``keepSelection()`` is
    ///     called.
    init(
        order: ListOrder = ListOrder(),
        shown: ListOrder? = nil,
        capacity: Int = .max,
        followsEnd: Bool = false,
        selectsFirst: Bool = false
    ) {
        naturalOrder = order
        self.order = shown ?? order
        self.capacity = capacity
        self.followsEnd = followsEnd
        self.selectsFirst = selectsFirst
    }

    /// Keeps the selected entry selected after later changes of the order.
    mutating func keepSelection() {
        selectsFirst = false
    }

    /// The number of visible lines.
    package var count: Int { visible.count }
    /// Whether the list has no entries, visible or not.
    package var isEmpty: Bool { entries.isEmpty }
    /// All entries in stored order.
    package var all: some Collection<Entry> { entries }

    /// The entry of a visible line.
    package subscript(line: Int) -> Entry { entries[visible[line] - firstNumber] }

    package subscript(id id: Entry.ID) -> Entry? { numbers[id].map { entries[$0 - firstNumber] } }

    package var selected: Entry? { cursor.selected < count ? self[cursor.selected] : nil }

    func contains(_ id: Entry.ID) -> Bool { numbers[id] != nil }

    /// Returns the IDs of existing entries, sorted by a value and, for equal values, in stored order.
    func sorted(_ ids: [Entry.ID], by value: (Entry) -> Int) -> [Entry.ID] {
        ids.compactMap { id in
            numbers[id].map { (value: value(entries[$0 - firstNumber]), number: $0, id: id) }
        }
        .sorted { ($0.value, $0.number) < ($1.value, $1.number) }
        .map(\.id)
    }

    /// Returns the first line after `line` with a matching entry, wrapping around.
    func line(after line: Int, where isWanted: (Entry) -> Bool) -> Int? {
        let lines = visible.indices
        return lines.dropFirst(line + 1).first { isWanted(self[$0]) }
            ?? lines.prefix(line + 1).first { isWanted(self[$0]) }
    }

    /// Returns at most `limit` entries whose texts contain a word.
    ///
    /// Entries whose first text starts with the word come first.
    func find(_ word: SearchText, limit: Int) -> [Entry] {
        let index = currentIndex
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

    /// Whether any entry, visible or not, matches a term.
    func hasMatch(_ term: Filter.Term) -> Bool {
        switch term.field {
        case .state: entries.contains { $0.filterStates.contains(where: term.matches) }
        case .code: entries.contains { $0.filterCodes.contains(where: term.matches) }
        default: sharedMatch(term) ?? hasIndexedMatch(term)
        }
    }

    private func hasIndexedMatch(_ term: Filter.Term) -> Bool {
        let index = currentIndex
        return entries.indices.contains { index.contains(term, at: $0) }
    }

    /// The stored index; a new index if none is stored.
    private var currentIndex: SearchIndex {
        if let index { return index }
        var index = SearchIndex()
        for entry in entries { index.append(entry.filterTexts) }
        return index
    }

    /// The values of a field, sorted.
    func values(of field: FilterField) -> [String] {
        if let shared = sharedValues[field] { return [shared] }
        let values = entries.lazy.flatMap { entry in
            field == .code ? entry.filterCodes : entry.filterTexts.filter { $0.field == field }.map(\.text)
        }
        return Set(values).sorted()
    }

    /// Sets the value of a field that all entries share.
    mutating func share(_ value: String, as field: FilterField) {
        sharedValues[field] = value.lowercased()
    }

    /// Whether the term matches the value that all entries share; `nil` without a shared value of the field.
    private func sharedMatch(_ term: Filter.Term) -> Bool? {
        term.field.flatMap { sharedValues[$0] }.map(term.matches)
    }

    /// Replaces all entries.
    ///
    /// The filter, the order, and the marks of remaining entries stay. The first applicable rule determines the new
    /// selection:
    /// 1. If ``selectsFirst`` is set, the first line.
    /// 2. If `keepsLine` is set, the same line as before.
    /// 3. If the selected entry is still visible, the same entry as before.
    /// 4. In any other case, the same line as before.
    mutating func replace(with entries: [Entry], keepsLine: Bool = false) {
        replace(with: Deque(entries), keepsLine: keepsLine)
    }

    /// Replaces all entries without copying them.
    mutating func replace(with entries: Deque<Entry>, keepsLine: Bool = false) {
        let selected = keepsLine ? nil : selected?.id
        self.entries = entries
        firstNumber = 0
        numbers = [:]
        numbers.reserveCapacity(entries.count)
        for (position, id) in values(\.id).enumerated().reversed() { numbers[id] = position }
        marked = marked.filter { numbers[$0] != nil }
        index = nil
        if !filter.isEmpty { index = currentIndex }
        ranks = [:]
        rankGroups()
        arrange()
        follow(selected.flatMap { numbers[$0] })
    }

    /// Changes an entry and moves the entry to its new position; an unknown ID is ignored.
    mutating func modify(_ id: Entry.ID, _ change: (inout Entry) -> Void) {
        guard let number = numbers[id] else { return }
        let position = number - firstNumber
        let key = sortKey.flatMap { ranks[$0.column] == nil ? $0 : nil }
        let isRematched = filter.terms.contains { $0.field == .state || $0.field == .code }
        let (value, wasMatching) = (key?.value(entries[position]), isRematched ? matches(number) : true)
        change(&entries[position])
        let isMatching = isRematched ? matches(number) : true
        if key?.value(entries[position]) == value, isMatching == wasMatching { return }
        let selected = selectedNumber
        if let line = sorted.firstIndex(of: number) { sorted.remove(at: line) }
        sorted.insert(number, at: place(of: number, in: sorted))
        if groups.isEmpty {
            if let line = visible.firstIndex(of: number) { visible.remove(at: line) }
            if isRematched ? isMatching : matches(number) {
                visible.insert(number, at: place(of: number, in: visible))
            }
        } else {
            arrangeVisible()
        }
        follow(selected)
    }

    /// Adds an entry before all others in stored order.
    ///
    /// The cursor moves as follows:
    /// - On the last line of a list that follows its end, the cursor moves to the new last line.
    /// - On the first line, the cursor stays on that line.
    /// - On any other line, the cursor stays on its entry.
    mutating func prepend(_ entry: Entry) {
        let isAtEnd = followsEnd && cursor.selected >= count - 1
        if entries.count >= capacity { removeLast() }
        entries.prepend(entry)
        firstNumber -= 1
        index?.prepend(entry.filterTexts)
        sorted.insert(firstNumber, at: place(of: firstNumber, in: sorted))
        if matches(firstNumber) {
            let line = place(of: firstNumber, in: visible)
            visible.insert(firstNumber, at: line)
            if line == 0, cursor.top > 0 {
                cursor.shift(by: 1)
            } else if cursor.selected > 0, line <= cursor.selected {
                cursor.select(cursor.selected + 1)
            }
        }
        if isAtEnd { cursor.select(count - 1) }
    }

    /// Adds entries before all others in stored order; the selection stays on its entry.
    mutating func prepend(contentsOf added: [Entry]) {
        let selected = selectedNumber
        entries.prepend(contentsOf: added)
        firstNumber -= added.count
        if index != nil { for entry in added.reversed() { index?.prepend(entry.filterTexts) } }
        arrange()
        if order == naturalOrder, filter.isEmpty { cursor.shift(by: added.count) } else { follow(selected) }
    }

    /// Adds entries after all others in stored order; the selection stays on its entry.
    mutating func append(contentsOf added: [Entry]) {
        let selected = selectedNumber
        entries.append(contentsOf: added)
        if index != nil { for entry in added { index?.append(entry.filterTexts) } }
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

    /// Filters the list; the selection stays on its entry while the entry is visible.
    mutating func show(only filter: Filter) {
        let candidates = filter.narrows(self.filter) && groups.folded.isEmpty ? visible : sorted
        let selected = selectedNumber
        self.filter = filter
        if !filter.isEmpty, index == nil { index = currentIndex }
        visible = passing(candidates)
        follow(selected)
    }

    /// Selects an entry; if necessary, unfolds the entry's group and clears the filter.
    mutating func reveal(_ id: Entry.ID) {
        guard let number = numbers[id] else { return }
        if !visible.contains(number), !groups.isEmpty {
            let name = groups.name(at: number - firstNumber)
            if folded.contains(name) {
                groups.toggleFold(of: name)
                arrangeVisible()
            }
        }
        if !visible.contains(number) { show(only: Filter()) }
        follow(number)
    }

    mutating func toggleMark(_ id: Entry.ID) {
        if marked.remove(id) == nil { marked.insert(id) }
    }

    mutating func clearMarks() {
        marked = []
    }

    mutating func markVisible() {
        for line in visible.indices { marked.insert(self[line].id) }
    }

    /// The IDs of the visible entries, in their order.
    var visibleIDs: [Entry.ID] { visible.indices.map { self[$0].id } }

    /// The IDs of marked entries that are not visible.
    var hiddenMarks: Set<Entry.ID> {
        marked.isEmpty ? [] : marked.subtracting(visible.indices.lazy.map { self[$0].id })
    }
}

// Groups.
extension ListModel {
    struct Group: Hashable {
        let name: String
        /// The number of entries that pass the filter.
        let count: Int
        let isFolded: Bool
    }

    /// The column that groups the list; `nil` without groups.
    var grouping: String? { groups.column }

    /// The names of the folded groups; only the first entry of each folded group is visible.
    var folded: Set<String> { groups.folded }

    /// The width of the widest group title with its fold mark and count, in terminal columns.
    var groupColumns: Int { groups.columns }

    /// Groups the list by one of ``ListEntry/groupings``; `nil` removes the groups.
    mutating func group(by column: String?) {
        let selected = selectedNumber
        groups = ListGroups(by: column)
        rankGroups()
        arrange()
        follow(selected)
    }

    /// Folds or unfolds the group of a line.
    mutating func toggleFold(at line: Int) {
        guard let name = groupName(at: line) else { return }
        let selected = selectedNumber
        groups.toggleFold(of: name)
        arrangeVisible()
        if let selected, !visible.contains(selected), let first = visible.firstIndex(where: isInGroup(name)) {
            cursor.select(first)
        } else {
            follow(selected)
        }
    }

    /// Folds all groups, or unfolds them when all are folded.
    mutating func toggleAllFolds() {
        let name = groupName(at: cursor.selected)
        groups.toggleAllFolds()
        arrangeVisible()
        if let name, let first = visible.firstIndex(where: isInGroup(name)) { cursor.select(first) }
    }

    /// Returns the group that starts at a line, if any.
    func group(startingAt line: Int) -> Group? {
        guard let name = groupName(at: line), line == 0 || groupName(at: line - 1) != name else { return nil }
        let count = groups.count(at: visible[line] - firstNumber)
        return Group(name: name, count: count, isFolded: folded.contains(name))
    }

    private func groupName(at line: Int) -> String? {
        guard !groups.isEmpty, visible.indices.contains(line) else { return nil }
        return groups.name(at: visible[line] - firstNumber)
    }

    private func isInGroup(_ name: String) -> (Int) -> Bool {
        { groups.name(at: $0 - firstNumber) == name }
    }

    private mutating func rankGroups() {
        let key = Entry.groupings.first { $0.column == grouping }
        groups.rank(key.map { key in values { key.value($0).text } } ?? [])
    }
}

extension ListModel {
    /// The key that sorts the list; `nil` if the list needs no key (for example, in stored order).
    private var sortKey: SortKey<Entry>? {
        order == naturalOrder ? nil : Entry.sortKeys.first { $0.column == order.column }
    }

    private var selectedNumber: Int? { cursor.selected < count ? visible[cursor.selected] : nil }

    private mutating func follow(_ number: Int?) {
        if selectsFirst {
            cursor.select(0)
        } else if let number, let line = visible.firstIndex(of: number) {
            cursor.select(line)
        }
    }

    private mutating func removeLast() {
        let number = firstNumber + entries.count - 1
        entries.removeLast()
        index?.removeLast()
        if let line = sorted.lastIndex(of: number) { sorted.remove(at: line) }
        guard let line = visible.lastIndex(of: number) else { return }
        visible.remove(at: line)
        if line < cursor.selected { cursor.shift(by: -1) }
    }

    private func matches(_ number: Int) -> Bool {
        if filter.isEmpty { return true }
        let position = number - firstNumber
        if filter.isInvalid { return false }
        for term in filter.terms {
            let isFound =
                switch term.field {
                case .state: entries[position].filterStates.contains(where: term.matches)
                case .code: entries[position].filterCodes.contains(where: term.matches)
                default: sharedMatch(term) ?? (index?.contains(term, at: position) == true)
                }
            if isFound == term.isExcluding { return false }
        }
        return filter.expression == nil || filter.firstMatch(in: index?.text(at: position) ?? "") != nil
    }

    /// Returns the numbers that pass the filter; of each folded group, only the first number.
    private mutating func passing(_ candidates: Deque<Int>) -> Deque<Int> {
        guard !groups.isEmpty else {
            return filter.isEmpty ? candidates : Deque(candidates.lazy.filter(matches))
        }
        let matching = candidates.lazy.filter(matches)
        return groups.count(matching, from: firstNumber)
    }

    private mutating func arrange() {
        let all = firstNumber..<firstNumber + entries.count
        // A list without `numbers` gets its entries one by one, and each new entry would invalidate the ranks.
        if let key = sortKey, key.isFixed, !numbers.isEmpty, ranks[key.column] == nil {
            ranks[key.column] = sortRanks(by: key)
        }
        if sortKey != nil || !groups.isEmpty {
            sorted = Deque(sortedNumbers(by: sortKey))
        } else {
            sorted = order.isDescending == naturalOrder.isDescending ? Deque(all) : Deque(all.reversed())
        }
        arrangeVisible()
    }

    private mutating func arrangeVisible() {
        visible = passing(sorted)
    }

    private func sortedNumbers(by key: SortKey<Entry>?) -> [Int] {
        guard let key else {
            return (firstNumber..<firstNumber + entries.count).sorted(by: precedes)
        }
        let ranks = ranks[key.column] ?? sortRanks(by: key)
        let slots = ranks.enumerated().map { position, rank in
            (group: groups.rank(at: position), rank: rank, number: firstNumber + position)
        }
        let isDescending = order.isDescending
        return slots.sorted { left, right in
            if left.group != right.group { return left.group < right.group }
            if left.rank == right.rank { return left.number < right.number }
            return (left.rank < right.rank) != isDescending
        }.map(\.number)
    }

    private func sortRanks(by key: SortKey<Entry>) -> [SortRank] {
        SortRank.ranks(of: values(key.value))
    }

    /// Returns a value of each entry, in stored order.
    ///
    /// The deque's subscript copies an entry, and a copy takes longer than a comparison. Contiguous storage can be read
    /// without copies. The storage may not be contiguous after entries are prepended.
    private func values<Value>(_ value: (Entry) -> Value) -> [Value] {
        entries.withContiguousStorageIfAvailable { entries in
            entries.indices.map { value(entries[$0]) }
        } ?? entries.map(value)
    }

    /// Whether an entry precedes another entry; entries with equal values keep their stored order.
    private func precedes(_ left: Int, _ right: Int) -> Bool {
        let places = (left - firstNumber, right - firstNumber)
        if !groups.isEmpty {
            let (first, second) = (groups.rank(at: places.0), groups.rank(at: places.1))
            if first != second { return first < second }
        }
        guard let key = sortKey else {
            return (left < right) == (order.isDescending == naturalOrder.isDescending)
        }
        if let ranks = ranks[key.column] {
            let (first, second) = (ranks[places.0], ranks[places.1])
            return first == second ? left < right : (first < second) != order.isDescending
        }
        let (first, second) = (key.value(entries[places.0]), key.value(entries[places.1]))
        return first == second ? left < right : (first < second) != order.isDescending
    }

    /// Returns the position at which to insert a number into a sorted list.
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
