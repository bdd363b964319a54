import Federation
import Foundation
import GRDB
import Propagation

/// The SQL statements for watches; every function runs in the caller's transaction.
///
/// The state of a watch is stored as JSON that only ``Watch`` reads; the other columns exist for queries.
enum WatchTable {
    /// The longest valid lease, in seconds.
    ///
    /// A lease that ends further in the future was written before the clock was set back, and counts as expired.
    private static let longestLease = 600.0
    /// The number of rows read at a time during a search.
    private static let page = 200
    private static let day = TimeInterval(86_400)

    static func make(_ database: Database) throws {
        try database.create(table: "watch") { table in
            table.primaryKey("mapping", .text)
            table.column("state", .text).notNull()
            table.column("holder", .text)
            table.column("until", .double)
        }
        try database.create(table: "pastWatch") { table in
            table.primaryKey("id", .integer)
            table.column("mapping", .text).notNull()
            table.column("ended", .double).notNull().indexed()
            table.column("state", .text).notNull()
        }
        try database.create(table: "wait") { table in
            table.primaryKey("id", .integer)
            table.column("mapping", .text).notNull()
            table.column("cause", .text).notNull().indexed()
            table.column("began", .double).notNull().indexed()
            table.column("seconds", .double).notNull()
            table.column("isComplete", .boolean).notNull()
        }
    }

    // MARK: Running watches

    static func watches(in database: Database) throws -> [StoredWatch] {
        try SQLRequest<Row>(sql: "SELECT state, holder, until FROM watch ORDER BY mapping", cached: true)
            .fetchAll(database).compactMap(StoredWatch.init)
    }

    private static func watch(_ id: Watch.ID, in database: Database) throws -> StoredWatch? {
        try SQLRequest<Row>(
            literal: "SELECT state, holder, until FROM watch WHERE mapping = \(id)",
            cached: true
        ).fetchOne(database).flatMap(StoredWatch.init)
    }

    static func begin(
        _ watch: Watch,
        lease: WatchLease,
        now: Date,
        in database: Database
    ) throws -> StoredWatch {
        if let stored = try self.watch(watch.id, in: database) {
            return try put(lease, on: stored, now: now, in: database) ?? stored
        }
        try database.cachedStatement(
            literal: """
                INSERT OR REPLACE INTO watch (mapping, state, holder, until)
                VALUES (\(watch.id), \(watch.text), \(lease.holder), \(lease.until.storedSeconds))
                """
        ).execute()
        return StoredWatch(watch: watch, lease: lease)
    }

    static func claim(
        _ id: Watch.ID,
        lease: WatchLease,
        evicting evicted: String?,
        now: Date,
        in database: Database
    ) throws -> Watch? {
        guard let stored = try watch(id, in: database) else { return nil }
        return try put(lease, on: stored, evicting: evicted, now: now, in: database)?.watch
    }

    /// Assigns a new lease to the watch; returns `nil` if another process's lease is still valid.
    private static func put(
        _ lease: WatchLease,
        on stored: StoredWatch,
        evicting evicted: String? = nil,
        now: Date,
        in database: Database
    ) throws -> StoredWatch? {
        if let held = stored.lease, ![lease.holder, evicted].contains(held.holder), held.until > now,
            held.until < now + longestLease
        {
            return nil
        }
        try database.cachedStatement(
            literal: """
                UPDATE watch SET holder = \(lease.holder), until = \(lease.until.storedSeconds)
                WHERE mapping = \(stored.watch.id)
                """
        ).execute()
        return StoredWatch(watch: stored.watch, lease: lease)
    }

    static func save(_ watch: Watch, lease: WatchLease, in database: Database) throws -> Bool {
        try database.cachedStatement(
            literal: """
                UPDATE watch SET state = \(watch.text), until = \(lease.until.storedSeconds)
                WHERE mapping = \(watch.id) AND holder = \(lease.holder)
                """
        ).execute()
        return database.changesCount > 0
    }

    static func release(_ id: Watch.ID, holder: String, in database: Database) throws {
        try database.cachedStatement(
            literal: "UPDATE watch SET until = 0 WHERE mapping = \(id) AND holder = \(holder)"
        ).execute()
    }

    static func end(_ watch: Watch, isForwarded: Bool, in database: Database) throws {
        try database.cachedStatement(literal: "DELETE FROM watch WHERE mapping = \(watch.id)").execute()
        guard let result = watch.result, database.changesCount > 0 else { return }
        try database.cachedStatement(
            literal: """
                INSERT INTO pastWatch (mapping, ended, state)
                VALUES (\(watch.id), \(result.at.storedSeconds), \(watch.text))
                """
        ).execute()
        let row = Int(database.lastInsertedRowID)
        if isForwarded { try OutboxTable.add(watch: row, in: database) }
        for wait in watch.waits(at: result.at) {
            try database.cachedStatement(
                literal: """
                    INSERT INTO wait (mapping, cause, began, seconds, isComplete)
                    VALUES (\(wait.mapping), \(wait.cause.rawValue), \(wait.began.storedSeconds),
                        \(wait.duration.seconds), \(wait.isComplete))
                    """
            ).execute()
        }
    }

    // MARK: Past watches

    static func waits(for cause: WatchCause, now: Date, in database: Database) throws -> [PastWait] {
        let running = try watches(in: database).flatMap { $0.watch.waits(at: now) }
        let query: SQL = "SELECT * FROM wait WHERE cause = \(cause.rawValue) ORDER BY id DESC LIMIT 1000"
        let past = try SQLRequest<Row>(literal: query, cached: true).fetchAll(database)
        return past.compactMap { PastWait($0, cause) } + running.filter { $0.cause == cause }
    }

    static func pastWatches(
        matching filter: HistoryFilter,
        limit: Int,
        in database: Database
    ) throws -> [Watch] {
        var found: [Watch] = []
        var last: (ended: Double, id: Int)?
        while found.count < limit {
            let rows = try pastRows(filter, before: last, in: database)
            found += rows.compactMap { $0.value("state").flatMap(Watch.init(text:)) }.filter(filter.matches)
            guard rows.count == page, let row = rows.last, let ended: Double = row.value("ended"),
                let id: Int = row.value("id")
            else { break }
            last = (ended, id)
        }
        return Array(found.prefix(limit))
    }

    private static func pastRows(
        _ filter: HistoryFilter,
        before last: (ended: Double, id: Int)?,
        in database: Database
    ) throws -> [Row] {
        var conditions: [SQL] = ["TRUE"]
        if let mapping = filter.mapping { conditions.append("mapping = \(mapping)") }
        if let since = filter.since { conditions.append("ended >= \(since.storedSeconds)") }
        if let last { conditions.append("(ended, id) < (\(last.ended), \(last.id))") }
        return try SQLRequest<Row>(
            literal: """
                SELECT id, ended, state FROM pastWatch WHERE \(conditions.joined(separator: " AND "))
                ORDER BY ended DESC, id DESC LIMIT \(page)
                """
        ).fetchAll(database)
    }

    /// Deletes past watches and waits beyond the retention limits.
    static func trim(at now: Date, _ settings: HistorySettings, in database: Database) throws {
        let oldest = now.storedSeconds - Double(settings.days) * day
        let rows = settings.rows
        try database.execute(
            literal: """
                DELETE FROM pastWatch WHERE ended < \(oldest) OR id <= (SELECT max(id) FROM pastWatch) - \(rows);
                DELETE FROM wait WHERE began < \(oldest) OR id <= (SELECT max(id) FROM wait) - \(rows)
                """
        )
    }
}

extension HistoryFilter {
    /// Whether a past watch matches the filter; a stopped watch has neither succeeded nor failed.
    fileprivate func matches(_ watch: Watch) -> Bool {
        guard let result = watch.result else { return false }
        let hasOutcome =
            switch outcome {
            case nil: true
            case .ok: result.verdict == .works
            default: ![.works, .stopped].contains(result.verdict)
            }
        let words = "\(watch.mapping) \(result.code) \(result.message)".lowercased()
        return hasOutcome && texts.allSatisfy { words.contains($0.lowercased()) }
    }
}

extension PastWait {
    /// Decodes a row; `nil` if it contains values that no version of cambist writes.
    fileprivate init?(_ row: Row, _ cause: WatchCause) {
        guard let mapping: String = row.value("mapping"), let began: Double = row.value("began"),
            let seconds: Double = row.value("seconds"), let isComplete: Bool = row.value("isComplete")
        else { return nil }
        self.init(
            mapping: mapping,
            cause: cause,
            began: Date(storedSeconds: began),
            duration: Duration(storedSeconds: seconds),
            isComplete: isComplete
        )
    }
}

extension StoredWatch {
    /// Decodes a row; `nil` if a later version of cambist wrote it.
    fileprivate init?(_ row: Row) {
        guard let text: String = row.value("state"), let watch = Watch(text: text) else { return nil }
        let holder: String? = row.value("holder")
        let until: Double? = row.value("until")
        self.init(
            watch: watch,
            lease: holder.map { WatchLease(holder: $0, until: Date(storedSeconds: until ?? 0)) }
        )
    }
}

extension Watch {
    /// Decodes the state of a watch; `nil` if a later version wrote the state or a date is outside the years 1 to 9999.
    init?(text: String) {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let date = Date(
                timeIntervalSinceReferenceDate: try decoder.singleValueContainer().decode(Double.self)
            )
            guard date.isStorable else {
                throw DecodingError.dataCorrupted(
                    DecodingError.Context(
                        codingPath: decoder.codingPath,
                        debugDescription: "an unbounded instant"
                    )
                )
            }
            return date
        }
        guard let watch = try? decoder.decode(Self.self, from: Data(text.utf8)) else { return nil }
        self = watch
    }

    /// The complete state as JSON.
    fileprivate var text: String {
        (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
