/// What happened in this run, the newest last, of which only the latest part is kept.
package struct Journal<Entry: Hashable & Sendable>: Hashable, Sendable {
    package private(set) var entries: [Entry] = []
    /// How many are kept at least; twice as many at most.
    private let capacity: Int

    package init(capacity: Int) {
        self.capacity = capacity
    }

    mutating func append(_ entry: Entry) {
        if entries.count == 2 * capacity { entries.removeFirst(capacity) }
        entries.append(entry)
    }
}
