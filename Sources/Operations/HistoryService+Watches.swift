import Federation
import Foundation
import Propagation
import Store
import Transport

/// The history is the book of watches; what it cannot keep goes on without being kept.
extension HistoryService: WatchStore {
    func watches() async -> [StoredWatch] {
        await work { store throws(HistoryError) in try await store.watches() } ?? []
    }

    func begin(_ watch: Watch, lease: WatchLease, now: Date) async -> StoredWatch {
        await work { store throws(HistoryError) in try await store.begin(watch, lease: lease, now: now) }
            ?? StoredWatch(watch: watch, lease: lease)
    }

    func claim(_ id: Watch.ID, lease: WatchLease, evicting evicted: String?, now: Date) async -> Watch? {
        await work { store throws(HistoryError) in
            try await store.claim(id, lease: lease, evicting: evicted, now: now)
        } ?? nil
    }

    func save(_ watch: Watch, lease: WatchLease) async -> Bool {
        await work { store throws(HistoryError) in try await store.save(watch, lease: lease) } ?? true
    }

    func end(_ watch: Watch) async {
        await work { store throws(HistoryError) in try await store.end(watch) }
    }

    func release(_ id: Watch.ID, holder: String) async {
        await work { store throws(HistoryError) in try await store.release(id, holder: holder) }
    }

    func pastWatches(limit: Int) async -> [Watch] {
        await work { store throws(HistoryError) in try await store.pastWatches(limit: limit) } ?? []
    }

    func waits(for cause: WatchCause) async -> [PastWait] {
        await work { store throws(HistoryError) in
            try await store.waits(for: cause, now: SystemTime().now)
        } ?? []
    }
}
