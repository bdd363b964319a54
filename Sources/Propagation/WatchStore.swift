package import struct Foundation.Date

/// The process that runs a watch, and until when no other process does.
package struct WatchLease: Hashable, Sendable, Codable {
    /// A process: its host, process id and start.
    package let holder: String
    package let until: Date

    package init(holder: String, until: Date) {
        self.holder = holder
        self.until = until
    }
}

/// A watch as it is stored.
package struct StoredWatch: Hashable, Sendable {
    package let watch: Watch
    /// The last process that ran it; no process does once the lease has expired.
    package let lease: WatchLease?

    package init(watch: Watch, lease: WatchLease?) {
        self.watch = watch
        self.lease = lease
    }

    /// Whether a process runs it at `now`.
    package func isDriven(at now: Date) -> Bool {
        lease.map { $0.until > now } ?? false
    }
}

/// Storage of watches that outlives the process that runs them, so that another process can continue them.
///
/// It never fails: an implementation reports storage errors itself, and the watch continues unsaved.
package protocol WatchStore: Sendable {
    /// The running watches.
    func watches() async -> [StoredWatch]
    /// Waits until the store may have changed since the last call; returns `false` at once if it cannot observe changes.
    func waitForChange() async -> Bool
    /// Stores a watch, or returns the running one of its mapping; claims it if its lease is free.
    func begin(_ watch: Watch, lease: WatchLease, now: Date) async -> StoredWatch
    /// Claims a watch whose lease is free, the claimant's own, or that of `evicted`, a process known to have ended.
    ///
    /// - Returns: The watch as it was saved; `nil` if another process runs it, or it has ended.
    func claim(_ id: Watch.ID, lease: WatchLease, evicting evicted: String?, now: Date) async -> Watch?
    /// Saves a watch and extends its lease; returns `false` if another process has it, or it no longer exists.
    func save(_ watch: Watch, lease: WatchLease) async -> Bool
    /// Moves a watch that has ended, or that the operator stops, to the past watches, whichever process runs it.
    func end(_ watch: Watch) async
    /// Ends a lease, so that another process can continue at once.
    func release(_ id: Watch.ID, holder: String) async
    /// The watches that have ended, the latest first.
    func pastWatches(limit: Int) async -> [Watch]
    /// The past waits for a cause.
    func waits(for cause: WatchCause) async -> [PastWait]
}
