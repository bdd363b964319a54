package import struct Foundation.Date

/// Who asks for a watch, and until when nobody else does.
package struct WatchLease: Hashable, Sendable, Codable {
    /// A process: its host, number and start.
    package let holder: String
    package let until: Date

    package init(holder: String, until: Date) {
        self.holder = holder
        self.until = until
    }
}

/// A watch as the book has it.
package struct StoredWatch: Hashable, Sendable {
    package let watch: Watch
    /// Who asked last; nobody asks once the lease has run out.
    package let lease: WatchLease?

    package init(watch: Watch, lease: WatchLease?) {
        self.watch = watch
        self.lease = lease
    }

    /// Whether somebody is asking at `now`.
    package func isDriven(at now: Date) -> Bool {
        lease.map { $0.until > now } ?? false
    }
}

/// Where watches outlive the process that runs them, so that another can go on.
///
/// It never fails: what cannot be kept is said elsewhere, and the watch goes on without.
package protocol WatchStore: Sendable {
    /// The running watches.
    func watches() async -> [StoredWatch]
    /// Waits until somebody may have written in it since it was last waited for; `false`, at once, where that cannot be
    /// told.
    func waitForChange() async -> Bool
    /// Enters a watch, or gives the one of its mapping that is running already; claims it when it is free.
    func begin(_ watch: Watch, lease: WatchLease, now: Date) async -> StoredWatch
    /// Claims a watch whose lease is free, the claimant's own, or that of `evicted`, who is known to be gone.
    ///
    /// - Returns: The watch as it was left; `nil` when somebody else asks, or it has ended.
    func claim(_ id: Watch.ID, lease: WatchLease, evicting evicted: String?, now: Date) async -> Watch?
    /// Keeps how a watch stands and prolongs its lease; `false` when somebody else has it, or it is gone.
    func save(_ watch: Watch, lease: WatchLease) async -> Bool
    /// Moves a watch that has ended, or that the operator stops, to the past, whoever asks.
    func end(_ watch: Watch) async
    /// Lets another process go on at once.
    func release(_ id: Watch.ID, holder: String) async
    /// The watches that have ended, the latest first.
    func pastWatches(limit: Int) async -> [Watch]
    /// The past waits for a cause.
    func waits(for cause: WatchCause) async -> [PastWait]
}
