/// The database schema of the history, and its migrations.
///
/// An exchange uses four tables:
/// - `exchange` has few columns, so that filters read little data.
/// - `detail` has the displayed values.
/// - `token` has the values that exchanges with the same token share.
/// - `label` has each name and each failure once, so that a search reads each text once.
///
/// `exchange.id` is the time of the exchange in microseconds since 1970 (see ``ExchangeRecord/cloudTime``). If another
/// exchange already has this ID, the new exchange gets the next free ID. IDs sort by time, so a page or an age limit is
/// a range of IDs. Every index ends with the ID.
///
/// Earlier versions used the library GRDB, which records applied migrations in the table `grdb_migrations`. Versions
/// with the same migrations share files, so the table and the statements must not change.
enum HistorySchema {
    /// The migrations, oldest first, and the statements of each.
    static let migrations = [
        ("exchanges", makeExchanges), ("watches", WatchTable.schema), ("outbox", OutboxTable.schema),
    ]

    /// Whether the database has all migrations of this version.
    ///
    /// - Throws: ``HistorySchemaError/newer`` if a later version has migrated the database; ``SQLiteError`` if the
    ///   database cannot be read.
    static func isCurrent(_ database: SQLiteConnection) throws -> Bool {
        try database.transaction(.read) { try missing(in: database).isEmpty }
    }

    /// Applies the migrations that have not been applied, in one transaction.
    static func migrate(_ database: SQLiteConnection) throws {
        if try isCurrent(database) { return }
        try database.transaction(.write) {
            // Another process may have migrated the database in the meantime.
            let missing = try missing(in: database)
            try database.executeAll(
                "CREATE TABLE IF NOT EXISTS grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)"
            )
            for (identifier, statements) in missing {
                try database.executeAll(statements)
                try database.execute("INSERT INTO grdb_migrations (identifier) VALUES (\(identifier))")
            }
        }
    }

    /// Returns the migrations that have not been applied.
    private static func missing(in database: SQLiteConnection) throws -> [(String, String)] {
        let table: SQL = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'grdb_migrations'"
        guard try database.integer(table) != nil else { return migrations }
        let applied = Set(try database.rows("SELECT identifier FROM grdb_migrations") { $0.text(0) })
        guard applied.isSubset(of: migrations.map(\.0)) else { throw HistorySchemaError.newer }
        return migrations.filter { !applied.contains($0.0) }
    }

    private static let makeExchanges = """
        CREATE TABLE "label" ("id" INTEGER PRIMARY KEY, "text" TEXT NOT NULL UNIQUE);
        CREATE TABLE "token" ("id" INTEGER PRIMARY KEY, "fingerprint" TEXT NOT NULL UNIQUE, "header" TEXT NOT NULL, \
        "payload" TEXT NOT NULL);
        CREATE TABLE "exchange" ("id" INTEGER PRIMARY KEY, "mapping" INTEGER NOT NULL, "identity" INTEGER NOT NULL, \
        "role" INTEGER NOT NULL, "failed" BOOLEAN NOT NULL, "failure" INTEGER);
        CREATE INDEX "exchange_mapping" ON "exchange"("mapping");
        CREATE INDEX "exchange_mapping_failed" ON "exchange"("mapping", "failed");
        CREATE INDEX "exchange_identity" ON "exchange"("identity");
        CREATE INDEX "exchange_identity_failed" ON "exchange"("identity", "failed");
        CREATE INDEX "exchange_failed" ON "exchange"("failed");
        CREATE TABLE "detail" ("id" INTEGER PRIMARY KEY REFERENCES "exchange"("id") ON DELETE CASCADE, \
        "at" DOUBLE NOT NULL, "steps" TEXT NOT NULL, "token" INTEGER, "source" TEXT, "received" DOUBLE, \
        "seenBefore" BOOLEAN, "azureOffset" INTEGER, "azureUncertainty" INTEGER, "awsOffset" INTEGER, \
        "awsUncertainty" INTEGER, "credentialExpiry" DOUBLE, "accessKeyID" TEXT, "assumedRoleARN" TEXT);
        CREATE TABLE "housekeeping" ("trimmedAt" DOUBLE NOT NULL, "appended" INTEGER NOT NULL);
        INSERT INTO housekeeping (trimmedAt, appended) VALUES (0, 0);
        """
}

/// A schema that this version of cambist cannot use.
enum HistorySchemaError: Error {
    /// A later version of cambist has migrated the database.
    case newer
}
