import Federation
import Foundation
import Propagation
import Synchronization
import TestSupport
import Testing

@testable import Store

/// A file with several writing processes, one of which is killed repeatedly.
@Suite(.limited) struct KillTests {
    /// `CAMBIST_KILL_ROUNDS` overrides the default of 25.
    private static let rounds =
        ProcessInfo.processInfo.environment["CAMBIST_KILL_ROUNDS"].flatMap { Int($0) } ?? 25

    @Test func `SIGKILL at random instants under load loses no stored exchange and corrupts nothing`()
        async throws
    {
        let scratch = Scratch()
        let store = try scratch.open()
        let hasEnded = Mutex(false)
        let writer = Task {
            var ids: [Int] = []
            while !hasEnded.withLock(\.self) {
                ids.append(try await store.append(Samples.record(mapping: "bystander")).local)
                await Task.yield()
            }
            return ids
        }
        var generator = SeededGenerator(seed: 9)
        for _ in 0..<Self.rounds {
            let delay = UInt32.random(in: 300..<40_000, using: &generator)
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = scratch.path as String, delay = delay as UInt32] in
                try await Self.write(into: path, killedAfter: delay)
            }
            let check = try await store.read { try $0.first("PRAGMA quick_check") { $0.text(0) } }
            #expect(check == "ok")
        }
        hasEnded.withLock { $0 = true }
        let own = try await writer.value
        try store.close()
        try await Self.checkStore(try scratch.open(), own: own, log: scratch.path + "/log")
    }

    /// Writes from several tasks and logs each stored exchange until the process kills itself.
    private static func write(into path: String, killedAfter microseconds: UInt32) async throws {
        let store = try HistoryStore.open(directory: path, settings: HistorySettings())
        let log = open("\(path)/log", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        let now = Samples.start
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    let watch = Watch(of: "watch\(writer)", at: now, timing: PropagationTiming())
                    let lease = WatchLease(holder: "\(getpid())", until: now + 60)
                    for number in 0... {
                        let record = try Samples.record(number % 2 == 0 ? 0 : 1, failure: Samples.refusal)
                        let line = "\(try await store.append(record).local)\n"
                        _ = Foundation.write(log, line, line.utf8.count)
                        _ = try await store.begin(watch, lease: lease, now: now)
                        if number == 0, writer == 0 {
                            Thread.detachNewThread {
                                usleep(microseconds)
                                kill(getpid(), SIGKILL)
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func checkStore(_ store: HistoryStore, own: [Int], log: String) async throws {
        let check = try await store.read { try $0.first("PRAGMA integrity_check") { $0.text(0) } }
        #expect(check == "ok")
        let lines = try String(contentsOfFile: log, encoding: .utf8)
        let logged = Set(lines.split(separator: "\n").compactMap { Int($0) })
        let found = Set(try await store.records(limit: 10_000_000).map(\.id))
        #expect(logged.count >= rounds)
        #expect(logged.isSubset(of: found))
        #expect(Set(own).isSubset(of: found))
        let orphans = try await store.read { database in
            try database.integer("SELECT count(*) FROM exchange WHERE id NOT IN (SELECT id FROM detail)")
        }
        #expect(orphans == 0, "an exchange is stored completely or not at all")
        #expect(try await store.watches().count == 4)
    }
}
