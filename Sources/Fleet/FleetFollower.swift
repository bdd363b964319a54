package import Federation
package import Store

/// Reads new exchanges of all nodes as the nodes forward them.
package actor FleetFollower {
    /// The minimum time between two reads.
    private static let pace = Duration.milliseconds(250)
    /// The maximum number of exchanges of a node in one read.
    private static let page = 500

    private let filter: HistoryFilter
    private let node: FleetNode.ID?
    private let limit: Int
    private let listener: FleetListener
    private let report: @Sendable (String) -> Void
    /// The last exchange that the follower has read, by node; `nil` before the first read.
    private var last: [FleetNode.ID: FleetRecordID]?
    private var problem: FleetError?

    /// Creates a follower; ``run(yield:)`` connects.
    ///
    /// - Parameters:
    ///   - settings: The connection.
    ///   - filter: The filter; its terms and its regular expression are ignored.
    ///   - node: The node, or `nil` for all.
    ///   - limit: The number of earlier exchanges to begin with.
    ///   - time: The clock.
    ///   - report: Receives a message about each new problem, and a message when the database is reachable again.
    package init(
        _ settings: ConnectionSettings,
        matching filter: HistoryFilter,
        node: FleetNode.ID?,
        limit: Int,
        time: any TimeSource,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.filter = filter
        self.node = node
        self.limit = limit
        self.report = report
        listener = FleetListener(settings, channel: FleetSchema.changes, pace: Self.pace, time: time) {
            report(
                "The fleet's database delivers no notifications (a pooler in transaction mode, or a replica); the "
                    + "exchanges are read every \(Int(FleetNode.beatInterval)) s."
            )
        }
    }

    /// Passes the latest exchanges to `yield`, oldest first, followed by new exchanges, until the task is canceled.
    package func run(yield: @escaping @Sendable ([FleetExchange]) -> Void) async {
        await listener.run(
            begin: { () async throws(FleetError) in try await self.begin(yield) },
            respond: { reasons async throws(FleetError) in
                // No notification announces the exchanges that a node forwards after an outage. Therefore, all nodes
                // are read at each heartbeat interval.
                try await self.read(reasons.isBeat ? nil : reasons.payloads, yield)
            },
            failed: { await self.fail($0) }
        )
        await listener.close()
    }

    private func fail(_ error: FleetError) {
        if error.code != problem?.code { report("\(error) \(error.fix)") }
        problem = error
    }

    private func begin(_ yield: @Sendable ([FleetExchange]) -> Void) async throws(FleetError) {
        if last == nil {
            var last = try await listener.store.lastExchanges(of: node)
            let page = try await listener.store.exchanges(matching: filter, node: node, limit: limit)
            for exchange in page { last[exchange.node] = max(last[exchange.node] ?? "", exchange.id) }
            self.last = last
            yield(page.reversed())
        } else {
            try await read(nil, yield)
        }
        if problem != nil { report("The fleet's database is reachable again.") }
        problem = nil
    }

    /// Reads the new exchanges of these nodes, or of all nodes.
    private func read(
        _ nodes: Set<FleetNode.ID>?,
        _ yield: @Sendable ([FleetExchange]) -> Void
    ) async throws(FleetError) {
        var rest: Set<FleetNode.ID>
        if let nodes {
            rest = nodes.filter { node == nil || $0 == node }
        } else {
            rest = Set(try await listener.store.nodes(node.map { [$0] }).map(\.name))
        }
        while !rest.isEmpty {
            let cursors = rest.map { ($0, last?[$0] ?? FleetStore.beforeAll) }
            let page = try await listener.store.exchanges(
                matching: filter,
                after: Dictionary(cursors) { first, _ in first },
                limit: Self.page
            )
            for (node, id) in page.last { last?[node] = id }
            if !page.exchanges.isEmpty { yield(page.exchanges) }
            rest.formIntersection(page.unfinished)
        }
    }
}
