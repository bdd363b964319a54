import CSQLite
import Federation
import Foundation
import Propagation
import TestSupport
import Testing

@testable import Store

/// Files whose columns have values that no version of cambist writes.
@Suite(.limited) struct ExtremeValuesTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)
    private static let values = [
        "9223372036854775807", "-9223372036854775808", "9e999", "-9e999", "1e300", "0", "-1", "''", "'nan'",
        "'\u{1F600}'", "x'00ff'", "NULL",
    ]

    private let scratch = Scratch()

    /// The columns except the keys.
    private static let columns = [
        ("detail", "at"), ("detail", "steps"), ("detail", "token"), ("detail", "source"),
        ("detail", "received"), ("detail", "seenBefore"), ("detail", "azureOffset"),
        ("detail", "azureUncertainty"), ("detail", "awsOffset"), ("detail", "awsUncertainty"),
        ("detail", "credentialExpiry"), ("detail", "accessKeyID"), ("detail", "assumedRoleARN"),
        ("token", "header"), ("token", "payload"), ("exchange", "mapping"), ("exchange", "identity"),
        ("exchange", "role"), ("exchange", "failed"), ("exchange", "failure"), ("watch", "state"),
        ("watch", "holder"), ("watch", "until"), ("pastWatch", "ended"), ("pastWatch", "state"),
        ("wait", "began"), ("wait", "seconds"), ("wait", "isComplete"), ("housekeeping", "trimmedAt"),
        ("housekeeping", "appended"),
    ]

    /// The columns that identify rows.
    private static let keys: Set = [
        "detail.id", "exchange.id", "grdb_migrations.identifier", "label.id", "label.text", "outbox.exchange",
        "outbox.id", "outbox.position", "outbox.watch", "pastWatch.id", "pastWatch.mapping",
        "token.fingerprint", "token.id", "wait.cause", "wait.id", "wait.mapping", "watch.mapping",
    ]

    @Test func `every column of the schema is tested or a key`() async throws {
        let columns = try await scratch.open().write { database in
            try database.rows(
                """
                SELECT t.name || '.' || c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c
                WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
                """
            ) { $0.text(0) }
        }
        #expect(Set(columns) == Self.keys.union(Self.columns.map { "\($0).\($1)" }))
    }

    /// Returns a store with an exchange, a running watch, a past watch, and a wait.
    private func filled() async throws -> HistoryStore {
        let store = try scratch.open()
        try await store.append(Samples.full())
        let lease = WatchLease(holder: "a", until: Self.now + 60)
        for mapping in ["audit", "billing"] {
            let watch = Watch(of: mapping, at: Self.now, timing: PropagationTiming())
            _ = try await store.begin(watch, lease: lease, now: Self.now)
        }
        var ended = Watch(of: "billing", at: Self.now, timing: PropagationTiming())
        _ = ended.event(.expired(Self.now + 60))
        try await store.end(ended)
        try await store.write { database in
            try database.execute(
                """
                INSERT INTO wait (mapping, cause, began, seconds, isComplete)
                VALUES ('audit', \(WatchCause.allCases[0].rawValue), 1800000000, 60, 1)
                """
            )
        }
        return store
    }

    /// Makes the calls of a console start and of an exchange.
    private func useAll(_ store: HistoryStore) async throws {
        for record in try await store.records(limit: 100) {
            #expect(abs(record.at.timeIntervalSince1970) < 1e12)
        }
        _ = try await store.records(matching: HistoryFilter(since: .distantPast, text: "audit"), limit: 10)
        _ = try await store.knows(fingerprint: "none", uniqueID: "none")
        _ = try await store.lastToken(of: "audit", otherThan: "none")
        for watch in try await store.watches() { _ = watch.watch.waits(at: Self.now) }
        _ = try await store.pastWatches(limit: 10)
        for cause in WatchCause.allCases {
            for wait in try await store.waits(for: cause, now: Self.now) { #expect(wait.duration >= .zero) }
        }
        _ = try await store.claim(
            "audit",
            lease: WatchLease(holder: "b", until: Self.now + 60),
            now: Self.now
        )
        try await store.append(Samples.record(at: Self.now + 1))
        try await store.trim(at: Self.now)
    }

    @Test(arguments: columns)
    func `reads and writes survive any value of any column`(_ table: String, _ column: String) async throws {
        let store = try await filled()
        for value in Self.values {
            try await store.write { database in
                do {
                    try database.executeAll("UPDATE OR IGNORE \(table) SET \(column) = \(value)")
                } catch let error as SQLiteError where error.primaryCode == SQLITE_CONSTRAINT {
                    // The schema refuses the value.
                }
            }
            try await useAll(store)
        }
        try store.close()
        try await useAll(scratch.open())
    }

    @Test(arguments: [Int.max, .min, 0])
    func `an extreme ID is read, and paging continues past it`(_ id: Int) async throws {
        let store = try await filled()
        try await store.write { database in
            try database.execute("PRAGMA defer_foreign_keys = ON")
            try database.execute("UPDATE exchange SET id = \(id)")
            try database.execute("UPDATE detail SET id = \(id)")
        }
        #expect(try await store.records(limit: 10).map(\.id) == [id])
        #expect(try await store.lastToken(of: "audit", otherThan: "none") != nil)
        _ = try await store.records(before: id, limit: 10)
        try await useAll(store)
    }

    // The arguments are seconds, because the description of such a date traps.
    @Test(arguments: [-63_114_076_800, 64_092_211_200, 1e300, -1e300, TimeInterval.infinity, .nan])
    func `an exchange with an unbounded instant is stored within the years 1 to 9999`(
        _ seconds: TimeInterval
    ) async throws {
        let at = Date(timeIntervalSince1970: seconds)
        let store = try scratch.open()
        var token = Samples.token()
        token = TokenFacts(
            fingerprint: token.fingerprint,
            claims: token.claims,
            source: token.source,
            received: at,
            seenBefore: false,
            clockOffset: ClockOffset(offset: .seconds(Int64.max), uncertainty: .seconds(Int64.min))
        )
        for _ in 0..<2 { try await store.append(Samples.record(at: at, token: token)) }
        let records = try await store.records(limit: 10)
        #expect(records.count == 2)
        for record in records {
            #expect((-62_135_596_800...253_402_300_799).contains(record.at.timeIntervalSince1970))
        }
        try await store.trim(at: at)
    }
}
