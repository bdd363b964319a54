package import Federation
package import FoundationEssentials

/// The last exchange of a mapping, and the time since which the outcome has been the same.
package struct LatestExchange: Hashable, Sendable {
    package let record: ExchangeRecord
    /// The time of the first exchange since the outcome last changed.
    package let since: Date

    package init(record: ExchangeRecord, since: Date) {
        self.record = record
        self.since = since
    }
}

extension HistoryStore {
    /// Returns the last exchange of each mapping, from one snapshot of the file.
    ///
    /// - Returns: The exchanges; a mapping without exchanges in the history has no entry.
    /// - Throws: ``HistoryError`` if the file cannot be read.
    package func latest(
        of mappings: [RoleMapping.ID]
    ) async throws(HistoryError) -> [RoleMapping.ID: LatestExchange] {
        try await read { database in
            var found: [RoleMapping.ID: LatestExchange] = [:]
            for mapping in mappings { found[mapping] = try ExchangeTable.latest(of: mapping, in: database) }
            return found
        }
    }
}

extension ExchangeTable {
    static func latest(of mapping: RoleMapping.ID, in database: SQLiteConnection) throws -> LatestExchange? {
        let filter = HistoryFilter(mapping: mapping)
        guard let record = try records(filter, at: .newest, limit: 1, in: database).first else { return nil }
        let label: SQL = "(SELECT id FROM label WHERE text = \(mapping))"
        let query: SQL = """
            SELECT at FROM detail WHERE id = (
                SELECT min(id) FROM exchange WHERE mapping = \(label) AND id > coalesce(
                    (SELECT max(id) FROM exchange
                        WHERE mapping = \(label) AND failed <> \(record.outcome == .failed)), \(Int.min)))
            """
        let since = try database.first(query) { $0.real(0) }
        return LatestExchange(record: record, since: since.map(Date.init(storedSeconds:)) ?? record.at)
    }
}
