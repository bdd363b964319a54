package import Federation
import Foundation
import GRDB

extension HistoryStore {
    /// Keeps an exchange.
    ///
    /// - Parameter record: The exchange; nothing in it is secret.
    /// - Returns: The number that the history gives it, which is its `id` when it is read again.
    /// - Throws: ``HistoryError`` when it was not kept.
    @discardableResult
    package func append(_ record: ExchangeRecord) async throws(HistoryError) -> ExchangeRecord.ID {
        try await append([record]).first ?? record.id
    }

    /// Keeps several exchanges, all or none of them; now and then those that are too old or too many go.
    ///
    /// - Parameter records: The exchanges.
    /// - Returns: The number of each.
    /// - Throws: ``HistoryError`` when none was kept.
    @discardableResult
    package func append(_ records: [ExchangeRecord]) async throws(HistoryError) -> [ExchangeRecord.ID] {
        guard let now = records.last?.at else { return [] }
        let (ids, isTrimDue) = try await write { [settings] database in
            let ids = try records.map {
                try Self.insert($0, keepsClaims: settings.keepsClaims, into: database)
            }
            return (ids, try Self.isTrimDue(after: ids.count, at: now, settings, in: database))
        }
        if isTrimDue { try await trim(at: now) }
        return ids
    }

    private static func insert(
        _ record: ExchangeRecord,
        keepsClaims: Bool,
        into database: Database
    ) throws -> Int {
        let id = try freeID(at: record.at, in: database)
        let failure = try record.failure.map { try label("\($0.code) \($0.message)", in: database) }
        try database.cachedStatement(
            literal: """
                INSERT INTO exchange (id, mapping, identity, role, failed, failure)
                VALUES (\(id), \(label(record.mapping, in: database)), \(label(record.identity, in: database)),
                    \(label(record.roleARN.description, in: database)), \(record.outcome == .failed), \(failure))
                """
        ).execute()
        let token = try record.token.map { try self.token($0, keepsClaims: keepsClaims, in: database) }
        try insertDetail(of: record, id: id, token: token, into: database)
        return id
    }

    private static func insertDetail(
        of record: ExchangeRecord,
        id: Int,
        token: Int?,
        into database: Database
    ) throws {
        let steps = try JSONEncoder().encode(record.steps.map(StoredStep.init))
        let azure = record.token?.clockOffset
        try database.cachedStatement(
            literal: """
                INSERT INTO detail (id, at, steps, token, source, received, seenBefore, azureOffset, azureUncertainty,
                    awsOffset, awsUncertainty, credentialExpiry, accessKeyID, assumedRoleARN)
                VALUES (\(id), \(record.at.timeIntervalSince1970), \(String(decoding: steps, as: UTF8.self)),
                    \(token), \(record.token?.source.rawValue), \(record.token?.received.timeIntervalSince1970),
                    \(record.token?.seenBefore), \(azure?.offset.nanoseconds), \(azure?.uncertainty.nanoseconds),
                    \(record.clockOffset?.offset.nanoseconds), \(record.clockOffset?.uncertainty.nanoseconds),
                    \(record.credentialExpiry?.timeIntervalSince1970), \(record.accessKeyID),
                    \(record.assumedRoleARN))
                """
        ).execute()
    }

    /// The instant in microseconds, or the next number that is free after those of the same second.
    private static func freeID(at instant: Date, in database: Database) throws -> Int {
        var id = instant.microseconds
        while try SQLRequest<Bool>(literal: "SELECT 1 FROM exchange WHERE id = \(id)", cached: true).fetchOne(
            database
        ) != nil {
            let last = try SQLRequest<Int>(
                literal: "SELECT max(id) FROM exchange WHERE id BETWEEN \(id) AND \(id + 999_999)",
                cached: true
            ).fetchOne(database)
            id = (last ?? id) + 1
        }
        return id
    }

    private static func label(_ text: String, in database: Database) throws -> Int {
        try SQLRequest<Int>(literal: "SELECT id FROM label WHERE text = \(text)", cached: true).fetchOne(
            database
        )
            ?? SQLRequest<Int>(
                literal: "INSERT INTO label (text) VALUES (\(text)) RETURNING id",
                cached: true
            ).fetchOne(database)
            ?? 0
    }

    /// The row of a token; one that was kept without its claims gets them when they are known.
    private static func token(_ facts: TokenFacts, keepsClaims: Bool, in database: Database) throws -> Int {
        let claims = keepsClaims ? facts.claims : facts.claims.reduced
        let header = JSONValue.object(claims.header).compactText
        let payload = JSONValue.object(claims.payload).compactText
        return try SQLRequest<Int>(
            literal: """
                INSERT INTO token (fingerprint, header, payload) VALUES (\(facts.fingerprint), \(header), \(payload))
                ON CONFLICT (fingerprint) DO UPDATE SET
                    header = iif(length(excluded.payload) > length(payload), excluded.header, header),
                    payload = iif(length(excluded.payload) > length(payload), excluded.payload, payload)
                RETURNING id
                """,
            cached: true
        ).fetchOne(database) ?? 0
    }
}

extension Claims {
    /// What is kept of a token whose claims are not: enough to tell tokens apart and to bound a wait.
    fileprivate var reduced: Claims {
        let names: Set = ["uti", "iat", "exp", "roles"]
        return Claims(header: [:], payload: payload.filter { names.contains($0.key) })
    }
}
