import ExchangeEngine
import Federation
import Foundation
import GRDB
import Simulator
import Store
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Operations

/// Exchanges while the history cannot be written.
@Suite(.timeLimit(.minutes(30)), .limited)
struct RecordingTests {
    @Test
    func `a locked history does not delay exchanges, and delays closing by two seconds with one warning`()
        async throws
    {
        let directory = FileManager.default.temporaryDirectory.appending(path: "locked-\(UUID().uuidString)")
        let state = directory.appending(path: "state/cambist")
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let lab = try await Lab.start(LabOptions(), time: SystemTime())
        let warnings = Mutex<[String]>([])
        let file = directory.appending(path: "cambist.yaml")
        try lab.configurationText.write(to: file, atomically: true, encoding: .utf8)
        let options = ContextOptions(
            configurationPath: file.path,
            variables: ["HOME": directory.path, "XDG_STATE_HOME": directory.appending(path: "state").path],
            warn: { warning in warnings.withLock { $0.append(warning) } }
        )
        let queue = try DatabaseQueue(path: state.appending(path: "history.sqlite").path)
        let locked = AsyncStream.makeStream(of: Void.self)
        let semaphore = DispatchSemaphore(value: 0)
        async let lock: Void = onOwnThread {
            try? queue.inDatabase { database in
                try database.execute(sql: "BEGIN EXCLUSIVE")
                locked.continuation.yield()
                semaphore.wait()
                try database.execute(sql: "ROLLBACK")
            }
        }
        // An error must not leave the lock, because the end of the scope waits for the thread that holds it.
        defer { semaphore.signal() }
        for await _ in locked.stream { break }
        let time = SystemTime()
        let context = try ApplicationContext.open(try ConfigurationText.find(options), options)
        let start = time.uptime
        let exchange = await context.engine.exchange(try context.mapping("audit"))
        let exchanged = time.uptime - start
        await context.close()
        let closed = time.uptime - start - exchanged
        semaphore.signal()
        await lock
        await lab.stop()
        #expect(exchange.credentials != nil)
        #expect(exchanged < .seconds(5))
        #expect(closed < .seconds(6))
        #expect(warnings.withLock { $0.count } == 1, "\(warnings.withLock { $0 })")
    }

    @Test func `a canceled exchange is not in the history`() async throws {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "canceled-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let lab = try await Lab.start(LabOptions(), time: SystemTime())
        try await ScriptedServer.run { _ in
            ScriptedReply(.stall)
        } work: { server in
            let file = directory.appending(path: "cambist.yaml")
            let lines = lab.configurationText.split(separator: "\n").map { line in
                line.hasPrefix("  sts: ") ? "  sts: \(server.url().absoluteString)" : String(line)
            }
            try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
            let options = ContextOptions(
                configurationPath: file.path,
                variables: ["HOME": directory.path, "XDG_STATE_HOME": directory.path],
                warn: { Issue.record("\($0)") }
            )
            let context = try ApplicationContext.open(try ConfigurationText.find(options), options)
            let mapping = try context.mapping("audit")
            let task = Task { await context.engine.exchange(mapping) }
            await server.waitForRequest()
            task.cancel()
            #expect(await task.value.record.outcome == .failed)
            let stored = try await context.history.records(
                matching: HistoryFilter(),
                at: .newest,
                limit: 10
            )
            #expect(stored.isEmpty)
            await context.close()
        }
        await lab.stop()
    }
}
