import Federation
import Foundation
import PostgresServer
import Store
import TestSupport
import Testing
import Transport

@testable import Fleet

/// The connection to PostgreSQL: its settings, time limits, and errors.
@Suite(.limited) struct ConnectionTests {
    private func settings(
        _ uri: String,
        _ variables: [String: String] = [:]
    ) throws -> ConnectionSettings {
        try ConnectionSettings(#require(FleetAddress(uri)), application: "test", variables: variables)
    }

    @Test(arguments: [
        ("postgresql://db.example/c", "verify-full"), ("postgresql://10.0.0.1/c", "verify-full"),
        ("postgresql:///?service=fleet", "verify-full"),
        ("postgresql://localhost,db.example/c", "verify-full"),
        ("postgresql://169.254.1.1/c", "verify-full"),
        ("postgresql://localhost/c", "prefer"), ("postgresql://127.0.0.1/c", "prefer"),
        ("postgresql://[::1]/c", "prefer"), ("postgresql:///c?host=/run/postgresql", "prefer"),
        ("postgresql:///c", "prefer"), ("postgresql://db.example/c?sslmode=verify-ca", "verify-ca"),
    ])
    func `the certificate is verified unless every host is local`(_ uri: String, _ mode: String) throws {
        #expect(try settings(uri).tls.mode == mode)
        #expect(try settings(uri).parameters["sslmode"] == mode)
    }

    @Test func `the environment names a host that is not local`() throws {
        #expect(try settings("postgresql:///c", ["PGHOST": "db.example"]).tls.mode == "verify-full")
        #expect(try settings("postgresql:///c", ["PGSERVICE": "fleet"]).tls.mode == "verify-full")
        let address = ["PGHOSTADDR": "192.0.2.1"]
        #expect(try settings("postgresql://localhost/c", address).tls.mode == "verify-full")
        #expect(try settings("postgresql:///c?host=/run/postgresql", address).tls.mode == "verify-full")
        #expect(try settings("postgresql:///c?hostaddr=127.0.0.1", address).tls.mode == "prefer")
        #expect(try settings("postgresql://db.example/c", ["PGSSLMODE": "require"]).tls.mode == "require")
    }

    @Test func `a URI that libpq refuses is not repeated`() throws {
        do {
            _ = try settings("postgresql://db.example/c?sekret=hunter2")
            Issue.record("accepted")
        } catch let error as FleetError {
            #expect(!"\(error) \(error.fix)".contains("hunter2"))
        }
    }

    @Test(arguments: [Duration.seconds(10), .seconds(3600)])
    func `an error about the time limit names the limit of the statement`(limit: Duration) {
        let error = FleetError(
            code: "57014",
            message: "canceling statement due to statement timeout",
            limit: limit
        )
        #expect(error == .timedOut(after: limit))
        #expect(error.description.hasSuffix("within \(DurationText.format(limit))."))
    }

    @Test(arguments: [
        "canceling statement due to user request", "storniere Anfrage wegen Zeitüberschreitung der Anfrage",
    ])
    func `the server's end of a statement has two possible reasons`(message: String) {
        let error = FleetError(code: "57014", message: message, limit: .seconds(10))
        #expect(error == .ended(message, limit: .seconds(10)))
        #expect(error.description.contains("time limit of 10s"), "\(error.description)")
        #expect(error.description.contains("an administrator canceled it: \(message)."))
        #expect(Failure(error).kind == .tryAgain)
    }

    @Test func `canceling a job at any time leaves no trace after its end`() async throws {
        let connection = PostgresConnection(
            try settings("postgresql:///c?host=/nonexistent"),
            time: SystemTime()
        )
        defer { connection.close() }
        for number in 0..<500 {
            let task = Task {
                _ = try? await connection.perform { _ throws(FleetError) in number }
            }
            if number.isMultiple(of: 2) { await Task.yield() }
            task.cancel()
            await task.value
        }
        #expect(connection.canceledCount == 0)
    }

    @Test func `more connections than Dispatch has threads run their jobs`() async throws {
        let settings = try settings("postgresql:///c?host=/nonexistent")
        let connections = (0..<300).map { _ in PostgresConnection(settings, time: SystemTime()) }
        defer { for connection in connections { connection.close() } }
        for (number, connection) in connections.enumerated() {
            #expect(try await connection.perform { _ throws(FleetError) in number } == number)
        }
    }

    @Test func `a server that is absent is unreachable`() async throws {
        let store = FleetStore(try settings("postgresql:///c?host=/nonexistent"), time: SystemTime())
        defer { store.close() }
        let error = await failure { try await store.checkSchema() }
        guard case .unreachable(let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("/nonexistent"))
    }

    @Test(.needsPostgres) func `canceling a task ends its running statement`() async throws {
        try await PostgresServer.with { server in
            try await server.with("owner") { (store: FleetStore) async throws -> Void in
                let task = Task { try await store.rows("SELECT pg_sleep(90)") }
                try await eventually("the statement runs") {
                    try await server.value(
                        "SELECT 'yes' FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(90)' AND state = 'active'"
                    )
                }
                let time = SystemTime()
                let start = time.uptime
                task.cancel()
                await #expect(throws: FleetError.canceled) { _ = try await task.value }
                #expect(time.uptime - start < .seconds(30))
                #expect(try await store.rows("SELECT 1") == [["1"]])
            }
        }
    }

    @Test(.needsPostgres) func `parameters are passed unchanged, and an error does not repeat them`()
        async throws
    {
        try await PostgresServer.with { server in
            try await server.with("owner") { (store: FleetStore) async throws -> Void in
                let text = "'; DROP TABLE x; -- 日本 \\ \" \n"
                #expect(try await store.rows("SELECT $1::text, $2::text", [text, nil]) == [[text, nil]])
                let error = await failure { _ = try await store.rows("SELECT $1::int", ["hunter2"]) }
                guard case .invalid(let reason) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(reason.contains("integer"))
                #expect(try await store.rows("SELECT 1") == [["1"]])
            }
        }
    }

    @Test(.needsPostgres) func `a read-only server is reported as read-only`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            try await server.with("owner") { (store: FleetStore) async throws -> Void in
                try await store.script("ALTER ROLE vm1 SET default_transaction_read_only = on")
            }
            try await server.with("vm1") { store in
                await #expect(throws: FleetError.readOnly) {
                    try await store.register(NodeDescription(name: "vm1", host: "h", version: "1"))
                }
            }
        }
    }

    @Test(.needsPostgres) func `an exchange is read back unchanged`() async throws {
        try await PostgresServer.with { server in
            try await server.initialize()
            let record = try Samples.record()
            let id = TimeOrderedID.make(at: record.at)
            try await server.with("vm1") { store in
                try await store.register(NodeDescription(name: "vm1", host: "h", version: "1"))
                for _ in 0..<2 {
                    let entry = OutboxEntry(position: 1, id: id, content: .exchange(record))
                    try await store.insert([entry], of: "vm1")
                }
            }
            try await server.with("eve") { store in
                let expected = FleetExchange(id: id, node: "vm1", record: record)
                #expect(try await store.exchange(id) == expected)
                let matching = [
                    HistoryFilter(), HistoryFilter(mapping: "audit"), HistoryFilter(identity: "logging"),
                    HistoryFilter(outcome: .failed), HistoryFilter(since: Samples.start - 1),
                    HistoryFilter(text: "accessdenied"), HistoryFilter(text: "\\"),
                ]
                for filter in matching {
                    let found = try await store.exchanges(matching: filter, limit: 10)
                    #expect(found == [expected], "\(filter)")
                }
                let others = [
                    HistoryFilter(mapping: "other"), HistoryFilter(outcome: .ok), HistoryFilter(text: "%%"),
                    HistoryFilter(since: Samples.start + 1), HistoryFilter(text: "audit_x"),
                ]
                for filter in others {
                    let found = try await store.exchanges(matching: filter, limit: 10)
                    #expect(found.isEmpty, "\(filter)")
                }
                let earlier = try await store.exchanges(matching: HistoryFilter(), before: id, limit: 10)
                #expect(earlier.isEmpty)
            }
        }
    }
}
