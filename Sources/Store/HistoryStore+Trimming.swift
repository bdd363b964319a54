import Federation
package import Foundation
import GRDB

extension HistoryStore {
    /// So many rows go in one transaction, lest other processes wait.
    private static let batch = 5000
    private static let day = TimeInterval(86_400)

    /// Counts exchanges that were kept, and tells whether it is time to remove others.
    ///
    /// It is once a day, and whenever a tenth of what is kept came in since. Only one process is told so.
    static func isTrimDue(
        after count: Int,
        at now: Date,
        _ settings: HistorySettings,
        in database: Database
    ) throws -> Bool {
        let now = now.timeIntervalSince1970
        let most = max(settings.rows / 10, 100)
        try database.cachedStatement(literal: "UPDATE housekeeping SET appended = appended + \(count)")
            .execute()
        try database.cachedStatement(
            literal: """
                UPDATE housekeeping SET appended = 0, trimmedAt = \(now)
                WHERE appended > \(most) OR abs(\(now) - trimmedAt) > \(day)
                """
        ).execute()
        return database.changesCount > 0
    }

    /// Removes what is older or more than the settings keep.
    ///
    /// - Parameter now: The present instant.
    /// - Throws: ``HistoryError`` when the file cannot be written.
    package func trim(at now: Date) async throws(HistoryError) {
        let limit = try await firstKept(at: now)
        while try await remove(before: limit) == Self.batch {}
        try await write(Self.removeOrphans)
        let oldest = now.timeIntervalSince1970 - Double(settings.days) * Self.day
        try await write { [rows = settings.rows] database in
            try Self.removeWatches(before: oldest, keeping: rows, in: database)
        }
    }

    /// The number below which exchanges are too old or too many.
    private func firstKept(at now: Date) async throws(HistoryError) -> Int {
        let oldest = now.microseconds - settings.days * 86_400_000_000
        let excess = try await read { [settings] database in
            try SQLRequest<Int>(
                literal: "SELECT id FROM exchange ORDER BY id DESC LIMIT 1 OFFSET \(settings.rows)"
            ).fetchOne(database)
        }
        return max(oldest, excess.map { $0 + 1 } ?? oldest)
    }

    private func remove(before limit: Int) async throws(HistoryError) -> Int {
        try await write { database in
            try database.execute(
                literal: """
                    DELETE FROM exchange
                    WHERE id IN (SELECT id FROM exchange WHERE id < \(limit) LIMIT \(Self.batch))
                    """
            )
            return database.changesCount
        }
    }

    /// Removes watches and waits that are too old or too many.
    private static func removeWatches(before oldest: Double, keeping rows: Int, in database: Database) throws
    {
        try database.execute(
            literal: """
                DELETE FROM pastWatch WHERE ended < \(oldest) OR id <= (SELECT max(id) FROM pastWatch) - \(rows);
                DELETE FROM wait WHERE began < \(oldest) OR id <= (SELECT max(id) FROM wait) - \(rows)
                """
        )
    }

    /// Removes tokens and texts that no exchange refers to any more.
    private static func removeOrphans(_ database: Database) throws {
        try database.execute(
            sql: """
                DELETE FROM token WHERE id NOT IN (SELECT token FROM detail WHERE token IS NOT NULL);
                DELETE FROM label WHERE id NOT IN (
                    SELECT mapping FROM exchange UNION SELECT identity FROM exchange
                    UNION SELECT role FROM exchange UNION SELECT failure FROM exchange WHERE failure IS NOT NULL
                )
                """
        )
    }
}
