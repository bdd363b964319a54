import Federation
import Foundation
import PostgresServer
import Store
import TestSupport
import Testing
import Transport

@testable import Fleet

/// The schema of the fleet's database and the privileges of its roles, on a real server.
@Suite(.needsPostgres, .timeLimit(.minutes(30)), .limited) struct SchemaTests {
    @Test func `init creates the schema once, and a later schema is refused`() async throws {
        try await PostgresServer.with { server in
            try await server.with("owner") { store in
                await #expect(throws: FleetError.uninitialized) { try await store.checkSchema() }
                #expect(try await store.initialize() == (0, FleetSchema.version))
                #expect(try await store.initialize() == (FleetSchema.version, FleetSchema.version))
                try await store.checkSchema()
                try await store.script("INSERT INTO cambist.schema_version (version) VALUES (1000)")
                let newer = FleetError.newer(found: 1000, known: FleetSchema.version)
                await #expect(throws: newer) { try await store.checkSchema() }
                await #expect(throws: newer) { _ = try await store.initialize() }
                #expect(newer.description.contains("1000"))
            }
        }
    }

    @Test func `rows that cannot be decoded shorten no page, and are not read again`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            try await server.with("owner") { store in
                let ids = (0..<6).map { TimeOrderedID.make(at: Samples.start + Double($0)) }
                let rows = ids.enumerated().map { index, id in
                    let steps = [1, 3, 4].contains(index) ? #"[{"step": "later"}]"# : "[]"
                    return
                        "('\(id)', now(), 'vm1', 'audit', 'logging', 'arn:aws:iam::111122223333:role/audit', false, "
                        + "'\(steps)')"
                }
                try await store.script(
                    """
                    INSERT INTO cambist.node (name, owner, host, version) VALUES ('vm1', 'vm1', 'h', '1');
                    INSERT INTO cambist.exchange (id, at, node, mapping, identity, role_arn, failed, steps)
                        VALUES \(rows.joined(separator: ", "));
                    """
                )
                let filter = HistoryFilter()
                #expect(try await store.exchanges(matching: filter, limit: 2).map(\.id) == [ids[5], ids[2]])
                #expect(
                    try await store.exchanges(matching: filter, before: ids[5], limit: 2).map(\.id)
                        == [ids[2], ids[0]]
                )
                let page = try await store.exchanges(matching: filter, after: ["vm1": ids[2]], limit: 2)
                #expect(page.exchanges.isEmpty && page.last == ["vm1": ids[4]] && page.unfinished == ["vm1"])
            }
        }
    }

    @Test func `a schema of the first version is migrated with its rows and rights`() async throws {
        try await PostgresServer.with { server in
            try await server.with("owner") { store in
                #expect(try await store.initialize(upTo: 1) == (0, 1))
                try await store.script(
                    """
                    CREATE ROLE vm1 LOGIN; GRANT cambist_node TO vm1;
                    CREATE ROLE eve LOGIN; GRANT cambist_reader TO eve;
                    INSERT INTO cambist.node (name, owner, host, version) VALUES ('vm1', 'vm1', 'h', '1');
                    INSERT INTO cambist.mapping_state (node, mapping, identity, role_arn, state)
                        VALUES ('vm1', 'audit', 'logging', 'arn:aws:iam::111122223333:role/audit', 'live');
                    INSERT INTO cambist.exchange (id, at, node, mapping, identity, role_arn, failed, steps)
                        VALUES ('\(Self.id)', now(), 'vm1', 'audit', 'logging',
                            'arn:aws:iam::111122223333:role/audit', false, '[]');
                    """
                )
                #expect(try await store.initialize() == (1, FleetSchema.version))
            }
            try await server.with("eve") { (store: FleetStore) async throws -> Void in
                #expect(
                    try await store.exchanges(matching: HistoryFilter(), limit: 10).map(\.id) == [Self.id]
                )
                #expect(try await store.rows("SELECT mapping FROM cambist.mapping_state") == [["audit"]])
                await expectDenied { try await store.script("DELETE FROM cambist.exchange") }
            }
            let vm1 = NodeDescription(name: "vm1", host: "h", version: "2")
            try await server.with("vm1") { store in
                try await store.register(vm1)
                let mapping = try Samples.mapping("vm1", "audit", .failing)
                #expect(try await store.publish([mapping], of: vm1, isComplete: true))
            }
            #expect(try await server.value("SELECT state FROM cambist.mapping_state") == "failing")
        }
    }

    @Test func `each role may do its own work and nothing else`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            let (vm1, vm2) = (
                NodeDescription(name: "vm1", host: "h", version: "1"),
                NodeDescription(name: "vm2", host: "h", version: "1")
            )
            try await server.with("vm2") { store in
                try await store.register(vm2)
                _ = try await store.publish([Samples.mapping("vm2")], of: vm2, isComplete: true)
            }
            try await server.with("ada") { store in
                let request = try await store.request(
                    "019a0000-0000-7000-8000-000000000001",
                    .test,
                    FleetMapping.ID(node: "vm2", mapping: "audit"),
                    by: "ada"
                )
                #expect(request.expiry == request.requested + 60)
                #expect(request.state == .waiting)
            }
            try await server.with("vm1") { store in
                try await store.register(vm1)
                _ = try await store.publish([Samples.mapping("vm1")], of: vm1, isComplete: true)
                // Another user's node, its states, exchanges, and requests.
                await expectDenied { try await store.register(vm2) }
                let isPublished = try await store.publish(
                    [Samples.mapping("vm2", "audit", .failing)],
                    of: vm2,
                    isComplete: true
                )
                #expect(!isPublished)
                try await store.deleteStates(["audit"], of: vm2)
                await expectDenied {
                    _ = try await store.rows(
                        "INSERT INTO mapping_state (node, mapping, identity, role_arn, state) "
                            + "VALUES ('vm2', 'other', 'logging', 'role', 'live')"
                    )
                }
                await expectDenied {
                    try await store.insert(
                        [.init(position: 1, id: Self.id, content: .exchange(Samples.record()))],
                        of: "vm2"
                    )
                }
                #expect(try await store.rows("SELECT name FROM node") == [["vm1"]])
                #expect(try await store.rows("SELECT node FROM mapping_state") == [["vm1"]])
                #expect(try await store.rows("SELECT id FROM request").isEmpty)
                #expect(try await store.claim(for: vm2, claim: Self.id) == nil)
                let beat = try await store.beat(vm2)
                #expect(beat == nil)
                await expectDenied {
                    _ = try await store.request(
                        Self.id,
                        .test,
                        FleetMapping.ID(node: "vm1", mapping: "audit"),
                        by: "vm1"
                    )
                }
                await expectDenied { _ = try await store.rows("DELETE FROM node") }
                await expectDenied { _ = try await store.rows("DELETE FROM exchange") }
                await expectDenied { _ = try await store.rows("UPDATE node SET owner = 'vm2'") }
                await expectNotOwner { _ = try await store.prune(before: .distantPast) }
                await expectNotOwner { _ = try await store.initialize() }
            }
            for user in ["ada", "eve"] {
                try await server.with(user) { store in
                    let nodes = try await store.snapshot().mappings.map(\.node)
                    #expect(nodes == ["vm1", "vm2"])
                    await expectDenied { try await store.register(vm1) }
                    await expectDenied { _ = try await store.rows("UPDATE mapping_state SET state = 'live'") }
                    await expectDenied { _ = try await store.rows("UPDATE request SET state = 'done'") }
                    await expectDenied { _ = try await store.rows("DELETE FROM request") }
                }
            }
            try await server.with("eve") { store in
                await expectDenied {
                    _ = try await store.request(
                        Self.id,
                        .test,
                        FleetMapping.ID(node: "vm1", mapping: "audit"),
                        by: "eve"
                    )
                }
            }
            try await server.with("ada") { store in
                // The database, not the operator, sets the expiry, the state, and the author.
                await expectDenied {
                    _ = try await store.rows(
                        "INSERT INTO request (id, verb, node, mapping, operator, requested_by) "
                            + "VALUES (gen_random_uuid(), 'test', 'vm1', 'audit', 'ada', 'eve')"
                    )
                }
                await #expect(throws: FleetError.self) {
                    _ = try await store.rows(
                        "INSERT INTO request (id, verb, node, mapping, operator) "
                            + "VALUES (gen_random_uuid(), 'exec', 'vm1', 'audit', 'ada')"
                    )
                }
            }
            try await server.with("mallory") { store in
                await #expect(throws: FleetError.self) { _ = try await store.snapshot() }
            }
            let states = try await server.value("SELECT string_agg(state, ' ') FROM cambist.mapping_state")
            #expect(states == "live live")
        }
    }

    @Test func `the queries of the console use an index`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            try await server.with("owner") { store in
                // Otherwise, PostgreSQL reads the empty table sequentially.
                try await store.script("SET enable_seqscan = off; SET enable_sort = off")
                for condition in [
                    "node = 'vm1' AND mapping = 'audit'", "node = 'vm1'", "mapping = 'audit'",
                    "failed AND node = 'vm1'", "failed AND mapping = 'audit'", "identity = 'logging'",
                    "failed",
                    "id < '019a0000-0000-7000-8000-000000000000'", "true",
                ] {
                    let plan = try await store.rows(
                        "EXPLAIN SELECT \(ExchangeColumns.selection) FROM exchange WHERE \(condition) "
                            + "ORDER BY exchange.id DESC LIMIT 50"
                    ).compactMap(\.first).compactMap(\.self).joined(separator: "\n")
                    #expect(plan.contains("Index Scan") && !plan.contains("Sort"), "\(condition): \(plan)")
                }
            }
        }
    }

    @Test func `prune deletes old exchanges and nodes and keeps the others`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            try await server.with("vm1") { store in
                try await store.register(NodeDescription(name: "vm1", host: "h", version: "1"))
                let entries = try [0.0, 86_400, 172_800].enumerated().map { index, offset in
                    OutboxEntry(
                        position: index,
                        id: TimeOrderedID.make(at: Samples.start + offset),
                        content: .exchange(try Samples.record(at: Samples.start + offset))
                    )
                }
                try await store.insert(entries, of: "vm1")
            }
            try await server.with("owner") { store in
                let removed = try await store.prune(before: Samples.start + 86_400)
                #expect(removed.exchanges == 1 && removed.watches == 0 && removed.nodes == 1)
            }
            #expect(try await server.value("SELECT count(*)::text FROM cambist.exchange") == "2")
        }
    }

    private static let id = "019a0000-0000-7000-8000-00000000000a"

    private func expectNotOwner(
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async {
        let error = await failure(body)
        if case .notOwner = error {
            #expect(error?.fix.contains("owner") == true, sourceLocation: sourceLocation)
            return
        }
        Issue.record("\(String(describing: error))", sourceLocation: sourceLocation)
    }

    private func expectDenied(
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async {
        let error = await failure(body)
        if case .denied = error { return }
        Issue.record("\(String(describing: error))", sourceLocation: sourceLocation)
    }
}
