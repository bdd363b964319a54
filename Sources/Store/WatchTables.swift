import GRDB

/// The tables of watches: those that run, those that have ended, and how long each cause was waited for.
///
/// The state of a watch is JSON that only a watch can read; what is asked for stands in columns beside it.
enum WatchTables {
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
}
