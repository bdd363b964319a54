import Federation
import Foundation
import PostgresServer
import Testing
import Transport

@testable import Fleet

extension PostgresServer {
    /// Creates the schema, and users that are members of the roles.
    func initialize(nodes: [String] = ["vm1", "vm2"], operators: [String] = ["ada"]) async throws {
        let owner = FleetStore(try settings("owner"), time: SystemTime())
        _ = try await owner.initialize()
        let grants =
            nodes.map { "CREATE ROLE \($0) LOGIN; GRANT cambist_node TO \($0);" }
            + operators.map { "CREATE ROLE \($0) LOGIN; GRANT cambist_operator TO \($0);" }
            + ["CREATE ROLE eve LOGIN; GRANT cambist_reader TO eve; CREATE ROLE mallory LOGIN;"]
        try await owner.script(grants.joined())
        owner.close()
    }

    /// Runs `body` with a store that is connected as `user`.
    @discardableResult
    func with<Value: Sendable>(
        _ user: String,
        _ body: (FleetStore) async throws -> Value
    ) async throws -> Value {
        let store = FleetStore(try settings(user), time: SystemTime())
        defer { store.close() }
        return try await body(store)
    }

    /// The first column of a query's first row, as the owner reads it.
    func value(_ query: String) async throws -> String? {
        try await with("owner") { try await $0.rows(query).first?.first ?? nil }
    }
}

extension FleetStore {
    /// Registers a node and takes it over from another process.
    func register(_ node: NodeDescription) async throws(FleetError) {
        _ = try await register(node, takesOver: true)
    }

    /// Runs statements as the store's user.
    func script(_ sql: String) async throws(FleetError) {
        try await connection.perform { session throws(FleetError) in try session.script(sql) }
    }

    /// Runs a statement as the store's user.
    func rows(_ sql: String, _ parameters: [String?] = []) async throws(FleetError) -> [[String?]] {
        try await connection.perform { session throws(FleetError) in
            try session.transaction { session throws(FleetError) in try session.execute(sql, parameters).rows
            }
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test where PostgreSQL is not installed.
    static var needsPostgres: Self {
        .enabled("PostgreSQL is not installed: apt-get install postgresql") { PostgresServer.programs != nil }
    }
}

/// Waits until `condition` returns a value and returns that value; throws after `seconds`.
@discardableResult
func eventually<Value>(
    _ what: String,
    within seconds: Double = 120,
    _ condition: () async throws -> Value?
) async throws -> Value {
    let time = SystemTime()
    let end = time.uptime + .seconds(seconds)
    while time.uptime < end {
        if let value = try await condition() { return value }
        try await time.sleep(for: .milliseconds(20))
    }
    throw MissingCondition(what: what)
}

/// The error of the database that `body` throws, if it does.
func failure(_ body: () async throws -> Void) async -> FleetError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? FleetError
    }
}

struct MissingCondition: Error {
    let what: String
}
