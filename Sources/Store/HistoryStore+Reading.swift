package import Federation
import GRDB

extension HistoryStore {
    /// The exchanges that a filter lets through, newest first, a page of them.
    ///
    /// - Parameters:
    ///   - filter: What they must be like.
    ///   - before: The last one of the page before; the newest page without it.
    ///   - limit: How many at most.
    /// - Returns: The exchanges; fewer than `limit` when there are no more.
    /// - Throws: ``HistoryError`` when the file cannot be read.
    package func records(
        matching filter: HistoryFilter = HistoryFilter(),
        before: ExchangeRecord.ID? = nil,
        limit: Int
    ) async throws(HistoryError) -> [ExchangeRecord] {
        try await records(matching: filter, at: before.map(HistoryPlace.before) ?? .newest, limit: limit)
    }

    /// The exchanges that a filter lets through at a place, newest first, a page of them.
    ///
    /// - Parameters:
    ///   - filter: What they must be like.
    ///   - place: Where they are.
    ///   - limit: How many at most.
    /// - Returns: The exchanges; fewer than `limit` when there are no more on that side.
    /// - Throws: ``HistoryError`` when the file cannot be read, or the filter's expression takes too long.
    package func records(
        matching filter: HistoryFilter,
        at place: HistoryPlace,
        limit: Int
    ) async throws(HistoryError) -> [ExchangeRecord] {
        let search = filter.expression.map(LabelSearch.init)
        let found = try await read { database in
            if let search { database.add(function: search.function) }
            defer { if let search { database.remove(function: search.function) } }
            // Exchanges share tokens: each is read once.
            var claims: [String: Claims] = [:]
            return try SQLRequest<ExchangeRow>(literal: Self.page(filter, at: place, limit: limit))
                .fetchAll(database).compactMap { ExchangeRecord($0, &claims) }
        }
        if let search, search.hasGivenUp { throw .endless(expression: filter.expression?.pattern ?? "") }
        return found
    }

    /// Whether a token is known: by its fingerprint, or by its `uti` among the latest thousand.
    ///
    /// - Throws: ``HistoryError`` when the file cannot be read.
    package func knows(fingerprint: String, uniqueID: String?) async throws(HistoryError) -> Bool {
        try await read { database in
            let same: SQL = "SELECT 1 FROM token WHERE fingerprint = \(fingerprint)"
            if try SQLRequest<Bool>(literal: same, cached: true).fetchOne(database) != nil { return true }
            guard let uniqueID else { return false }
            let query: SQL = """
                SELECT 1 FROM (SELECT payload FROM token ORDER BY id DESC LIMIT 1000)
                WHERE payload ->> '$.uti' = \(uniqueID) LIMIT 1
                """
            return try SQLRequest<Bool>(literal: query, cached: true).fetchOne(database) != nil
        }
    }

    /// The last token of a mapping other than the one with that fingerprint.
    ///
    /// - Returns: `nil` when there was none.
    /// - Throws: ``HistoryError`` when the file cannot be read.
    package func lastToken(
        of mapping: RoleMapping.ID,
        otherThan fingerprint: String
    ) async throws(HistoryError) -> TokenFacts? {
        let found = try await read { database in
            let query: SQL = """
                SELECT exchange.id FROM exchange JOIN detail ON detail.id = exchange.id
                JOIN token ON token.id = detail.token
                WHERE exchange.mapping = (SELECT id FROM label WHERE text = \(mapping))
                    AND token.fingerprint <> \(fingerprint)
                ORDER BY exchange.id DESC LIMIT 1
                """
            return try SQLRequest<Int>(literal: query, cached: true).fetchOne(database)
        }
        guard let found else { return nil }
        return try await records(matching: HistoryFilter(mapping: mapping), before: found + 1, limit: 1)
            .first?.token
    }

    /// How SQLite goes about a page: the lines of its query plan.
    func plan(of filter: HistoryFilter, at place: HistoryPlace = .newest) async throws(HistoryError)
        -> [String]
    {
        try await read { database in
            let query: SQL = "EXPLAIN QUERY PLAN \(Self.page(filter, at: place, limit: 50))"
            return try SQLRequest<Row>(literal: query).fetchAll(database).map { $0["detail"] }
        }
    }

    private static func page(_ filter: HistoryFilter, at place: HistoryPlace, limit: Int) -> SQL {
        let order: SQL = place.isFromOldest ? "ASC" : "DESC"
        return """
            WITH \(filter.matches)
            page AS MATERIALIZED (
                SELECT id, mapping, identity, role FROM exchange WHERE \(filter.condition(at: place))
                ORDER BY id \(order) LIMIT \(limit)
            )
            SELECT detail.*, mapping.text AS mapping, identity.text AS identity, role.text AS role,
                token.fingerprint, token.header, token.payload
            FROM page JOIN detail ON detail.id = page.id
            JOIN label AS mapping ON mapping.id = page.mapping
            JOIN label AS identity ON identity.id = page.identity
            JOIN label AS role ON role.id = page.role
            LEFT JOIN token ON token.id = detail.token
            ORDER BY page.id DESC
            """
    }
}
