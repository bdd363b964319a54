package import struct FoundationEssentials.Date

/// The exclusive right of a process to run a watch until a given time.
package struct WatchLease: Hashable, Sendable, Codable {
    /// The process, identified by host, process ID, and start time.
    package let holder: String
    package let until: Date

    package init(holder: String, until: Date) {
        self.holder = holder
        self.until = until
    }
}

/// A watch with its lease.
package struct StoredWatch: Hashable, Sendable {
    package let watch: Watch
    /// The lease of the process that last ran the watch; after the lease has expired, no process runs the watch.
    package let lease: WatchLease?

    package init(watch: Watch, lease: WatchLease?) {
        self.watch = watch
        self.lease = lease
    }

    /// Whether the lease has not expired at `now`; `false` without a lease.
    package func isRunning(at now: Date) -> Bool {
        lease.map { $0.until > now } ?? false
    }
}

/// Storage for watches, so that another process can continue the watches of an ended process.
///
/// The methods do not throw. Implementations report storage errors themselves, and the watch continues without storage.
package protocol WatchStore: Sendable {
    /// Returns the watches that have not ended, including watches with an expired lease.
    func watches() async -> [StoredWatch]
    /// Waits until the store may have changed; returns `false` if changes cannot be observed or the task is canceled.
    func waitForChange() async -> Bool
    /// Stores a new watch, or returns the mapping's earlier watch if the earlier watch has not ended.
    ///
    /// The earlier watch gets `lease` if the earlier lease has expired, or if both leases have the same holder.
    func begin(_ watch: Watch, lease: WatchLease, now: Date) async -> StoredWatch
    /// Claims a watch if no other process runs the watch.
    ///
    /// The claim succeeds if the lease has expired. The claim also succeeds if the holder of the lease is the caller or
    /// the ended process `evicted`.
    ///
    /// - Returns: The watch as last stored; `nil` if another process runs the watch, or the watch has ended.
    func claim(_ id: Watch.ID, lease: WatchLease, evicting evicted: String?, now: Date) async -> Watch?
    /// Stores a watch and renews its lease.
    ///
    /// Returns `false` if another process has claimed the watch, or if the watch no longer exists.
    func save(_ watch: Watch, lease: WatchLease) async -> Bool
    /// Moves a watch to the past watches, even if another process runs the watch.
    func end(_ watch: Watch) async
    /// Releases a lease, so that another process can claim the watch immediately.
    func release(_ id: Watch.ID, holder: String) async
    /// Returns the watches that have ended, latest first.
    func pastWatches(limit: Int) async -> [Watch]
    /// Returns past and current waits for a cause.
    func waits(for cause: WatchCause) async -> [PastWait]
}
