import struct Foundation.Date

/// When which rows change by themselves: a binary heap, the earliest instant first.
///
/// An entry that no longer holds is not taken out; whoever takes it sees that the row moved on.
struct ExpiryQueue: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        let at: Date
        let row: Int
    }

    private var heap: [Entry] = []

    /// The earliest instant.
    var first: Date? { heap.first?.at }

    mutating func add(_ row: Int, at: Date) {
        heap.append(Entry(at: at, row: row))
        var child = heap.count - 1
        while child > 0, heap[child].at < heap[(child - 1) / 2].at {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the earliest row that is due at `now`.
    mutating func takeDue(at now: Date) -> Int? {
        guard let first = heap.first, first.at <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return first.row
    }

    private mutating func sink() {
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < heap.count }
            guard let least = children.min(by: { heap[$0].at < heap[$1].at }),
                heap[least].at < heap[parent].at
            else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
