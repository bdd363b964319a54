import GRDB

/// The database schema of the history, and its migrations.
///
/// An exchange is split over three tables. `exchange` has few columns, so that filters read little data; `detail` has
/// the displayed values; `token` has the values shared by exchanges with the same token. Names and failures are
/// stored in `label`, so that each text is searched only once.
///
/// `exchange.id` is the time of the exchange in microseconds since 1970 (see ``ExchangeRecord/cloudTime``), incremented
/// if necessary to be unique. Pages by ID are therefore pages by time, every index ends with the ID, and an age limit
/// is a range of IDs.
enum HistorySchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("exchanges", migrate: makeExchanges)
        migrator.registerMigration("watches", migrate: WatchTable.make)
        migrator.registerMigration("outbox", migrate: OutboxTable.make)
        return migrator
    }

    private static func makeExchanges(_ database: Database) throws {
        try database.create(table: "label") { table in
            table.primaryKey("id", .integer)
            table.column("text", .text).notNull().unique()
        }
        try database.create(table: "token") { table in
            table.primaryKey("id", .integer)
            table.column("fingerprint", .text).notNull().unique()
            table.column("header", .text).notNull()
            table.column("payload", .text).notNull()
        }
        try database.create(table: "exchange") { table in
            table.primaryKey("id", .integer)
            table.column("mapping", .integer).notNull()
            table.column("identity", .integer).notNull()
            table.column("role", .integer).notNull()
            table.column("failed", .boolean).notNull()
            table.column("failure", .integer)
        }
        for columns in [
            ["mapping"], ["mapping", "failed"], ["identity"], ["identity", "failed"], ["failed"],
        ] {
            let name = "exchange_" + columns.joined(separator: "_")
            try database.create(index: name, on: "exchange", columns: columns)
        }
        try database.create(table: "detail") { table in
            table.primaryKey("id", .integer).references("exchange", onDelete: .cascade)
            table.column("at", .double).notNull()
            table.column("steps", .text).notNull()
            table.column("token", .integer)
            table.column("source", .text)
            table.column("received", .double)
            table.column("seenBefore", .boolean)
            table.column("azureOffset", .integer)
            table.column("azureUncertainty", .integer)
            table.column("awsOffset", .integer)
            table.column("awsUncertainty", .integer)
            table.column("credentialExpiry", .double)
            table.column("accessKeyID", .text)
            table.column("assumedRoleARN", .text)
        }
        try database.create(table: "housekeeping") { table in
            table.column("trimmedAt", .double).notNull()
            table.column("appended", .integer).notNull()
        }
        try database.execute(sql: "INSERT INTO housekeeping (trimmedAt, appended) VALUES (0, 0)")
    }
}
