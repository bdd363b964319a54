import Federation
import Foundation
import PostgresServer
import Store
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Fleet

/// A database that is absent, slow, full, read-only, or newer, and hosts whose clocks differ.
@Suite(.needsPostgres, .timeLimit(.minutes(30)), .limited) struct OutageTests {
    /// `CAMBIST_OUTAGE_SECONDS` overrides the default.
    private static let outage =
        ProcessInfo.processInfo.environment["CAMBIST_OUTAGE_SECONDS"].flatMap { Double($0) } ?? 3

    /// Stores exchanges, one per minute.
    private func fill(_ history: HistoryStore, _ count: Int) async throws -> [FleetRecordID] {
        let records = try (0..<count).map { try Samples.record($0, at: Samples.start + 60 * Double($0)) }
        return try await history.append(records).compactMap(\.fleet)
    }

    /// Waits until the outbox is empty and compares the exchanges, in the order in which they were inserted.
    private func expectForwarded(
        _ ids: [FleetRecordID],
        _ history: HistoryStore,
        _ server: PostgresServer
    ) async throws {
        try await eventually("the outbox is empty", within: 90) {
            try await history.outboxCount() == 0 ? true : nil
        }
        let found = try await server.with("owner") {
            try await $0.rows("SELECT id FROM exchange ORDER BY ctid")
        }
        #expect(found.compactMap(\.first) == ids)
    }

    /// Runs `body` with a server on which a node has published its state and returns the node after its end.
    @discardableResult
    private func withPublishedNode(
        time: any TimeSource = SystemTime(),
        _ body: (PostgresServer, HistoryStore, TestNode) async throws -> Void
    ) async throws -> TestNode {
        try await PostgresServer.with { server in
            try await server.initialize()
            let scratch = ScratchDirectory()
            let history = try scratch.open()
            let node = TestNode("vm1", [try Samples.mapping("vm1")], history: history)
            try await node.running(server.settings("vm1"), time: time) {
                try await eventually("the node is published") {
                    try await server.value("SELECT mapping FROM cambist.mapping_state")
                }
                try await body(server, history, node)
            }
            return node
        }
    }

    @Test func `exchanges of days without the database are forwarded in order, in small batches`()
        async throws
    {
        try await PostgresServer.with { server in
            try await server.initialize()
            try await server.stop()
            let scratch = ScratchDirectory()
            let history = try scratch.open()
            // Four days.
            let ids = try await fill(history, 5760)
            let node = TestNode("vm1", [try Samples.mapping("vm1")], history: history)
            try await node.running(server.settings("vm1")) {
                try await eventually("the absence is reported") { node.reports.first }
                try await server.start()
                try await expectForwarded(ids, history, server)
            }
            #expect(node.largestBatch <= 200)
            #expect(node.reports.count == 2, "\(node.reports)")
        }
    }

    @Test func `an unavailable database is reported once, and receives everything afterward`()
        async throws
    {
        let node = try await withPublishedNode { server, history, node in
            try await server.stop()
            let ids = try await fill(history, 300)
            node.set([try Samples.mapping("vm1", "audit", .failing)])
            try await SystemTime().sleep(for: .seconds(Self.outage))
            try await server.start()
            try await expectForwarded(ids, history, server)
            try await eventually("the state is published") {
                try await server.value("SELECT 1 FROM cambist.mapping_state WHERE state = 'failing'")
            }
        }
        #expect(node.reports.count == 2, "\(node.reports)")
    }

    @Test func `a server that does not respond is abandoned, and used again once it responds`() async throws {
        try await withPublishedNode { server, history, node in
            try await server.signal("STOP")
            let ids = try await fill(history, 10)
            node.noteChange()
            try await eventually("the silence is reported", within: 40) {
                node.reports.first { $0.contains("did not respond") }
            }
            try await server.signal("CONT")
            try await expectForwarded(ids, history, server)
        }
    }

    @Test func `a read-only server is reported, and used again once it accepts writes`() async throws {
        try await withPublishedNode { server, history, node in
            try await server.stop()
            try await server.start(options: "-c default_transaction_read_only=on")
            let ids = try await fill(history, 10)
            try await eventually("it is reported") { node.reports.first { $0.contains("no writes") } }
            #expect(try await server.with("eve") { try await $0.snapshot().mappings.count } == 1)
            try await server.stop()
            try await server.start()
            try await expectForwarded(ids, history, server)
        }
    }

    @Test func `a console on a standby reads at intervals and reports that`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            try await server.with("vm1") {
                try await $0.register(NodeDescription(name: "vm1", host: "h", version: "1"))
            }
            try await server.run(
                """
                install -d $OWNER -m 700 "$D/standby-data" && install -d $OWNER "$D/standby"
                $AS "$B/pg_basebackup" -h "$D/run" -U owner -D "$D/standby-data" -R --checkpoint=fast
                $AS "$B/pg_ctl" -D "$D/standby-data" -l "$D/standby-data/log" -w -s \
                    -o "-k $D/standby -c listen_addresses='' -c max_connections=200" start
                """
            )
            let address = try #require(
                FleetAddress("postgresql://eve@/postgres?host=\(server.directory)/standby")
            )
            let reports = Mutex<[String]>([])
            let observer = FleetObserver(
                try ConnectionSettings(address, application: "test", variables: [:]),
                operatorName: "Eve",
                time: SystemTime()
            ) { report in reports.withLock { $0.append(report) } }
            let names = Mutex<[String]>([])
            let watching = Task {
                await observer.run { snapshot in names.withLock { $0 = snapshot.nodes.map(\.name) } }
            }
            try await eventually("the node is read") { names.withLock { $0 == ["vm1"] ? true : nil } }
            try await server.with("vm2") {
                try await $0.register(NodeDescription(name: "vm2", host: "h", version: "1"))
            }
            try await eventually("the second node is read", within: 40) {
                names.withLock { $0 == ["vm1", "vm2"] ? true : nil }
            }
            watching.cancel()
            await watching.value
            try await server.run("$AS \"$B/pg_ctl\" -D \"$D/standby-data\" -m immediate -w -s stop")
            #expect(reports.withLock(\.count) == 1)
            #expect(reports.withLock(\.first)?.contains("no notifications") == true)
        }
    }

    @Test(.enabled("only root can mount a small file system") { getuid() == 0 })
    func `a full disk is reported, and nothing is lost when it has space again`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            try await server.run(
                """
                mkdir "$D/small" && mount -t tmpfs -o size=256k tmpfs "$D/small" && chown postgres "$D/small"
                """
            )
            do {
                try await server.with("owner") { store in
                    try await store.script("CREATE TABLESPACE small LOCATION '\(server.directory)/small'")
                    try await store.script("ALTER TABLE cambist.exchange SET TABLESPACE small")
                }
                let scratch = ScratchDirectory()
                let history = try scratch.open()
                let ids = try await fill(history, 1000)
                let node = TestNode("vm1", [try Samples.mapping("vm1")], history: history)
                try await node.running(server.settings("vm1")) {
                    try await eventually("it is reported") { node.reports.first { $0.contains("no space") } }
                    #expect(try await history.outboxCount() > 0)
                    try await server.run("mount -o remount,size=64m \"$D/small\"")
                    try await expectForwarded(ids, history, server)
                }
                try await server.stop()
                try await server.run("umount \"$D/small\"")
            } catch {
                try await server.run("umount -l \"$D/small\"")
                throw error
            }
        }
    }

    @Test func `a schema of a later version ends the work, and a known one resumes it`() async throws {
        try await withPublishedNode { server, _, node in
            try await server.with("owner") { store in
                try await store.script("INSERT INTO cambist.schema_version (version) VALUES (1000)")
                try await store.script(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'vm1'"
                )
            }
            try await eventually("it is reported") {
                node.reports.first { $0.contains("of a later cambist") }
            }
            try await server.with("owner") {
                try await $0.script("DELETE FROM cambist.schema_version WHERE version = 1000")
            }
            try await eventually("the node works again", within: 40) {
                node.reports.first { $0.contains("reachable again") }
            }
        }
    }

    @Test(arguments: [-3 * 3600.0, 3 * 3600.0])
    func `a host with a wrong clock runs, and executes requests`(_ offset: Double) async throws {
        try await withPublishedNode(time: OffsetTime(offset: offset)) { server, _, node in
            let request = try await server.with("ada") { store in
                try await store.request(
                    TimeOrderedID.make(at: SystemTime().now),
                    .test,
                    FleetMapping.ID(node: "vm1", mapping: "audit"),
                    by: "ada"
                )
            }
            try await eventually("the answer") {
                try await server.value("SELECT 1 FROM cambist.request WHERE state = 'done'")
            }
            #expect(node.executed.map(\.id) == [request.id])
            let seen = try await server.with("eve") { try await $0.nodes() }
            #expect(seen.map(\.silentSince) == [nil])
        }
    }

    @Test
    func `exchanges are followed in the order in which each node forwards them, even after an outage`()
        async throws
    {
        try await PostgresServer.with { server in
            try await server.initialize()
            let scratches = [ScratchDirectory(), ScratchDirectory()]
            let histories = try scratches.map { try $0.open() }
            let nodes = [
                TestNode("vm1", [try Samples.mapping("vm1")], history: histories[0]),
                TestNode("vm2", [try Samples.mapping("vm2")], history: histories[1]),
            ]
            let followed = Mutex<[FleetExchange]>([])
            let follower = FleetFollower(
                try server.settings("eve"),
                matching: HistoryFilter(),
                node: nil,
                limit: 10,
                time: SystemTime()
            ) { _ in }
            let following = Task {
                await follower.run { exchanges in followed.withLock { $0 += exchanges } }
            }
            try await nodes[0].running(server.settings("vm1")) {
                try await nodes[1].running(server.settings("vm2")) {
                    var expected: [[FleetRecordID]] = [[], []]
                    for round in 0..<3 {
                        for (index, hours) in [0.0, -5.0].enumerated() {
                            // The second host's clock is hours behind, and each of its exchanges began before the
                            // one that it stored earlier.
                            let at = Samples.start + hours * 3600 + (hours == 0 ? 60 : -60) * Double(round)
                            expected[index] += try await histories[index].append([
                                Samples.record(round, at: at)
                            ])
                            .compactMap(\.fleet)
                            let name = nodes[index].name
                            nodes[index].set([
                                try Samples.mapping(name, "audit", round % 2 == 0 ? .failing : .live)
                            ])
                        }
                        try await eventually("the exchanges are followed") {
                            followed.withLock { $0.count == 2 * (round + 1) ? true : nil }
                        }
                        if round == 1 {
                            try await server.kill()
                            try await server.start()
                        }
                    }
                    for (index, name) in ["vm1", "vm2"].enumerated() {
                        let ids = followed.withLock { $0.filter { $0.node == name }.map(\.id) }
                        #expect(ids == expected[index])
                    }
                }
            }
            following.cancel()
            await following.value
        }
    }

    @Test func `one of two processes of a node publishes, and the other takes over when it stops`()
        async throws
    {
        try await PostgresServer.with { server in
            try await server.initialize()
            func states() async throws -> String? {
                try await server.value(
                    "SELECT string_agg(mapping || ' ' || state, ', ' ORDER BY mapping) FROM cambist.mapping_state"
                )
            }
            let console = TestNode("vm1", [try Samples.mapping("vm1", "audit")])
            let serve = TestNode("vm1", [try Samples.mapping("vm1", "payroll")])
            try await console.running(server.settings("vm1"), takesOver: false) {
                try await eventually("the console publishes") {
                    try await states() == "audit live" ? true : nil
                }
                try await serve.running(server.settings("vm1"), host: "other") {
                    try await eventually("serve takes over") {
                        try await states() == "payroll live" ? true : nil
                    }
                    console.set([try Samples.mapping("vm1", "audit", .failing)])
                    serve.set([try Samples.mapping("vm1", "payroll", .failing)])
                    try await eventually("serve publishes") {
                        try await states() == "payroll failing" ? true : nil
                    }
                    try await eventually("the console knows", within: 40) { console.reports.first }
                    #expect(try await states() == "payroll failing")
                }
                try await eventually("the console takes over again") {
                    try await states() == "audit failing" ? true : nil
                }
                let nodes = try await server.with("eve") { try await $0.nodes() }
                #expect(nodes.map(\.host) == ["host-vm1"])
                #expect(nodes.map(\.hasStopped) == [false])
            }
            #expect(serve.reports.isEmpty, "\(serve.reports)")
            #expect(console.reports.first?.contains("from host other") == true, "\(console.reports)")
            let nodes = try await server.with("eve") { try await $0.nodes() }
            #expect(nodes.map(\.hasStopped) == [true])
            #expect(nodes.allSatisfy { $0.silentSince != nil })
        }
    }
}

/// A clock with an offset.
private struct OffsetTime: TimeSource {
    let offset: Double
    var now: Date { SystemTime().now + offset }
    var uptime: Duration { SystemTime().uptime }
    func sleep(for duration: Duration) async throws { try await SystemTime().sleep(for: duration) }
}
