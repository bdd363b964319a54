import Federation
import Foundation
import PostgresServer
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Fleet
@testable import Store

/// The outbox under SIGKILL of the server and of the node: nothing is lost, and nothing arrives twice.
@Suite(.needsPostgres, .timeLimit(.minutes(30)), .limited) struct OutboxKillTests {
    /// `CAMBIST_KILL_ROUNDS` overrides the default of 4.
    private static let rounds =
        ProcessInfo.processInfo.environment["CAMBIST_KILL_ROUNDS"].flatMap { Int($0) } ?? 4

    @Test
    func `an exchange and its outbox entry are stored together, in order, and deleted when acknowledged`()
        async throws
    {
        let scratch = ScratchDirectory()
        let store = try scratch.open()
        let stored = try await store.append([Samples.record(1), Samples.record(2, at: Samples.start + 1)])
        let entries = try await store.outbox(limit: 10)
        #expect(entries.map(\.id) == stored.map(\.fleet))
        #expect(entries.map(\.id) == entries.map(\.id).sorted())
        try await store.acknowledge(through: entries[0].position)
        #expect(try await store.outbox(limit: 10).map(\.id) == [entries[1].id])
        let plain = try HistoryStore.open(directory: scratch.path, settings: HistorySettings())
        #expect(try await plain.append(Samples.record(3)).fleet == nil)
        #expect(try await store.outboxCount() == 1)
    }

    @Test func `the IDs increase after the clock was set back, even if every entry was forwarded`()
        async throws
    {
        let scratch = ScratchDirectory()
        let store = try scratch.open()
        try await store.append([Samples.record(1), Samples.record(2)])
        let later = TimeOrderedID.make(at: Date.now + 3600)
        try SQLiteConnection(path: "\(scratch.path)/history.sqlite", access: .readWrite) { false }
            .execute("UPDATE outbox SET id = \(later) WHERE position = (SELECT max(position) FROM outbox)")
        let last = try #require(try await store.outbox(limit: 10).last)
        #expect(last.id == later)
        for _ in 0..<2 {
            // A repeated acknowledgment changes nothing.
            try await store.acknowledge(through: last.position)
            #expect(try await store.outboxCount() == 0)
            #expect(try await store.outbox(limit: 10).isEmpty)
        }
        let next = try #require(try await store.append(Samples.record(3)).fleet)
        #expect(next > later)
        #expect(try await store.outbox(limit: 10).map(\.id) == [next])
    }

    @Test func `the retention of the history bounds the outbox`() async throws {
        let scratch = ScratchDirectory()
        let store = try HistoryStore.open(
            directory: scratch.path,
            settings: HistorySettings(days: 400, rows: 10, isForwarded: true)
        )
        for number in 0..<30 {
            try await store.append(Samples.record(number, at: Samples.start + Double(number)))
        }
        try await store.trim(at: Samples.start + 30)
        #expect(try await store.outboxCount() == 10)
    }

    @Test func `SIGKILL of the server under load loses nothing and repeats nothing`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            let scratch = ScratchDirectory()
            let history = try scratch.open()
            let node = TestNode("vm1", [try Samples.mapping("vm1")], history: history)
            var generator = SeededGenerator(seed: 20)
            let time = SystemTime()
            try await node.running(server.settings("vm1")) {
                let hasEnded = Mutex(false)
                let writer = Task {
                    var ids: [FleetRecordID] = []
                    var number = 0
                    while !hasEnded.withLock(\.self) {
                        let record = try Samples.record(number, at: Samples.start + Double(number))
                        ids.append(contentsOf: [try await history.append(record).fleet].compactMap(\.self))
                        number += 1
                        node.noteChange()
                        try? await time.sleep(for: .milliseconds(3))
                    }
                    return ids
                }
                for _ in 0..<Self.rounds {
                    try await time.sleep(for: .milliseconds(Int.random(in: 20..<600, using: &generator)))
                    try await server.kill()
                    try await server.start()
                }
                hasEnded.withLock { $0 = true }
                let ids = try await writer.value
                node.noteChange()
                try await eventually("the outbox is empty", within: 90) {
                    try await history.outboxCount() == 0 ? true : nil
                }
                let found = try await server.with("owner") { try await $0.rows("SELECT id FROM exchange") }
                #expect(found.count == ids.count)
                #expect(Set(found.compactMap(\.first)) == Set(ids.map { $0 }))
            }
        }
    }

    @Test func `SIGKILL of the node under load loses nothing and repeats nothing`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            let scratch = ScratchDirectory()
            var generator = SeededGenerator(seed: 21)
            for _ in 0..<Self.rounds {
                let delay = UInt32.random(in: 100_000..<900_000, using: &generator)
                await #expect(processExitsWith: .signal(SIGKILL)) {
                    [
                        path = scratch.path as String, address = try server.address("vm1").uri as String,
                        delay = delay as UInt32
                    ] in
                    try await Self.runNode(in: path, address, killedAfter: delay)
                }
            }
            let history = try scratch.open()
            let log = (try? String(contentsOfFile: scratch.path + "/log", encoding: .utf8)) ?? ""
            let ids = log.split(separator: "\n").map(String.init)
            let node = TestNode("vm1", [try Samples.mapping("vm1")], history: history)
            try await node.running(server.settings("vm1")) {
                try await eventually("the outbox is empty", within: 90) {
                    try await history.outboxCount() == 0 ? true : nil
                }
            }
            let found = try await server.with("owner") { try await $0.rows("SELECT id FROM exchange") }
            let local = try await history.records(limit: 1_000_000).count
            #expect(found.count == local)
            #expect(Set(ids).isSubset(of: found.compactMap { $0.first ?? nil }))
            #expect(!ids.isEmpty)
        }
    }

    /// Stores and forwards exchanges, and logs each stored one, until the process kills itself.
    private static func runNode(in path: String, _ address: String, killedAfter delay: UInt32) async throws {
        let history = try HistoryStore.open(directory: path, settings: HistorySettings(isForwarded: true))
        let log = open("\(path)/log", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        let node = TestNode("vm1", [try Samples.mapping("vm1")], history: history)
        let settings = try ConnectionSettings(
            #require(FleetAddress(address)),
            application: "test",
            variables: [:]
        )
        Thread.detachNewThread {
            usleep(delay)
            kill(getpid(), SIGKILL)
        }
        try await node.running(settings) {
            for number in 0... {
                let record = try Samples.record(number, at: SystemTime().now)
                let line = "\(try await history.append(record).fleet ?? "")\n"
                _ = Foundation.write(log, line, line.utf8.count)
                node.noteChange()
            }
        }
    }
}
