import Federation
import PostgresServer
import TestSupport
import Testing
import Transport

@testable import Fleet

/// The limit of notifications, and the states that are found without one.
@Suite(.needsPostgres, .timeLimit(.minutes(30)), .limited) struct AnnouncementTests {
    private static let node = NodeDescription(name: "vm1", host: "h", version: "1")

    @Test func `at most two changes per second are announced, and each is found`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            try await server.with("vm1") { store in
                try await store.register(Self.node)
                let names = (0..<60).map { "mapping-\($0)" }
                _ = try await store.publish(
                    names.map { try Samples.mapping("vm1", $0) },
                    of: Self.node,
                    isComplete: true
                )
                let listener = FleetStore(try server.settings("ada"), time: SystemTime())
                try await listener.listen(to: FleetSchema.changes)
                let notifications = Task {
                    var count = 0
                    for await case .notified in listener.connection.events { count += 1 }
                    return count
                }
                // The first publication was announced in an earlier half second.
                try await SystemTime().sleep(for: .milliseconds(600))
                let start = SystemTime().uptime
                let before = try await store.publications(since: nil).newest
                for name in names {
                    _ = try await store.publish(
                        [Samples.mapping("vm1", name, .failing)],
                        of: Self.node,
                        isComplete: false
                    )
                }
                let seconds = (SystemTime().uptime - start) / .seconds(1)
                let after = try await store.publications(since: before)
                #expect(after.nodes == ["vm1"])
                #expect(after.newest != before)
                #expect(try await store.publications(since: after.newest).newest == after.newest)
                try await SystemTime().sleep(for: .milliseconds(200))
                listener.close()
                let count = await notifications.value
                #expect((1...Int(seconds * 2) + 2).contains(count), "\(count) in \(seconds) s")
            }
        }
    }

    @Test func `a console sees the last of many changes at once`() async throws {
        try await PostgresServer.with { server in
            let nodes = (1...8).map { NodeDescription(name: "vm\($0)", host: "h", version: "1") }
            try await server.initialize(nodes: nodes.map(\.name))
            let stores = try nodes.map { FleetStore(try server.settings($0.name), time: SystemTime()) }
            let observer = FleetObserver(try server.settings("ada"), operatorName: "Ada", time: SystemTime())
            { _ in }
            let (snapshots, continuation) = AsyncStream.makeStream(
                of: FleetSnapshot.self,
                bufferingPolicy: .bufferingNewest(1)
            )
            let watching = Task { await observer.run { continuation.yield($0) } }
            var iterator = snapshots.makeAsyncIterator()
            for (node, store) in zip(nodes, stores) {
                try await store.register(node)
                _ = try await store.publish([Samples.mapping(node.name)], of: node, isComplete: true)
            }
            // Less than the heartbeat interval, at which everything is read.
            let time = SystemTime()
            for state in [MappingStateName.failing, .live, .failing, .live] {
                for (node, store) in zip(nodes, stores) {
                    let mapping = try Samples.mapping(node.name, "audit", state)
                    #expect(try await store.publish([mapping], of: node, isComplete: false))
                }
                let start = time.uptime
                while let snapshot = await iterator.next() {
                    let isCurrent = snapshot.mappings.allSatisfy { $0.state == state }
                    if snapshot.mappings.count == nodes.count, isCurrent { break }
                }
                #expect(time.uptime - start < .seconds(FleetNode.beatInterval))
            }
            watching.cancel()
            await watching.value
            for store in stores { store.close() }
        }
    }

    @Test func `a node cannot silence the announcements of others`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            try await server.with("vm1") { store in
                let error = await failure {
                    _ = try await store.rows("SELECT setval('cambist.announcement', 9223372036854775807)")
                }
                guard case .denied = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
        }
    }
}
