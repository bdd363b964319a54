package import Federation
import FoundationEssentials
package import Propagation

/// A stored exchange or watch for forwarding to the fleet's database.
package struct OutboxEntry: Sendable {
    package enum Content: Sendable {
        case exchange(ExchangeRecord)
        case watch(Watch)
        /// A row that this version of cambist cannot read; such a row is not forwarded.
        case unreadable
    }

    /// The position, which increases with each stored entry.
    package let position: Int
    /// The ID in the fleet's database, so that sending an entry twice is harmless.
    package let id: FleetRecordID
    package let content: Content

    package init(position: Int, id: FleetRecordID, content: Content) {
        self.position = position
        self.id = id
        self.content = content
    }
}

extension HistoryStore {
    /// Returns the entries to forward next, in storage order.
    ///
    /// - Throws: ``HistoryError`` if the file cannot be read.
    package func outbox(limit: Int) async throws(HistoryError) -> [OutboxEntry] {
        try await read { try OutboxTable.entries(limit: limit, in: $0) }
    }

    /// Deletes the entries up to and including a position.
    ///
    /// - Throws: ``HistoryError`` if the file cannot be written.
    package func acknowledge(through position: Int) async throws(HistoryError) {
        try await write { try OutboxTable.remove(through: position, in: $0) }
    }

    /// Returns the number of entries in the outbox.
    ///
    /// - Throws: ``HistoryError`` if the file cannot be read.
    package func outboxCount() async throws(HistoryError) -> Int {
        try await read { try OutboxTable.count(in: $0) }
    }
}

/// The SQL statements for the outbox; every function runs in the caller's transaction.
///
/// An entry refers to a row of the history and is deleted with the row. The last acknowledged entry is kept without a
/// reference, because each new ID must be greater than the last ID.
enum OutboxTable {
    private static let isEntry: SQL = "(outbox.exchange IS NOT NULL OR outbox.watch IS NOT NULL)"

    static let schema = """
        CREATE TABLE "outbox" ("position" INTEGER PRIMARY KEY AUTOINCREMENT, "id" TEXT NOT NULL, \
        "exchange" INTEGER REFERENCES "exchange"("id") ON DELETE CASCADE, \
        "watch" INTEGER REFERENCES "pastWatch"("id") ON DELETE CASCADE);
        CREATE INDEX "outbox_on_exchange" ON "outbox"("exchange");
        CREATE INDEX "outbox_on_watch" ON "outbox"("watch");
        """

    /// Adds an exchange that the same transaction has stored.
    static func add(exchange row: Int, in database: SQLiteConnection) throws -> FleetRecordID {
        let id = try nextID(in: database)
        try database.execute("INSERT INTO outbox (id, exchange) VALUES (\(id), \(row))")
        return id
    }

    /// Adds a watch that the same transaction has stored.
    static func add(watch row: Int, in database: SQLiteConnection) throws {
        let id = try nextID(in: database)
        try database.execute("INSERT INTO outbox (id, watch) VALUES (\(id), \(row))")
    }

    /// Returns an ID for the current time that is greater than the last entry's ID.
    ///
    /// A reader of the fleet's database remembers the last ID of each node. IDs must increase in storage order, even
    /// after this host's clock was set back.
    private static func nextID(in database: SQLiteConnection) throws -> FleetRecordID {
        // 2440587.5 is the Julian day of 1970-01-01T00:00Z.
        let now = try database.first("SELECT (julianday('now') - 2440587.5) * 86400") { $0.real(0) }
        let id = TimeOrderedID.make(at: Date(storedSeconds: now ?? 0))
        let last = try database.first("SELECT id FROM outbox ORDER BY position DESC LIMIT 1") { $0.text(0) }
        guard let last, last >= id else { return id }
        return TimeOrderedID.make(after: last) ?? id
    }

    static func entries(limit: Int, in database: SQLiteConnection) throws -> [OutboxEntry] {
        let query: SQL = """
            SELECT outbox.position, outbox.id, outbox.watch, pastWatch.state,
                \(ExchangeRow.columns)
            FROM outbox LEFT JOIN exchange ON exchange.id = outbox.exchange
            LEFT JOIN detail ON detail.id = exchange.id
            LEFT JOIN label AS mapping ON mapping.id = exchange.mapping
            LEFT JOIN label AS identity ON identity.id = exchange.identity
            LEFT JOIN label AS role ON role.id = exchange.role
            LEFT JOIN token ON token.id = detail.token
            LEFT JOIN pastWatch ON pastWatch.id = outbox.watch
            WHERE \(isEntry) ORDER BY outbox.position LIMIT \(limit)
            """
        var claims: [String: Claims] = [:]
        return try database.rows(query) { row in
            guard let position = row.integer(0), let id = row.text(1) else { return nil }
            return OutboxEntry(position: position, id: id, content: content(row, &claims))
        }
    }

    private static func content(_ row: SQLRow, _ claims: inout [String: Claims]) -> OutboxEntry.Content {
        if row.integer(2) != nil {
            return row.text(3).flatMap(Watch.init(text:)).map(OutboxEntry.Content.watch) ?? .unreadable
        }
        guard let decoded = ExchangeRow(row, from: 4), let record = ExchangeRecord(decoded, &claims) else {
            return .unreadable
        }
        return .exchange(record)
    }

    static func remove(through position: Int, in database: SQLiteConnection) throws {
        let last = try database.integer("SELECT max(position) FROM outbox WHERE position <= \(position)")
        guard let last else { return }
        try database.execute("DELETE FROM outbox WHERE position < \(last)")
        try database.execute("UPDATE outbox SET exchange = NULL, watch = NULL WHERE position = \(last)")
    }

    static func count(in database: SQLiteConnection) throws -> Int {
        try database.integer("SELECT count(*) FROM outbox WHERE \(isEntry)") ?? 0
    }
}
