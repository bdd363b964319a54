import Console
import DequeModule
import Federation
import Synchronization

/// The exchanges that the operator requested and that have not begun.
///
/// A few workers run the exchanges in order. A task for each of ten thousand exchanges would use more memory than the
/// results.
final class ExchangeQueue: Sendable {
    struct Entry: Sendable {
        let mapping: RoleMapping.ID
        let request: Request
        let purpose: Purpose
    }

    private struct State {
        var entries: Deque<Entry> = []
        var workers = 0
    }

    private let width: Int
    private let state = Mutex(State())

    init(width: Int) {
        self.width = width
    }

    /// Adds an exchange; returns whether the caller must start a worker for it.
    func add(_ entry: Entry) -> Bool {
        state.withLock { state in
            state.entries.append(entry)
            guard state.workers < width else { return false }
            state.workers += 1
            return true
        }
    }

    /// Removes and returns the next exchange; `nil` ends the calling worker.
    func next() -> Entry? {
        state.withLock { state in
            if let entry = state.entries.popFirst() { return entry }
            state.workers -= 1
            return nil
        }
    }
}
