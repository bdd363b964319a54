import Federation
import FoundationEssentials
import Propagation

/// The SQL statements for watches; every function runs in the caller's transaction.
///
/// The column `state` contains the whole watch as JSON. The other columns exist for queries.
enum WatchTable {
    /// The longest valid lease, in seconds.
    ///
    /// A lease with more remaining time counts as expired. The excess shows that the clock was set back.
    private static let longestLease = 600.0
    /// The number of rows that one query of a search reads.
    private static let page = 200
    private static let day = TimeInterval(86_400)

    /// The statements that create the tables.
    static let schema = """
        CREATE TABLE "watch" ("mapping" TEXT PRIMARY KEY NOT NULL, "state" TEXT NOT NULL, "holder" TEXT, \
        "until" DOUBLE);
        CREATE TABLE "pastWatch" ("id" INTEGER PRIMARY KEY, "mapping" TEXT NOT NULL, "ended" DOUBLE NOT NULL, \
        "state" TEXT NOT NULL);
        CREATE INDEX "pastWatch_on_ended" ON "pastWatch"("ended");
        CREATE TABLE "wait" ("id" INTEGER PRIMARY KEY, "mapping" TEXT NOT NULL, "cause" TEXT NOT NULL, \
        "began" DOUBLE NOT NULL, "seconds" DOUBLE NOT NULL, "isComplete" BOOLEAN NOT NULL);
        CREATE INDEX "wait_on_cause" ON "wait"("cause");
        CREATE INDEX "wait_on_began" ON "wait"("began");
        """

    // MARK: Running watches

    static func watches(in database: SQLiteConnection) throws -> [StoredWatch] {
        try database.rows("SELECT state, holder, until FROM watch ORDER BY mapping", read: StoredWatch.init)
    }

    private static func watch(_ id: Watch.ID, in database: SQLiteConnection) throws -> StoredWatch? {
        let query: SQL = "SELECT state, holder, until FROM watch WHERE mapping = \(id)"
        return try database.first(query, read: StoredWatch.init)
    }

    static func begin(
        _ watch: Watch,
        lease: WatchLease,
        now: Date,
        in database: SQLiteConnection
    ) throws -> StoredWatch {
        if let stored = try self.watch(watch.id, in: database) {
            return try put(lease, on: stored, now: now, in: database) ?? stored
        }
        try database.execute(
            """
            INSERT OR REPLACE INTO watch (mapping, state, holder, until)
            VALUES (\(watch.id), \(watch.text), \(lease.holder), \(lease.until.storedSeconds))
            """
        )
        return StoredWatch(watch: watch, lease: lease)
    }

    static func claim(
        _ id: Watch.ID,
        lease: WatchLease,
        evicting evicted: String?,
        now: Date,
        in database: SQLiteConnection
    ) throws -> Watch? {
        guard let stored = try watch(id, in: database) else { return nil }
        return try put(lease, on: stored, evicting: evicted, now: now, in: database)?.watch
    }

    /// Assigns a new lease to the watch; returns `nil` if another process has a valid lease.
    ///
    /// A lease of the process `evicted` does not count.
    private static func put(
        _ lease: WatchLease,
        on stored: StoredWatch,
        evicting evicted: String? = nil,
        now: Date,
        in database: SQLiteConnection
    ) throws -> StoredWatch? {
        if let held = stored.lease, ![lease.holder, evicted].contains(held.holder), held.until > now,
            held.until < now + longestLease
        {
            return nil
        }
        try database.execute(
            """
            UPDATE watch SET holder = \(lease.holder), until = \(lease.until.storedSeconds)
            WHERE mapping = \(stored.watch.id)
            """
        )
        return StoredWatch(watch: stored.watch, lease: lease)
    }

    static func save(_ watch: Watch, lease: WatchLease, in database: SQLiteConnection) throws -> Bool {
        try database.execute(
            """
            UPDATE watch SET state = \(watch.text), until = \(lease.until.storedSeconds)
            WHERE mapping = \(watch.id) AND holder = \(lease.holder)
            """
        )
        return database.changedRowCount > 0
    }

    static func release(_ id: Watch.ID, holder: String, in database: SQLiteConnection) throws {
        try database.execute(
            "UPDATE watch SET until = 0 WHERE mapping = \(id) AND holder = \(holder)"
        )
    }

    static func end(_ watch: Watch, isForwarded: Bool, in database: SQLiteConnection) throws {
        try database.execute("DELETE FROM watch WHERE mapping = \(watch.id)")
        guard let result = watch.result, database.changedRowCount > 0 else { return }
        try database.execute(
            """
            INSERT INTO pastWatch (mapping, ended, state)
            VALUES (\(watch.id), \(result.at.storedSeconds), \(watch.text))
            """
        )
        let row = database.lastInsertedRowID
        if isForwarded { try OutboxTable.add(watch: row, in: database) }
        for wait in watch.waits(at: result.at) {
            try database.execute(
                """
                INSERT INTO wait (mapping, cause, began, seconds, isComplete)
                VALUES (\(wait.mapping), \(wait.cause.rawValue), \(wait.began.storedSeconds),
                    \(wait.duration.seconds), \(wait.isComplete))
                """
            )
        }
    }

    // MARK: Past watches

    static func waits(for cause: WatchCause, now: Date, in database: SQLiteConnection) throws -> [PastWait] {
        let running = try watches(in: database).flatMap { $0.watch.waits(at: now) }
        let query: SQL = """
            SELECT mapping, began, seconds, isComplete FROM wait WHERE cause = \(cause.rawValue)
            ORDER BY id DESC LIMIT 1000
            """
        let past = try database.rows(query) { PastWait($0, cause) }
        return past + running.filter { $0.cause == cause }
    }

    /// Returns past watches, latest first.
    ///
    /// With `row`, the result contains only watches with a higher row ID.
    static func pastWatches(
        matching filter: HistoryFilter,
        after row: Int? = nil,
        limit: Int,
        in database: SQLiteConnection
    ) throws -> [Watch] {
        var found: [Watch] = []
        var last: (ended: Double, id: Int)?
        while found.count < limit {
            let rows = try pastRows(filter, after: row, before: last, in: database)
            found += rows.compactMap { $0.state.flatMap(Watch.init(text:)) }.filter(filter.matches)
            guard rows.count == page, let row = rows.last, let ended = row.ended, let id = row.id else {
                break
            }
            last = (ended, id)
        }
        return Array(found.prefix(limit))
    }

    /// Returns the highest row ID of the past watches; 0 without past watches.
    static func lastPastRow(in database: SQLiteConnection) throws -> Int {
        try database.integer("SELECT max(id) FROM pastWatch") ?? 0
    }

    private static func pastRows(
        _ filter: HistoryFilter,
        after row: Int?,
        before last: (ended: Double, id: Int)?,
        in database: SQLiteConnection
    ) throws -> [(id: Int?, ended: Double?, state: String?)] {
        var conditions: [SQL] = ["TRUE"]
        if let mapping = filter.mapping { conditions.append("mapping = \(mapping)") }
        if let since = filter.since { conditions.append("ended >= \(since.storedSeconds)") }
        if let row { conditions.append("id > \(row)") }
        if let last { conditions.append("(ended, id) < (\(last.ended), \(last.id))") }
        let query: SQL = """
            SELECT id, ended, state FROM pastWatch WHERE \(conditions.joined(separator: " AND "))
            ORDER BY ended DESC, id DESC LIMIT \(page)
            """
        return try database.rows(query) { ($0.integer(0), $0.real(1), $0.text(2)) }
    }

    /// Deletes the past watches and the past waits that exceed the retention limits.
    static func trim(at now: Date, _ settings: HistorySettings, in database: SQLiteConnection) throws {
        let oldest = now.storedSeconds - Double(settings.days) * day
        let rows = settings.rows
        try database.execute(
            "DELETE FROM pastWatch WHERE ended < \(oldest) OR id <= (SELECT max(id) FROM pastWatch) - \(rows)"
        )
        try database.execute(
            "DELETE FROM wait WHERE began < \(oldest) OR id <= (SELECT max(id) FROM wait) - \(rows)"
        )
    }
}

extension HistoryFilter {
    /// Whether a past watch has the filter's outcome and contains the filter's texts.
    ///
    /// A stopped watch is neither `ok` nor failed.
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
    /// Decodes a row; `nil` if a value is absent or has a wrong type.
    fileprivate init?(_ row: SQLRow, _ cause: WatchCause) {
        guard let mapping = row.text(0), let began = row.real(1), let seconds = row.real(2),
            let isComplete = row.boolean(3)
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
    /// Decodes a row; `nil` if this version of cambist cannot read the row.
    fileprivate init?(_ row: SQLRow) {
        guard let text = row.text(0), let watch = Watch(text: text) else { return nil }
        let until = Date(storedSeconds: row.real(2) ?? 0)
        self.init(watch: watch, lease: row.text(1).map { WatchLease(holder: $0, until: until) })
    }
}

extension Watch {
    /// Decodes the state of a watch; `nil` if this version of cambist cannot read the state.
    ///
    /// The dates must be in the years 1 to 9999.
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

    fileprivate var text: String {
        (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
