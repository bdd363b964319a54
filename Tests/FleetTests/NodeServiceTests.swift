import Federation
import Foundation
import PostgresServer
import Store
import TestSupport
import Testing
import Transport

@testable import Fleet

/// A node that publishes and executes, and a console that reads and requests, on a real server.
@Suite(.needsPostgres, .timeLimit(.minutes(30)), .limited) struct NodeServiceTests {
    private let target = FleetMapping.ID(node: "vm1", mapping: "audit")

    private func request(
        _ server: PostgresServer,
        _ verb: FleetRequest.Verb = .test,
        _ target: FleetMapping.ID
    ) async throws -> FleetRequest {
        try await server.with("ada") { store in
            try await store.request(TimeOrderedID.make(at: SystemTime().now), verb, target, by: "ada")
        }
    }

    private func state(_ server: PostgresServer, of id: FleetRequest.ID) async throws -> String? {
        try await server.value("SELECT state FROM cambist.request WHERE id = '\(id)'")
    }

    @Test func `a node publishes its states, each change, and removals`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            let node = TestNode("vm1", [try Samples.mapping("vm1"), try Samples.mapping("vm1", "payroll")])
            try await node.running(server.settings("vm1")) {
                try await server.with("eve") { store in
                    let snapshot = try await eventually("the node is published") {
                        let snapshot = try await store.snapshot()
                        return snapshot.mappings.count == 2 && !snapshot.nodes.isEmpty ? snapshot : nil
                    }
                    #expect(snapshot.nodes.map(\.name) == ["vm1"])
                    #expect(snapshot.nodes[0].host == "host-vm1" && snapshot.nodes[0].version == "1.2.3")
                    #expect(snapshot.nodes[0].silentSince == nil)
                    #expect(try snapshot.mappings[0] == Samples.mapping("vm1"))
                    node.set([try Samples.mapping("vm1", "audit", .failing)])
                    try await eventually("the change is published") {
                        let mappings = try await store.mappings()
                        return try mappings == [Samples.mapping("vm1", "audit", .failing)] ? mappings : nil
                    }
                }
            }
            #expect(node.reports.isEmpty, "\(node.reports)")
        }
    }

    @Test func `a node that was deleted registers again, and reports no outage`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            let node = TestNode("vm1", [try Samples.mapping("vm1")])
            let published = "SELECT mapping FROM cambist.mapping_state"
            try await node.running(server.settings("vm1")) {
                try await eventually("the node is published") { try await server.value(published) }
                try await server.with("owner") { store in try await store.script("DELETE FROM cambist.node") }
                try await eventually("the node is published again", within: 40) {
                    try await server.value(published)
                }
            }
            #expect(node.reports.isEmpty, "\(node.reports)")
        }
    }

    @Test func `a request is executed once by one of two processes of a node, and answered`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            let (serve, console) = (TestNode("vm1", [try Samples.mapping("vm1")]), TestNode("vm1", []))
            try await serve.running(server.settings("vm1")) {
                try await console.running(server.settings("vm1")) {
                    try await eventually("the node is published") {
                        try await server.value("SELECT name FROM cambist.node")
                    }
                    var ids: [FleetRequest.ID] = []
                    for _ in 0..<4 { ids.append(try await request(server, .test, target).id) }
                    for id in ids {
                        try await eventually("the answer") {
                            try await state(server, of: id) == "done" ? true : nil
                        }
                    }
                    let executed = serve.executed + console.executed
                    #expect(executed.map(\.id).sorted() == ids.sorted())
                    #expect(
                        executed.allSatisfy {
                            $0.operator == "ada" && $0.target == target && $0.verb == .test
                        }
                    )
                    let record = try await server.value("SELECT record::text FROM cambist.request LIMIT 1")
                    #expect(record == "019a0000-0000-7000-8000-000000000000")
                }
            }
        }
    }

    @Test func `a node executes at most one request per second`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            let node = TestNode("vm1", [try Samples.mapping("vm1")])
            try await node.running(server.settings("vm1")) {
                try await eventually("the node is published") {
                    try await server.value("SELECT name FROM cambist.node")
                }
                for _ in 0..<3 { _ = try await request(server, .refresh, target) }
                try await eventually("all are executed") { node.executed.count == 3 ? true : nil }
                let span = try await server.value(
                    "SELECT (max(claimed) - min(claimed) >= interval '1.9 s')::text FROM cambist.request"
                )
                #expect(span == "true")
            }
        }
    }

    @Test func `an expired request is not executed`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            try await server.with("vm1") {
                try await $0.register(NodeDescription(name: "vm1", host: "h", version: "1"))
            }
            let old = try await request(server, .test, target)
            try await server.with("owner") { store in
                try await store.script(
                    "UPDATE cambist.request SET requested = requested - interval '61 s', expiry = expiry - interval '61 s'"
                )
            }
            let node = TestNode("vm1", [try Samples.mapping("vm1")])
            try await node.running(server.settings("vm1")) {
                let new =
                    try await eventually("the node is published") {
                        try await server.value("SELECT mapping FROM cambist.mapping_state")
                    } == "audit" ? try await request(server, .watch, target) : nil
                try await eventually("the new request is executed") { node.executed.isEmpty ? nil : true }
                #expect(node.executed.map(\.id) == [new?.id])
            }
            #expect(try await state(server, of: old.id) == "waiting")
            let shown = try await server.with("eve") {
                try await $0.rows("SELECT \(FleetRequest.selection) FROM request")
            }
            #expect(shown.compactMap(FleetRequest.init).first { $0.id == old.id }?.state == .expired)
        }
    }

    @Test func `a node that another user registered is not taken over`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            try await server.with("vm2") {
                try await $0.register(NodeDescription(name: "vm1", host: "h", version: "1"))
            }
            let node = TestNode("vm1", [try Samples.mapping("vm1")])
            try await node.running(server.settings("vm1")) {
                try await eventually("the refusal is reported") { node.reports.first }
            }
            #expect(node.reports.first?.contains("belongs to another database user") == true)
        }
    }

    @Test func `the console receives changes, requests, and the start of an outage of the database`()
        async throws
    {
        try await PostgresServer.with { server in
            try await server.initialize()
            let observer = FleetObserver(try server.settings("ada"), operatorName: "Ada", time: SystemTime())
            { _ in }
            let (snapshots, continuation) = AsyncStream.makeStream(of: FleetSnapshot.self)
            let watching = Task { await observer.run { continuation.yield($0) } }
            var iterator = snapshots.makeAsyncIterator()
            func next(_ condition: (FleetSnapshot) -> Bool) async -> FleetSnapshot? {
                while let snapshot = await iterator.next() { if condition(snapshot) { return snapshot } }
                return nil
            }
            _ = await next { $0.nodes.isEmpty }
            let node = TestNode("vm1", [try Samples.mapping("vm1")])
            try await node.running(server.settings("vm1")) {
                let seen = await next { $0.mappings.count == 1 }
                #expect(seen?.nodes.map(\.name) == ["vm1"])
                let request = try await observer.request(.test, target)
                #expect(request.operator == "Ada")
                let done = await next { $0.mappings.first?.request?.isPending == false }
                #expect(
                    done?.mappings.first?.request?.state
                        == .done(record: "019a0000-0000-7000-8000-000000000000")
                )
                node.set([try Samples.mapping("vm1", "audit", .failing)])
                #expect(await next { $0.mappings.first?.state == .failing } != nil)
                try await server.kill()
                let gone = await next { $0.unreachableSince != nil }
                #expect(gone?.mappings.count == 1)
                #expect(gone?.problem?.isEmpty == false)
                try await server.start()
                #expect(await next { $0.unreachableSince == nil } != nil)
                node.set([try Samples.mapping("vm1", "audit", .live)])
                #expect(await next { $0.mappings.first?.state == .live } != nil)
            }
            watching.cancel()
            await watching.value
            #expect(node.reports.count == 2, "\(node.reports)")
        }
    }
}
