/// The database schema of the history, and its migrations.
///
/// An exchange is split over three tables. `exchange` has few columns, so that filters read little data; `detail` has
/// the displayed values; `token` has the values shared by exchanges with the same token. Names and failures are
/// stored in `label`, so that a search reads each text only once.
///
/// `exchange.id` is the time of the exchange in microseconds since 1970 (see ``ExchangeRecord/cloudTime``), incremented
/// if necessary to be unique. Pages by ID are therefore pages by time, every index ends with the ID, and an age limit
/// is a range of IDs.
///
/// Earlier versions used GRDB, which records the applied migrations in the table `grdb_migrations`. This table and the
/// texts of the statements remain as they were, so that versions with and without GRDB can use the same file if they
/// have the same migrations.
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
