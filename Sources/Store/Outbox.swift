package import Federation
import Foundation
import GRDB
package import Propagation

/// A stored exchange or watch that is to be forwarded to the fleet's database.
package struct OutboxEntry: Sendable {
    package enum Content: Sendable {
        case exchange(ExchangeRecord)
        case watch(Watch)
        /// The row has values that no version of cambist writes; it is not forwarded.
        case unreadable
    }

    /// The position; increases in the order in which the entries were stored.
    package let position: Int
    /// The ID in the fleet, which makes a repeated transmission harmless.
    package let id: FleetRecordID
    package let content: Content

    package init(position: Int, id: FleetRecordID, content: Content) {
        self.position = position
        self.id = id
        self.content = content
    }
}

extension HistoryStore {
    /// Returns the entries to forward next, in the order in which they were stored.
    ///
    /// - Throws: ``HistoryError`` if the file cannot be read.
    package func outbox(limit: Int) async throws(HistoryError) -> [OutboxEntry] {
        try await read { try OutboxTable.entries(limit: limit, in: $0) }
    }

    /// Deletes the entries up to a position, after the fleet's database has stored them.
    ///
    /// - Throws: ``HistoryError`` if the file cannot be written.
    package func acknowledge(through position: Int) async throws(HistoryError) {
        try await write { try OutboxTable.remove(through: position, in: $0) }
    }

    /// The number of entries to forward.
    ///
    /// - Throws: ``HistoryError`` if the file cannot be read.
    package func outboxCount() async throws(HistoryError) -> Int {
        try await read { try OutboxTable.count(in: $0) }
    }
}

/// The SQL statements for the outbox; every function runs in the caller's transaction.
///
/// An entry refers to a row of the history, so that the limits of the history bound the outbox too.
enum OutboxTable {
    static func make(_ database: Database) throws {
        try database.create(table: "outbox") { table in
            table.autoIncrementedPrimaryKey("position")
            table.column("id", .text).notNull()
            table.column("exchange", .integer).references("exchange", onDelete: .cascade).indexed()
            table.column("watch", .integer).references("pastWatch", onDelete: .cascade).indexed()
        }
    }

    /// Adds an exchange that the same transaction has stored.
    static func add(exchange row: Int, in database: Database) throws -> FleetRecordID {
        let id = try nextID(in: database)
        try database.cachedStatement(literal: "INSERT INTO outbox (id, exchange) VALUES (\(id), \(row))")
            .execute()
        return id
    }

    /// Adds a watch that the same transaction has stored.
    static func add(watch row: Int, in database: Database) throws {
        let id = try nextID(in: database)
        try database.cachedStatement(literal: "INSERT INTO outbox (id, watch) VALUES (\(id), \(row))")
            .execute()
    }

    /// Returns an ID for the current time that is greater than the IDs of all entries.
    ///
    /// A reader of the fleet's database remembers the last ID of each node. The IDs therefore follow the order in which
    /// the exchanges are stored, not the order in which the exchanges began.
    private static func nextID(in database: Database) throws -> FleetRecordID {
        let id = TimeOrderedID.make(at: try database.transactionDate)
        let last = try SQLRequest<String>(
            literal: "SELECT id FROM outbox ORDER BY position DESC LIMIT 1",
            cached: true
        ).fetchOne(database)
        guard let last, last >= id else { return id }
        return TimeOrderedID.make(after: last) ?? id
    }

    static func entries(limit: Int, in database: Database) throws -> [OutboxEntry] {
        let query: SQL = """
            SELECT outbox.position, outbox.id AS entry, outbox.watch, pastWatch.state,
                detail.*, mapping.text AS mapping, identity.text AS identity, role.text AS role,
                token.fingerprint, token.header, token.payload
            FROM outbox LEFT JOIN exchange ON exchange.id = outbox.exchange
            LEFT JOIN detail ON detail.id = exchange.id
            LEFT JOIN label AS mapping ON mapping.id = exchange.mapping
            LEFT JOIN label AS identity ON identity.id = exchange.identity
            LEFT JOIN label AS role ON role.id = exchange.role
            LEFT JOIN token ON token.id = detail.token
            LEFT JOIN pastWatch ON pastWatch.id = outbox.watch
            ORDER BY outbox.position LIMIT \(limit)
            """
        var claims: [String: Claims] = [:]
        return try SQLRequest<Row>(literal: query, cached: true).fetchAll(database).compactMap { row in
            guard let position: Int = row.value("position"), let id: String = row.value("entry") else {
                return nil
            }
            return OutboxEntry(position: position, id: id, content: content(row, &claims))
        }
    }

    private static func content(_ row: Row, _ claims: inout [String: Claims]) -> OutboxEntry.Content {
        let watch: Int? = row.value("watch")
        if watch != nil {
            return row.value("state").flatMap(Watch.init(text:)).map(OutboxEntry.Content.watch) ?? .unreadable
        }
        guard let decoded = try? ExchangeRow(row: row), let record = ExchangeRecord(decoded, &claims) else {
            return .unreadable
        }
        return .exchange(record)
    }

    static func remove(through position: Int, in database: Database) throws {
        try database.cachedStatement(literal: "DELETE FROM outbox WHERE position <= \(position)").execute()
    }

    static func count(in database: Database) throws -> Int {
        try SQLRequest<Int>(sql: "SELECT count(*) FROM outbox", cached: true).fetchOne(database) ?? 0
    }
}
