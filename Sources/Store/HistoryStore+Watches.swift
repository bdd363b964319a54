import Federation
package import Foundation
import GRDB
package import Propagation

extension HistoryStore {
    /// A lease that seems to last longer than this was taken before the clock was put back; it counts no more.
    private static let longestLease = 600.0

    /// The running watches, by their mappings' names.
    ///
    /// - Returns: Those that this version can read.
    /// - Throws: ``HistoryError`` when the file cannot be read.
    package func watches() async throws(HistoryError) -> [StoredWatch] {
        try await read { database in
            try SQLRequest<Row>(sql: "SELECT state, holder, until FROM watch ORDER BY mapping", cached: true)
                .fetchAll(database).compactMap(StoredWatch.init)
        }
    }

    /// Enters a watch, unless one of its mapping is running already; claims that one when its lease is free.
    ///
    /// - Parameters:
    ///   - watch: A watch that has just begun.
    ///   - lease: Who is to ask.
    ///   - now: The present instant.
    /// - Returns: The watch that runs now, with who asks.
    /// - Throws: ``HistoryError`` when it was not kept.
    package func begin(
        _ watch: Watch,
        lease: WatchLease,
        now: Date
    ) async throws(HistoryError) -> StoredWatch {
        try await write { database in
            if let kept = try Self.kept(watch.id, in: database) {
                return try Self.take(kept, lease: lease, now: now, in: database) ?? kept
            }
            try database.cachedStatement(
                literal: """
                    INSERT OR REPLACE INTO watch (mapping, state, holder, until)
                    VALUES (\(watch.id), \(watch.text), \(lease.holder), \(lease.until.timeIntervalSince1970))
                    """
            ).execute()
            return StoredWatch(watch: watch, lease: lease)
        }
    }

    /// Claims a watch when its lease is free, the claimant's own, or that of `evicted`, who is known to be gone.
    ///
    /// - Returns: The watch as it was left; `nil` when somebody else asks, or it has ended.
    /// - Throws: ``HistoryError`` when it could not be claimed.
    package func claim(
        _ id: Watch.ID,
        lease: WatchLease,
        evicting evicted: String? = nil,
        now: Date
    ) async throws(HistoryError) -> Watch? {
        try await write { database in
            guard let kept = try Self.kept(id, in: database) else { return nil }
            return try Self.take(kept, lease: lease, evicting: evicted, now: now, in: database)?.watch
        }
    }

    /// Keeps how a watch stands and prolongs its lease.
    ///
    /// - Returns: `false` when somebody else has taken over, or it has ended.
    /// - Throws: ``HistoryError`` when it was not kept.
    package func save(_ watch: Watch, lease: WatchLease) async throws(HistoryError) -> Bool {
        try await write { database in
            try database.cachedStatement(
                literal: """
                    UPDATE watch SET state = \(watch.text), until = \(lease.until.timeIntervalSince1970)
                    WHERE mapping = \(watch.id) AND holder = \(lease.holder)
                    """
            ).execute()
            return database.changesCount > 0
        }
    }

    /// Moves a watch to the past, with the waits that it knows of; does nothing when it is there already.
    ///
    /// - Throws: ``HistoryError`` when it was not kept.
    package func end(_ watch: Watch) async throws(HistoryError) {
        try await write { database in
            try database.cachedStatement(literal: "DELETE FROM watch WHERE mapping = \(watch.id)").execute()
            guard let ending = watch.ending, database.changesCount > 0 else { return }
            try database.cachedStatement(
                literal: """
                    INSERT INTO pastWatch (mapping, ended, state)
                    VALUES (\(watch.id), \(ending.at.timeIntervalSince1970), \(watch.text))
                    """
            ).execute()
            for wait in watch.waits(at: ending.at) { try Self.insert(wait, into: database) }
        }
    }

    /// Gives a lease back, so that another process goes on at once.
    ///
    /// - Throws: ``HistoryError`` when the file cannot be written.
    package func release(_ id: Watch.ID, holder: String) async throws(HistoryError) {
        try await write { database in
            try database.cachedStatement(
                literal: "UPDATE watch SET until = 0 WHERE mapping = \(id) AND holder = \(holder)"
            ).execute()
        }
    }

    /// The past waits for a cause, with those that still last.
    ///
    /// - Returns: The latest thousand, which are as many as the estimate can make use of.
    /// - Throws: ``HistoryError`` when the file cannot be read.
    package func waits(for cause: WatchCause, now: Date) async throws(HistoryError) -> [PastWait] {
        let running = try await watches().flatMap { $0.watch.waits(at: now) }.filter { $0.cause == cause }
        return try await read { database in
            let query: SQL = "SELECT * FROM wait WHERE cause = \(cause.rawValue) ORDER BY id DESC LIMIT 1000"
            return try SQLRequest<Row>(literal: query, cached: true).fetchAll(database).map { row in
                PastWait(
                    mapping: row["mapping"],
                    cause: cause,
                    began: Date(timeIntervalSince1970: row["began"]),
                    duration: .milliseconds(Int((row["seconds"] as Double) * 1000)),
                    isComplete: row["isComplete"]
                )
            } + running
        }
    }
}

extension HistoryStore {
    private static func kept(_ id: Watch.ID, in database: Database) throws -> StoredWatch? {
        try SQLRequest<Row>(
            literal: "SELECT state, holder, until FROM watch WHERE mapping = \(id)",
            cached: true
        ).fetchOne(database).flatMap(StoredWatch.init)
    }

    /// Puts another lease on a watch; `nil` when somebody else's still holds.
    private static func take(
        _ kept: StoredWatch,
        lease: WatchLease,
        evicting evicted: String? = nil,
        now: Date,
        in database: Database
    ) throws -> StoredWatch? {
        if let held = kept.lease, ![lease.holder, evicted].contains(held.holder), held.until > now,
            held.until < now + longestLease
        {
            return nil
        }
        try database.cachedStatement(
            literal: """
                UPDATE watch SET holder = \(lease.holder), until = \(lease.until.timeIntervalSince1970)
                WHERE mapping = \(kept.watch.id)
                """
        ).execute()
        return StoredWatch(watch: kept.watch, lease: lease)
    }

    private static func insert(_ wait: PastWait, into database: Database) throws {
        try database.cachedStatement(
            literal: """
                INSERT INTO wait (mapping, cause, began, seconds, isComplete)
                VALUES (\(wait.mapping), \(wait.cause.rawValue), \(wait.began.timeIntervalSince1970),
                    \(wait.duration.seconds), \(wait.isComplete))
                """
        ).execute()
    }
}

extension StoredWatch {
    /// The watch of a row; `nil` when a later version has written it.
    fileprivate init?(_ row: Row) {
        guard let watch = Watch(text: row["state"]) else { return nil }
        let holder: String? = row["holder"]
        let until: Double? = row["until"]
        self.init(
            watch: watch,
            lease: holder.map { WatchLease(holder: $0, until: Date(timeIntervalSince1970: until ?? 0)) }
        )
    }
}

extension Watch {
    /// The watch of a row; `nil` when a later version has written it.
    init?(text: String) {
        guard let watch = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
        self = watch
    }

    /// All of it as JSON.
    fileprivate var text: String {
        (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
