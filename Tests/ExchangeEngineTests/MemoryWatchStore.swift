import Federation
import Foundation
import Propagation

/// A store in memory that two runners share, as two processes share a file.
actor MemoryWatchStore: WatchStore {
    private(set) var running: [Watch.ID: StoredWatch] = [:]
    private(set) var past: [Watch] = []

    func watches() -> [StoredWatch] { Array(running.values) }

    func waitForChange() -> Bool { false }

    func begin(_ watch: Watch, lease: WatchLease, now: Date) -> StoredWatch {
        if let stored = running[watch.id] {
            return claim(watch.id, lease: lease, evicting: nil, now: now).map {
                StoredWatch(watch: $0, lease: lease)
            } ?? stored
        }
        let stored = StoredWatch(watch: watch, lease: lease)
        running[watch.id] = stored
        return stored
    }

    func claim(_ id: Watch.ID, lease: WatchLease, evicting evicted: String?, now: Date) -> Watch? {
        guard let stored = running[id] else { return nil }
        if let held = stored.lease, ![lease.holder, evicted].contains(held.holder), held.until > now {
            return nil
        }
        running[id] = StoredWatch(watch: stored.watch, lease: lease)
        return stored.watch
    }

    func save(_ watch: Watch, lease: WatchLease) -> Bool {
        guard running[watch.id]?.lease?.holder == lease.holder else { return false }
        running[watch.id] = StoredWatch(watch: watch, lease: lease)
        return true
    }

    func end(_ watch: Watch) {
        if running.removeValue(forKey: watch.id) != nil { past.insert(watch, at: 0) }
    }

    func release(_ id: Watch.ID, holder: String) {
        guard let stored = running[id], stored.lease?.holder == holder else { return }
        running[id] = StoredWatch(watch: stored.watch, lease: nil)
    }

    func pastWatches(limit: Int) -> [Watch] { Array(past.prefix(limit)) }

    func waits(for cause: WatchCause) -> [PastWait] {
        past.flatMap { $0.waits(at: $0.result?.at ?? $0.began) }.filter { $0.cause == cause }
    }
}
