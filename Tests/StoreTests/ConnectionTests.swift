import CSQLite
import Federation
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Store

/// The connections to SQLite.
@Suite(.limited) struct ConnectionTests {
    private let scratch = Scratch()
    private let memory: SQLiteConnection

    init() throws {
        memory = try SQLiteConnection(path: ":memory:", access: .readWrite) { false }
    }

    /// A query that does not end by itself.
    private static let endless: SQL =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

    /// The names of the open files of the history.
    private func openFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { descriptor in
            let path = "/proc/self/fd/\(descriptor)"
            let file = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
            guard let file, file.hasPrefix(scratch.path + "/") else { return nil }
            return String(file.dropFirst(scratch.path.count + "/history.sqlite".count))
        }.sorted()
    }

    @Test func `values are bound in the order of the text, with those of inserted parts`() {
        let absent: String? = nil
        let part: SQL = "b = \("x") AND c = \(true)"
        let all: SQL = "\(sql: "a") = \(1) AND \(part) AND d = \(2.5) AND e = \(absent)"
        #expect(all.text == "a = ? AND b = ? AND c = ? AND d = ? AND e = ?")
        #expect(all.values == [.integer(1), .text("x"), .integer(1), .real(2.5), .null])
        let joined = [part, "f = \(3)"].joined(separator: " OR ")
        #expect(joined.text == "b = ? AND c = ? OR f = ?")
        #expect(joined.values == [.text("x"), .integer(1), .integer(3)])
    }

    @Test(arguments: ["", "a'b", "日本 \u{1F600}", "a\0b", String(repeating: "x", count: 100_000)])
    func `a text is read as it was bound`(_ text: String) throws {
        #expect(try memory.first("SELECT \(text)") { $0.text(0) } == text)
    }

    @Test(arguments: [
        ("1", SQLValue.integer(1)), ("1.5", .real(1.5)), ("'1'", .text("1")), ("x'31'", .null),
        ("NULL", .null),
    ])
    func `a value of another type reads as nil`(_ value: String, _ expected: SQLValue) throws {
        let read = try memory.first("SELECT \(sql: value)") { ($0.integer(0), $0.real(0), $0.text(0)) }
        let (integer, real, text) = try #require(read)
        #expect(integer == expected.integer)
        #expect(text == expected.text)
        #expect((real != nil) == ["1", "1.5"].contains(value))
    }

    @Test func `a statement can run inside the same statement`() throws {
        let numbers: SQL = "SELECT 1 UNION SELECT 2"
        let pairs = try memory.rows(numbers) { outer in
            try memory.rows(numbers) { inner in [outer.integer(0), inner.integer(0)] }
        }
        #expect(pairs == [[[1, 1], [1, 2]], [[2, 1], [2, 2]]])
    }

    @Test func `a failed transaction changes nothing, and the connection remains usable`() throws {
        try memory.executeAll("CREATE TABLE t (a UNIQUE)")
        #expect(throws: SQLiteError.self) {
            try memory.transaction(.write) {
                for _ in 0..<2 { try memory.execute("INSERT INTO t VALUES (1)") }
            }
        }
        #expect(try memory.integer("SELECT count(*) FROM t") == 0)
        try memory.transaction(.write) { try memory.execute("INSERT INTO t VALUES (1)") }
        #expect(memory.changedRowCount == 1)
    }

    @Test func `double quotes contain names only`() {
        #expect(throws: SQLiteError(code: SQLITE_ERROR, message: "no such column: a")) {
            try memory.integer(#"SELECT "a""#)
        }
    }

    @Test(arguments: [true, false])
    func `canceling the task ends an operation, and the next operation works`(_ writes: Bool) async throws {
        let store = try scratch.open()
        try await store.append(Samples.record())
        let hasBegun = AsyncStream.makeStream(of: Void.self)
        let body: @Sendable (SQLiteConnection) throws -> Void = { database in
            hasBegun.continuation.yield()
            if writes { try database.execute("DELETE FROM exchange") }
            try database.execute(Self.endless)
        }
        let task = Task { try await writes ? store.write(body) : store.read(body) }
        for await _ in hasBegun.stream { break }
        task.cancel()
        let canceled = HistoryError.unreachable(path: store.path, reason: "the operation was canceled")
        await #expect(throws: canceled) { try await task.value }
        #expect(try await store.records(limit: 10).count == 1)
        try await store.append(Samples.record())
    }

    @Test func `only a read opens the second connection, and only parallel reads open the third`()
        async throws
    {
        let store = try scratch.open()
        try await store.release("audit", holder: "another process")
        // Each connection opens the file and its log; all share the index of the log.
        #expect(try openFiles() == ["", "-shm", "-wal"])
        for _ in 0..<3 { _ = try await store.watches() }
        #expect(try openFiles() == ["", "", "-shm", "-wal", "-wal"])
        let both = DispatchGroup()
        for _ in 0..<2 { both.enter() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    try await store.read { _ in
                        both.leave()
                        both.wait()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try openFiles() == ["", "", "", "-shm", "-wal", "-wal", "-wal"])
        try store.close()
        #expect(try openFiles().isEmpty)
    }

    @Test func `a read beyond the number of connections waits for one`() async throws {
        let store = try scratch.open()
        try await store.append(Samples.record())
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { try await store.records(limit: 10).count } }
            for try await count in group { #expect(count == 1) }
        }
    }

    @Test func `a read sees one snapshot, and the history cannot be closed during the read`() async throws {
        let store = try scratch.open()
        let hasBegun = AsyncStream.makeStream(of: Void.self)
        let semaphore = DispatchSemaphore(value: 0)
        async let counts = store.read { database in
            let first = try database.integer("SELECT count(*) FROM exchange")
            hasBegun.continuation.yield()
            semaphore.wait()
            return [first, try database.integer("SELECT count(*) FROM exchange")]
        }
        // An error must not leave the read, because the end of the scope waits for it.
        defer { semaphore.signal() }
        for await _ in hasBegun.stream { break }
        try await store.append(Samples.record())
        #expect(throws: HistoryError.busy(path: store.path)) { try store.close() }
        semaphore.signal()
        #expect(try await counts == [0, 0])
        try store.close()
        let closed = HistoryError.unreachable(path: store.path, reason: "the history is closed")
        await #expect(throws: closed) { try await store.append(Samples.record()) }
        await #expect(throws: closed) { try await store.watches() }
    }

    @Test(arguments: ["a b", "a?b#c", "100%", "日本", "a&mode=memory"])
    func `a directory with any name can be opened without writing`(_ name: String) async throws {
        let directory = "\(scratch.path)/\(name)"
        let store = try HistoryStore.open(directory: directory, settings: HistorySettings())
        try await store.append(Samples.record())
        try store.close()
        let files = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(files == ["history.sqlite"], "the last connection writes the log back and deletes it")
        let reader = try HistoryStore.openReadOnly(directory: directory, settings: HistorySettings())
        #expect(try await reader.records(limit: 10).count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["history.sqlite"])
    }
}
