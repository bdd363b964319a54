import Federation
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Store

/// A lock that another process holds delays the history by two seconds, once.
@Suite(.serialized, .limited)
struct LockTests {
    private let scratch = Scratch()

    /// Returns another connection that holds a write lock on the file.
    private func locked() throws -> DatabaseQueue {
        var configuration = GRDB.Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(
            path: "\(scratch.path)/history.sqlite",
            configuration: configuration
        )
        try other.inDatabase { try $0.execute(sql: "BEGIN EXCLUSIVE") }
        return other
    }

    private func release(_ other: DatabaseQueue) throws {
        try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
    }

    @Test func `a locked file delays calls by two seconds once, and works again after the lock is released`()
        async throws
    {
        let store = try scratch.open()
        let other = try locked()
        let clock = ContinuousClock()
        let first = await clock.measure {
            await #expect(throws: HistoryError.busy(path: store.path)) {
                try await store.append(Samples.record())
            }
        }
        #expect(first > .seconds(1) && first < .seconds(30))
        let next = await clock.measure {
            for _ in 0..<100 {
                await #expect(throws: HistoryError.busy(path: store.path)) {
                    try await store.append(Samples.record())
                }
            }
        }
        // One hundred delays would take 200 s.
        #expect(next < .seconds(60))
        try release(other)
        try await store.append(Samples.record())
        #expect(try await store.records(limit: 10).count == 1)
    }

    @Test func `opening a locked file ends at the deadline`() async throws {
        try scratch.open().close()
        let other = try locked()
        let elapsed = ContinuousClock().measure {
            // In write-ahead mode, an exclusive transaction does not block readers, so opening may succeed.
            _ = try? scratch.open()
        }
        #expect(elapsed < .seconds(30))
        try release(other)
    }

    @Test func `opening a new file that another process has locked ends at the deadline`() throws {
        try FileManager.default.createDirectory(atPath: scratch.path, withIntermediateDirectories: true)
        let other = try locked()
        let elapsed = ContinuousClock().measure {
            #expect(throws: HistoryError.busy(path: "\(scratch.path)/history.sqlite")) { try scratch.open() }
        }
        #expect(elapsed < .seconds(30))
        try release(other)
    }
}
