import Federation
import Foundation
import GRDB
import Propagation
import TestSupport
import Testing

@testable import Store

/// Files of earlier versions.
@Suite(.limited) struct VersionTests {
    private let scratch = Scratch()

    @Test(arguments: ["exchanges", "watches", "outbox"])
    func `the history of an earlier version is read unchanged`(_ version: String) async throws {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
        let dump = try String(contentsOf: fixtures.appending(path: "\(version).sql"), encoding: .utf8)
        try FileManager.default.createDirectory(atPath: scratch.path, withIntermediateDirectories: true)
        let old = try DatabaseQueue(path: "\(scratch.path)/history.sqlite")
        try await old.writeWithoutTransaction { try $0.execute(sql: dump) }
        try old.close()

        let store = try scratch.open()
        let records = try await store.records(limit: 10)
        #expect(records.map(\.id) == [1_800_000_060_000_000, 1_800_000_000_250_000])
        #expect(
            records.first
                == (try Samples.record(at: Samples.start + 60, failure: Samples.refusal).numbered(
                    1_800_000_060_000_000
                ))
        )
        #expect(records.last == (try Samples.full().numbered(1_800_000_000_250_000)))
        guard version != "exchanges" else { return }
        #expect(try await store.watches().map(\.watch.attempts) == [3])
        #expect(try await store.pastWatches(limit: 9).map(\.result?.verdict) == [.works])
        #expect(
            try await store.waits(for: .iam, now: Samples.start).map(\.duration) == [.milliseconds(12_500)]
        )
    }

    @Test(arguments: [("cancelled", "canceled"), ("canceled", "canceled"), ("timed-out", "timed-out")])
    func `a code that an earlier version stored is read by its present name`(stored: String, code: String)
        throws
    {
        let step = """
            {"step":"token","outcome":"failed","nanoseconds":1,
             "failure":{"kind":"tryAgain","code":"\(stored)","message":"m","fix":"f"}}
            """
        let decoded = try JSONDecoder().decode(StoredStep.self, from: Data(step.utf8))
        #expect(StepRecord(decoded).code == code)
    }

    /// Returns the statements that created the tables and indexes of a file.
    private func statements(of file: some DatabaseReader) async throws -> [String] {
        try await file.read { database in
            try String.fetchAll(
                database,
                sql: "SELECT name || ' ' || coalesce(sql, '') FROM sqlite_master ORDER BY name"
            )
        }
    }

    @Test func `a new file has the same tables as a file of an earlier version, and is readable by it`()
        async throws
    {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
        let dump = try String(contentsOf: fixtures.appending(path: "outbox.sql"), encoding: .utf8)
        let old = try DatabaseQueue()
        try await old.writeWithoutTransaction { try $0.execute(sql: dump) }
        let store = try scratch.open()
        try await store.append(Samples.record())
        let pool = try DatabasePool(path: store.path)
        #expect(try await statements(of: pool) == statements(of: old))
        var migrator = DatabaseMigrator()
        for (identifier, _) in HistorySchema.migrations {
            migrator.registerMigration(identifier) { _ in Issue.record("\(identifier) is applied twice") }
        }
        try migrator.migrate(pool)
        #expect(try await pool.read(migrator.hasBeenSuperseded) == false)
        try await pool.write { try $0.execute(sql: "INSERT INTO label (text) VALUES ('from GRDB')") }
        let label = try await store.read {
            try $0.integer("SELECT count(*) FROM label WHERE text = 'from GRDB'")
        }
        #expect(label == 1)
    }

    @Test func `every version that changed the tables has a fixture`() throws {
        let versions = HistorySchema.migrations.map(\.0)
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
        for version in versions {
            #expect(
                FileManager.default.fileExists(atPath: fixtures.appending(path: "\(version).sql").path),
                "\(version)"
            )
        }
    }
}
