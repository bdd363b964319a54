import CSQLite
import Federation
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Store

/// Files that cannot be used, and their errors.
@Suite(.limited) struct UnusableFileTests {
    private let scratch = Scratch()

    private var file: String { "\(scratch.path)/history.sqlite" }

    @Test func `a file that is not a database is reported and left unchanged`() throws {
        try FileManager.default.createDirectory(atPath: scratch.path, withIntermediateDirectories: true)
        let text = String(repeating: "no database at all\n", count: 500)
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        #expect(throws: HistoryError.corrupt(path: file)) { try scratch.open() }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
    }

    @Test func `a corrupt file is reported when its pages are read`() async throws {
        do {
            let store = try scratch.open()
            for number in 0..<200 { try await store.append(Samples.record(mapping: "m\(number)")) }
            try store.close()
        }
        let handle = try #require(FileHandle(forUpdatingAtPath: file))
        for page in 1..<12 {
            try handle.seek(toOffset: UInt64(page * 4096))
            try handle.write(contentsOf: Data(repeating: 0xFF, count: 4096))
        }
        try handle.close()
        await #expect(throws: HistoryError.corrupt(path: file)) {
            try await scratch.open().records(limit: 1000)
        }
    }

    @Test func `a full disk is reported, stored exchanges remain, and freed space suffices to continue`()
        async throws
    {
        let store = try scratch.open()
        try await store.append(Samples.record())
        let pages = try await store.write { try $0.integer("PRAGMA page_count") ?? 0 }
        try await store.write { try $0.executeAll("PRAGMA max_page_count = \(pages)") }
        let many = try (0..<500).map { try Samples.record(mapping: "m\($0)") }
        await #expect(throws: HistoryError.full(path: file)) { try await store.append(many) }
        #expect(try await store.records(limit: 1000).count == 1)
        try await store.write { try $0.executeAll("PRAGMA max_page_count = 1000000") }
        try await store.append(many)
        #expect(try await store.records(limit: 1000).count == 501)
    }

    @Test(arguments: [true, false])
    func `a file that cannot be written can be read, with and without a log`(_ hasLog: Bool) async throws {
        let logs = [file + "-wal", file + "-shm"]
        let writer = try scratch.open()
        try await writer.append(Samples.record(mapping: "audit"))
        if !hasLog {
            try writer.close()
            let queue = try DatabaseQueue(path: file)
            _ = try await queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            try queue.close()
            for log in logs { try? FileManager.default.removeItem(atPath: log) }
        }
        let store = try HistoryStore.openReadOnly(directory: scratch.path, settings: HistorySettings())
        #expect(try await store.records(limit: 10).map(\.mapping) == ["audit"])
        for log in logs { #expect(FileManager.default.fileExists(atPath: log) == hasLog, "\(log)") }
        await #expect(throws: HistoryError.readOnly(path: file)) { try await store.append(Samples.record()) }
        if hasLog { try writer.close() }
    }

    @Test func `a file of an earlier version cannot be read without its migration`() async throws {
        let store = try scratch.open()
        try await store.write { database in
            try database.execute(
                "DELETE FROM grdb_migrations WHERE rowid = (SELECT max(rowid) FROM grdb_migrations)"
            )
        }
        #expect(throws: HistoryError.readOnly(path: file)) {
            try HistoryStore.openReadOnly(directory: scratch.path, settings: HistorySettings())
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
    func `a read-only file is reported`() throws {
        _ = try scratch.open()
        try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: file)
        #expect(throws: HistoryError.readOnly(path: file)) { try scratch.open() }
    }

    @Test(arguments: [
        (EACCES, HistoryError.readOnly(path: "p")), (EROFS, .readOnly(path: "p")),
        (ENOSPC, .full(path: "p")), (ENOTDIR, .unreachable(path: "p", reason: "Not a directory")),
        (0, .unreachable(path: "p", reason: "its directory cannot be created")),
    ])
    func `the system's error numbers are distinguished`(_ code: Int32, _ error: HistoryError) {
        #expect(HistoryError.unopened("p", errno: code) == error)
    }

    @Test(arguments: [
        HistoryError.unreachable(path: "/h", reason: "Not a directory"), .readOnly(path: "/h"),
        .corrupt(path: "/h"), .full(path: "/h"), .busy(path: "/h"), .newer(path: "/h"),
        .endless(expression: "(a+)+$"),
    ])
    func `every error names the failure, the value seen, and the fix`(_ error: HistoryError) {
        let sentences = error.description.split(separator: ". ")
        #expect(sentences.count >= 2 && error.description.hasSuffix("."))
        #expect(!error.description.contains("Error Domain") && !error.description.contains("NSCocoa"))
        #expect(error.description.contains("/h") || error.description.contains("/(a+)+$/"))
    }

    @Test func `a directory that cannot be created is reported`() {
        #expect {
            try HistoryStore.open(directory: "/dev/null/state", settings: HistorySettings())
        } throws: { error in
            let path = "/dev/null/state/history.sqlite"
            return error as? HistoryError == .unreachable(path: path, reason: "Not a directory")
        }
    }

    @Test func `a file of a later version is not opened`() async throws {
        let store = try scratch.open()
        try await store.write { try $0.execute("INSERT INTO grdb_migrations VALUES ('of the future')") }
        #expect(throws: HistoryError.newer(path: file)) { try scratch.open() }
    }

    @Test(arguments: [
        (SQLITE_READONLY, HistoryError.readOnly(path: "p")),
        (SQLITE_PERM, .readOnly(path: "p")),
        (SQLITE_CORRUPT, .corrupt(path: "p")),
        (SQLITE_NOTADB, .corrupt(path: "p")),
        (SQLITE_FULL, .full(path: "p")),
        (SQLITE_BUSY, .busy(path: "p")),
        (SQLITE_IOERR, .unreachable(path: "p", reason: "m")),
    ])
    func `SQLite's result codes are distinguished`(_ code: Int32, _ error: HistoryError) {
        #expect(HistoryError(SQLiteError(code: code, message: "m"), path: "p") == error)
        #expect(error.description.contains(" p "))
    }
}
