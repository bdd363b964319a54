import Federation
import FoundationEssentials
import Synchronization

/// The SQL statements for exchanges; every function runs in the caller's transaction.
enum ExchangeTable {
    /// The maximum number of exchanges deleted in one transaction.
    private static let batch = 5000
    private static let day = TimeInterval(86_400)
    /// The longest plausible time since the last trim, in seconds; after a longer time, the clock may be wrong.
    private static let longestPause = 90 * day

    // MARK: Insertion

    static func insert(
        _ record: ExchangeRecord,
        keepsClaims: Bool,
        tokens: StoredTokens,
        into database: SQLiteConnection
    ) throws -> Int {
        let id = try freeID(at: record.cloudTime, in: database)
        let failure = try record.failure.map { try label("\($0.code) \($0.message)", in: database) }
        try database.execute(
            """
            INSERT INTO exchange (id, mapping, identity, role, failed, failure)
            VALUES (\(id), \(label(record.mapping, in: database)), \(label(record.identity, in: database)),
                \(label(record.roleARN.description, in: database)), \(record.outcome == .failed), \(failure))
            """
        )
        let token = try record.token.map {
            try self.token($0, keepsClaims: keepsClaims, tokens: tokens, in: database)
        }
        try insertDetail(of: record, id: id, token: token, into: database)
        return id
    }

    private static func insertDetail(
        of record: ExchangeRecord,
        id: Int,
        token: Int?,
        into database: SQLiteConnection
    ) throws {
        let steps = try JSONEncoder().encode(record.steps.map(StoredStep.init))
        let azure = record.token?.clockOffset
        try database.execute(
            """
            INSERT INTO detail (id, at, steps, token, source, received, seenBefore, azureOffset, azureUncertainty,
                awsOffset, awsUncertainty, credentialExpiry, accessKeyID, assumedRoleARN)
            VALUES (\(id), \(record.at.storedSeconds), \(String(decoding: steps, as: UTF8.self)),
                \(token), \(record.token?.source.rawValue), \(record.token?.received.storedSeconds),
                \(record.token?.seenBefore), \(azure?.offset.nanoseconds), \(azure?.uncertainty.nanoseconds),
                \(record.clockOffset?.offset.nanoseconds), \(record.clockOffset?.uncertainty.nanoseconds),
                \(record.credentialExpiry?.storedSeconds), \(record.accessKeyID),
                \(record.assumedRoleARN))
            """
        )
    }

    /// Returns the instant in microseconds as an ID; if another exchange has the ID, returns the next free ID.
    private static func freeID(at instant: Date, in database: SQLiteConnection) throws -> Int {
        var id = instant.microseconds
        while try database.integer("SELECT 1 FROM exchange WHERE id = \(id)") != nil {
            let last = try database.integer(
                "SELECT max(id) FROM exchange WHERE id BETWEEN \(id) AND \(id + 999_999)"
            )
            id = (last ?? id) + 1
        }
        return id
    }

    private static func label(_ text: String, in database: SQLiteConnection) throws -> Int {
        try database.integer("SELECT id FROM label WHERE text = \(text)")
            ?? database.integer("INSERT INTO label (text) VALUES (\(text)) RETURNING id")
            ?? 0
    }

    /// Returns the ID of the token's row; inserts a missing row, and replaces stored claims by more complete claims.
    private static func token(
        _ facts: TokenFacts,
        keepsClaims: Bool,
        tokens: StoredTokens,
        in database: SQLiteConnection
    ) throws -> Int {
        let fingerprint = facts.fingerprint
        if tokens.contains(fingerprint),
            let id = try database.integer("SELECT id FROM token WHERE fingerprint = \(fingerprint)")
        {
            return id
        }
        defer { tokens.insert(fingerprint) }
        let claims = keepsClaims ? facts.claims : facts.claims.reduced
        let header = JSONValue.object(claims.header).compactText
        let payload = JSONValue.object(claims.payload).compactText
        return try database.integer(
            """
            INSERT INTO token (fingerprint, header, payload) VALUES (\(fingerprint), \(header), \(payload))
            ON CONFLICT (fingerprint) DO UPDATE SET
                header = iif(length(excluded.payload) > length(payload), excluded.header, header),
                payload = iif(length(excluded.payload) > length(payload), excluded.payload, payload)
            RETURNING id
            """
        ) ?? 0
    }

    // MARK: Queries

    /// Returns the exchanges on a page; fewer than `limit` only if there are no more.
    ///
    /// Skips a row that this version cannot decode, and continues with the next row.
    static func records(
        _ filter: HistoryFilter,
        at position: HistoryPosition,
        limit: Int,
        in database: SQLiteConnection
    ) throws -> [ExchangeRecord] {
        // Exchanges share tokens, so each token's claims are decoded only once.
        var claims: [String: Claims] = [:]
        var records: [ExchangeRecord] = []
        var position = position
        var wanted = limit
        while true {
            var ids: [Int] = []
            let found = try database.rows(page(filter, at: position, limit: wanted)) { row in
                if let id = row.integer(0) { ids.append(id) }
                return ExchangeRow(row, from: 1).flatMap { ExchangeRecord($0, &claims) }
            }
            records =
                position.isFromOldest
                ? Array((found + records).suffix(limit))
                : Array((records + found).prefix(limit))
            guard ids.count == wanted, records.count < limit, let newest = ids.first, let oldest = ids.last
            else { return records }
            position = position.isFromOldest ? .after(newest) : .before(oldest)
            wanted = max(limit, 100)
        }
    }

    static func plan(of filter: HistoryFilter, at position: HistoryPosition, in database: SQLiteConnection)
        throws
        -> [String]
    {
        let query: SQL = "EXPLAIN QUERY PLAN \(page(filter, at: position, limit: 50))"
        return try database.rows(query) { $0.text(3) }
    }

    private static func page(_ filter: HistoryFilter, at position: HistoryPosition, limit: Int) -> SQL {
        let order: SQL = position.isFromOldest ? "ASC" : "DESC"
        return """
            WITH \(filter.matches)
            page AS MATERIALIZED (
                SELECT id, mapping, identity, role FROM exchange WHERE \(filter.condition(at: position))
                ORDER BY id \(order) LIMIT \(limit)
            )
            SELECT page.id, \(ExchangeRow.columns)
            FROM page LEFT JOIN detail ON detail.id = page.id
            LEFT JOIN label AS mapping ON mapping.id = page.mapping
            LEFT JOIN label AS identity ON identity.id = page.identity
            LEFT JOIN label AS role ON role.id = page.role
            LEFT JOIN token ON token.id = detail.token
            ORDER BY page.id DESC
            """
    }

    /// Whether a token with this fingerprint is stored, or one of the 1,000 newest tokens has this `uti` claim.
    static func knows(fingerprint: String, uniqueID: String?, in database: SQLiteConnection) throws -> Bool {
        let same: SQL = "SELECT 1 FROM token WHERE fingerprint = \(fingerprint)"
        if try database.integer(same) != nil { return true }
        guard let uniqueID else { return false }
        let query: SQL = """
            SELECT 1 FROM (SELECT payload FROM token ORDER BY id DESC LIMIT 1000)
            WHERE json_valid(payload) AND payload ->> '$.uti' = \(uniqueID) LIMIT 1
            """
        return try database.integer(query) != nil
    }

    /// Returns the ID of the mapping's last exchange whose token does not have this fingerprint.
    static func lastID(
        of mapping: RoleMapping.ID,
        otherThan fingerprint: String,
        in database: SQLiteConnection
    ) throws -> Int? {
        let query: SQL = """
            SELECT exchange.id FROM exchange JOIN detail ON detail.id = exchange.id
            JOIN token ON token.id = detail.token
            WHERE exchange.mapping = (SELECT id FROM label WHERE text = \(mapping))
                AND token.fingerprint <> \(fingerprint)
            ORDER BY exchange.id DESC LIMIT 1
            """
        return try database.integer(query)
    }

    // MARK: Retention

    /// Adds `count` to the number of exchanges since the last trim; returns whether a trim is due.
    ///
    /// - A trim is due once a day, and after many new exchanges (over 100 and over a tenth of the row limit).
    /// - If several processes call this function, only one call returns `true` for each trim.
    /// - After 90 days without a trim, the trim is postponed, because the clock may be wrong.
    static func isTrimDue(
        after count: Int,
        at now: Date,
        _ settings: HistorySettings,
        in database: SQLiteConnection
    ) throws -> Bool {
        let now = now.storedSeconds
        let trimThreshold = max(settings.rows / 10, 100)
        let last = try database.first("SELECT trimmedAt FROM housekeeping") { $0.real(0) }
        try database.execute("UPDATE housekeeping SET appended = appended + \(count)")
        try database.execute(
            """
            UPDATE housekeeping SET appended = 0, trimmedAt = \(now)
            WHERE appended > \(trimThreshold) OR abs(\(now) - trimmedAt) > \(day)
            """
        )
        guard database.changedRowCount > 0 else { return false }
        return last == 0 || last.map { now - $0 < longestPause } ?? true
    }

    /// Returns the smallest ID within the retention limits.
    static func oldestID(at now: Date, _ settings: HistorySettings, in database: SQLiteConnection) throws
        -> Int
    {
        let oldest = (now - Double(settings.days) * day).microseconds
        let excess = try database.integer(
            "SELECT id FROM exchange ORDER BY id DESC LIMIT 1 OFFSET \(settings.rows)"
        )
        guard let excess, excess >= oldest else { return oldest }
        return excess == .max ? excess : excess + 1
    }

    /// Deletes the next batch of rows before an ID; returns `false` after the last batch.
    static func removeBatch(before id: Int, in database: SQLiteConnection) throws -> Bool {
        try database.execute(
            "DELETE FROM exchange WHERE id IN (SELECT id FROM exchange WHERE id < \(id) LIMIT \(batch))"
        )
        return database.changedRowCount == batch
    }

    /// Deletes the tokens and labels that no exchange uses.
    static func removeOrphans(in database: SQLiteConnection) throws {
        try database.executeAll(
            """
            DELETE FROM token WHERE id NOT IN (SELECT token FROM detail WHERE token IS NOT NULL);
            DELETE FROM label WHERE id NOT IN (
                SELECT mapping FROM exchange UNION SELECT identity FROM exchange
                UNION SELECT role FROM exchange UNION SELECT failure FROM exchange WHERE failure IS NOT NULL
            )
            """
        )
    }
}

extension ExchangeRecord {
    /// The minimum clock offset for a correction of an exchange's time.
    private static let accepted = Duration.seconds(60)

    /// The time of the exchange, corrected by a measured clock offset over 60 s.
    ///
    /// Without the correction, an exchange from a host with a fast clock would remain the latest exchange for too long.
    /// The correction is omitted if the cloud's clock seems to be wrong.
    var cloudTime: Date {
        if case .server = clocks.verdict { return at }
        guard let offset = (clockOffset ?? token?.clockOffset)?.offset,
            offset > Self.accepted || offset < .zero - Self.accepted
        else { return at }
        let time = at + offset.seconds
        return time.isStorable ? time : at
    }
}

extension Claims {
    /// The claims that are always stored: the minimum to distinguish tokens and to determine the longest possible wait.
    fileprivate var reduced: Claims {
        let names: Set = ["uti", "iat", "exp", "roles"]
        return Claims(header: [:], payload: payload.filter { names.contains($0.key) })
    }
}

/// The fingerprints of the tokens that this process has stored.
///
/// Thousands of exchanges may share a token. Encoding a token's claims takes longer than storing an exchange, so
/// the claims are not encoded again for a stored token.
final class StoredTokens: Sendable {
    /// The maximum number of fingerprints; a host has a token for each identity and audience.
    private static let limit = 1000

    private let fingerprints = Mutex<Set<String>>([])

    func contains(_ fingerprint: String) -> Bool {
        fingerprints.withLock { $0.contains(fingerprint) }
    }

    func insert(_ fingerprint: String) {
        fingerprints.withLock { fingerprints in
            if fingerprints.count >= Self.limit { fingerprints.removeAll() }
            fingerprints.insert(fingerprint)
        }
    }
}
