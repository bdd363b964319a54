package import Federation
import FoundationEssentials
import Store

/// The operations on the fleet's database.
package struct FleetStore: Sendable {
    let connection: PostgresConnection

    /// Creates a store; the first operation connects.
    package init(_ settings: ConnectionSettings, time: any TimeSource) {
        connection = PostgresConnection(settings, time: time)
    }

    /// Closes the connection; must be the last call.
    package func close() { connection.close() }

    /// Runs `body` in a transaction.
    @discardableResult
    func perform<Value: Sendable>(
        _ body: @escaping @Sendable (PostgresSession) throws(FleetError) -> Value
    ) async throws(FleetError) -> Value {
        try await connection.perform { session throws(FleetError) in
            try session.transaction { session throws(FleetError) in try body(session) }
        }
    }

    /// Runs `body`, which needs the privileges of the schema's owner.
    func performAsOwner<Value: Sendable>(
        _ body: @escaping @Sendable (PostgresSession) throws(FleetError) -> Value
    ) async throws(FleetError) -> Value {
        try await connection.perform { session throws(FleetError) in
            try session.connect()
            do throws(FleetError) {
                return try body(session)
            } catch {
                guard case .denied(let reason) = error else { throw error }
                throw .notOwner(reason)
            }
        }
    }

    // MARK: Nodes

    /// An SQL condition that is true if no process publishes as the node.
    ///
    /// The condition is also true if the last process has missed three heartbeats.
    private static let isFree = "(node.process IS NULL OR node.beat < now() - interval '45 s')"

    /// Registers a node, and acquires the node's lease if no other process holds the lease.
    ///
    /// - Parameters:
    ///   - node: The node.
    ///   - takesOver: Whether the lease is acquired even if another process holds it.
    /// - Returns: The lease: held by this process, or by another process with the node's name.
    /// - Throws: ``FleetError/denied(_:)`` if the name belongs to another database user.
    func register(_ node: NodeDescription, takesOver: Bool) async throws(FleetError) -> NodeLease {
        let taken = FleetError.denied(
            "the node name \(node.name) belongs to another database user; set fleet.node"
        )
        do throws(FleetError) {
            let lease = try await perform { session throws(FleetError) in
                let rows = try session.execute(
                    """
                    INSERT INTO node (name, host, version, process) VALUES ($1, $2, $3, $4::uuid)
                    ON CONFLICT (name) DO UPDATE SET host = excluded.host, version = excluded.version,
                        process = excluded.process, beat = now(), stopped = NULL
                    WHERE $5::boolean OR node.process = excluded.process OR \(Self.isFree)
                    RETURNING name
                    """,
                    [node.name, node.host, node.version, node.process, takesOver ? "t" : "f"]
                ).rows
                return rows.isEmpty ? try Self.holder(of: node.name, session) : .held
            }
            guard let lease else { throw taken }
            return lease
        } catch {
            guard case .denied(let reason) = error, reason.contains("row-level security") else { throw error }
            throw taken
        }
    }

    /// Records a heartbeat, and acquires the node's lease if no other process holds the lease.
    ///
    /// - Returns: The lease, and whether requests are waiting; `nil` if the node is not registered.
    /// - Throws: ``FleetError``.
    func beat(_ node: NodeDescription) async throws(FleetError) -> NodeBeat? {
        try await perform { session throws(FleetError) -> NodeBeat? in
            let rows = try session.execute(
                """
                UPDATE node SET host = $2, version = $3, process = $4::uuid, beat = now(), stopped = NULL
                WHERE name = $1 AND (process = $4::uuid OR \(Self.isFree)) RETURNING EXISTS (
                    SELECT FROM request WHERE request.node = $1 AND state = 'waiting' AND expiry > now()),
                    (SELECT old.process = $4::uuid FROM node AS old WHERE old.name = $1)
                """,
                [node.name, node.host, node.version, node.process]
            ).rows
            if let row = rows.first {
                return NodeBeat(lease: .held, isNew: row[1] != "t", hasRequests: row[0] == "t")
            }
            return try Self.holder(of: node.name, session)
                .map { NodeBeat(lease: $0, isNew: false, hasRequests: false) }
        }
    }

    /// Returns the lease that another process holds; `nil` if the node is not registered.
    private static func holder(
        of node: FleetNode.ID,
        _ session: PostgresSession
    ) throws(FleetError) -> NodeLease? {
        try session.execute("SELECT host FROM node WHERE name = $1", [node]).rows.first
            .map { .heldByOther(host: $0[0] ?? "") }
    }

    /// Records that this process has stopped; another process of the node can acquire the lease.
    func release(_ node: NodeDescription) async throws(FleetError) {
        try await perform { session throws(FleetError) in
            try session.execute(
                "UPDATE node SET process = NULL, stopped = now() WHERE name = $1 AND process = $2::uuid",
                [node.name, node.process]
            )
        }
    }

    /// Publishes states if this process holds the node's lease.
    ///
    /// With `isComplete`, the states of all other mappings are deleted.
    ///
    /// - Returns: `false` if this process does not hold the lease and therefore published nothing.
    /// - Throws: ``FleetError``.
    func publish(
        _ mappings: [FleetMapping],
        of node: NodeDescription,
        isComplete: Bool
    ) async throws(FleetError) -> Bool {
        let json = Self.json(mappings.map(StateColumns.init))
        let names = Self.json(mappings.map(\.mapping))
        return try await perform { session throws(FleetError) in
            if isComplete {
                try session.execute(
                    """
                    DELETE FROM mapping_state WHERE node = $1 AND \(StateColumns.isHeld)
                        AND mapping NOT IN (SELECT jsonb_array_elements_text($2::jsonb))
                    """,
                    [node.name, names, node.process]
                )
            }
            return try !session.execute(StateColumns.publication, [node.name, json, node.process]).rows
                .isEmpty
        }
    }

    /// Deletes the states of mappings if this process holds the node's lease.
    func deleteStates(_ mappings: [RoleMapping.ID], of node: NodeDescription) async throws(FleetError) {
        let names = Self.json(mappings)
        try await perform { session throws(FleetError) in
            try session.execute(
                """
                DELETE FROM mapping_state WHERE node = $1 AND \(StateColumns.isHeld)
                    AND mapping IN (SELECT jsonb_array_elements_text($2::jsonb))
                """,
                [node.name, names, node.process]
            )
        }
    }

    /// Stores entries of a node's outbox; entries that the database already has are unchanged.
    func insert(_ entries: [OutboxEntry], of node: FleetNode.ID) async throws(FleetError) {
        let exchanges = entries.compactMap { entry -> ExchangeColumns? in
            guard case .exchange(let record) = entry.content else { return nil }
            return ExchangeColumns(entry.id, record)
        }
        let watches = entries.compactMap { entry -> WatchColumns? in
            guard case .watch(let watch) = entry.content else { return nil }
            return WatchColumns(entry.id, watch)
        }
        let json = (exchanges: Self.json(exchanges), watches: Self.json(watches))
        let (hasExchanges, hasWatches) = (!exchanges.isEmpty, !watches.isEmpty)
        guard hasExchanges || hasWatches else { return }
        try await perform { session throws(FleetError) in
            if hasExchanges { try session.execute(ExchangeColumns.insertion, [node, json.exchanges]) }
            if hasWatches { try session.execute(WatchColumns.insertion, [node, json.watches]) }
        }
    }

    // MARK: Requests

    /// Claims the oldest waiting request for a node if this process holds the node's lease.
    ///
    /// - Parameters:
    ///   - node: The node.
    ///   - claim: A UUID of this attempt. The first response may be lost; a repeated attempt with the same UUID returns
    ///     the same request.
    /// - Returns: The claimed request, which the caller executes; `nil` if no request was claimed.
    /// - Throws: ``FleetError``.
    func claim(for node: NodeDescription, claim: String) async throws(FleetError) -> FleetRequest? {
        try await perform { session throws(FleetError) in
            try session.execute(
                """
                UPDATE request SET state = 'claimed', claim = $2::uuid, claimed = now()
                WHERE id = (
                    SELECT id FROM request WHERE node = $1 AND \(StateColumns.isHeld)
                        AND (state = 'waiting' AND expiry > now() OR state = 'claimed' AND claim = $2::uuid)
                    ORDER BY requested LIMIT 1 FOR UPDATE SKIP LOCKED)
                RETURNING \(FleetRequest.selection)
                """,
                [node.name, claim, node.process]
            ).rows.first.flatMap(FleetRequest.init)
        }
    }

    /// Stores the answer to a request that this node has claimed.
    func answer(_ id: FleetRequest.ID, claim: String, _ state: FleetRequest.State) async throws(FleetError) {
        let columns: [String?]
        switch state {
        case .done(let record): columns = ["done", record, nil]
        case .refused(let reason): columns = ["refused", nil, VisibleText.oneLine(reason, limit: 500)]
        case .waiting, .claimed, .expired: return
        }
        try await perform { session throws(FleetError) in
            try session.execute(
                """
                UPDATE request SET state = $3, record = $4::uuid, reason = $5, ended = now()
                WHERE id = $1::uuid AND claim = $2::uuid AND state = 'claimed'
                """,
                [id, claim] + columns
            )
        }
    }

    /// Inserts a request; it expires after a minute by the database's clock.
    func request(
        _ id: FleetRequest.ID,
        _ verb: FleetRequest.Verb,
        _ target: FleetMapping.ID,
        by name: String
    ) async throws(FleetError) -> FleetRequest {
        let row = try await perform { session throws(FleetError) in
            try session.execute(
                """
                INSERT INTO request (id, verb, node, mapping, operator) VALUES ($1::uuid, $2, $3, $4, $5)
                RETURNING \(FleetRequest.selection)
                """,
                [id, verb.rawValue, target.node, target.mapping, name]
            ).rows.first
        }
        guard let request = row.flatMap(FleetRequest.init) else {
            throw .failed(code: "", "no request was stored")
        }
        return request
    }

    // MARK: Reading

    /// Returns these nodes, or all nodes, sorted by name.
    package func nodes(_ names: Set<FleetNode.ID>? = nil) async throws(FleetError) -> [FleetNode] {
        let json = names.map { Self.json($0.sorted()) }
        return try await perform { session throws(FleetError) in
            try session.execute(
                """
                SELECT \(FleetNode.selection) FROM node
                WHERE $1::text IS NULL OR name IN (SELECT jsonb_array_elements_text($1::jsonb))
                """,
                [json]
            ).rows.compactMap(FleetNode.init).sorted { $0.name < $1.name }
        }
    }

    /// Returns the mappings of these nodes, or of all nodes.
    ///
    /// A mapping includes its latest request if the request is pending or recent.
    package func mappings(of nodes: Set<FleetNode.ID>? = nil) async throws(FleetError) -> [FleetMapping] {
        let names = nodes.map { Self.json($0.sorted()) }
        let condition =
            nodes == nil ? "$1::text IS NULL" : "node IN (SELECT jsonb_array_elements_text($1::jsonb))"
        return try await perform { session throws(FleetError) in
            let requests = try session.execute(
                """
                SELECT DISTINCT ON (node, mapping) \(FleetRequest.selection) FROM request
                WHERE requested > now() - interval '5 min'
                    AND (ended IS NULL OR ended > now() - interval '1 min') AND \(condition)
                ORDER BY node, mapping, requested DESC
                """,
                [names]
            ).rows.compactMap(FleetRequest.init)
            let pending = Dictionary(requests.map { ($0.target, $0) }) { first, _ in first }
            return try session.execute(
                "SELECT \(StateColumns.selection) FROM mapping_state WHERE \(condition) ORDER BY node, mapping",
                [names]
            ).rows.compactMap(FleetMapping.init).map { mapping in
                var mapping = mapping
                mapping.request = pending[mapping.id]
                return mapping
            }
        }
    }

    /// Returns the states of all nodes and mappings.
    package func snapshot() async throws(FleetError) -> FleetSnapshot {
        // A node is inserted before its mappings, so a later read of the nodes finds the node of every mapping.
        let mappings = try await mappings()
        return FleetSnapshot(nodes: try await nodes(), mappings: mappings)
    }

    /// Returns the nodes that published states, and the time of the newest publication.
    ///
    /// Publications that are up to a second older than `last` can be returned again. The overlap is necessary, because
    /// transactions do not always end in the order in which they began.
    ///
    /// - Parameter last: The newest time from the previous call; `nil` for the publications of the last second.
    /// - Returns: The nodes, and the newest time, which the caller passes to the next call.
    /// - Throws: ``FleetError``.
    func publications(
        since last: String?
    ) async throws(FleetError) -> (nodes: Set<FleetNode.ID>, newest: String?) {
        let rows = try await perform { session throws(FleetError) in
            try session.execute(
                """
                SELECT node, max(published) FROM mapping_state
                WHERE published > coalesce($1::timestamptz, now()) - interval '1 s'
                GROUP BY node ORDER BY max(published) DESC
                """,
                [last]
            ).rows
        }
        return (Set(rows.compactMap(\.[0])), rows.first?[1] ?? last)
    }

    // MARK: Notifications

    /// Subscribes the connection to a channel; the notifications are events of the connection.
    func listen(to channel: String) async throws(FleetError) {
        try await connection.perform { session throws(FleetError) in
            try session.script("LISTEN \(Self.identifier(channel))")
        }
    }

    func notify(_ channel: String, _ payload: String) async throws(FleetError) {
        try await connection.perform { session throws(FleetError) in
            try session.execute("SELECT pg_notify($1, $2)", [String(channel.prefix(63)), payload])
        }
    }

    /// Quotes a name; the server's limit is 63 bytes.
    private static func identifier(_ name: String) -> String {
        "\"\(name.prefix(63).replacing("\"", with: "\"\""))\""
    }

    /// Encodes a value as a parameter of a statement.
    static func json(_ value: some Encodable) -> String {
        (try? JSONEncoder().encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }
}

/// A process that publishes as a node.
package struct NodeDescription: Hashable, Sendable {
    package let name: FleetNode.ID
    package let host: String
    package let version: String
    /// A UUID that distinguishes the process from other processes of the node.
    let process = UUID().uuidString.lowercased()

    package init(name: FleetNode.ID, host: String, version: String) {
        self.name = name
        self.host = host
        self.version = version
    }
}

/// The right to publish as a node, which at most one process has.
enum NodeLease: Hashable, Sendable {
    case held
    case heldByOther(host: String)
}

/// The result of a heartbeat.
struct NodeBeat: Hashable, Sendable {
    let lease: NodeLease
    /// Whether the process acquired the lease with this heartbeat.
    let isNew: Bool
    let hasRequests: Bool
}
