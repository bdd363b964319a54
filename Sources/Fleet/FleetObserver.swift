package import Federation
import FoundationEssentials
import Glibc
package import Store

/// Reads the states of all nodes for a console and sends the console's requests.
package actor FleetObserver {
    /// The minimum time between two reads.
    private static let pace = Duration.milliseconds(100)
    /// The number of the observer's timer ticks after which all nodes and states are read again.
    private static let wholeReadInterval = 4

    private let operatorName: String
    private let time: any TimeSource
    private let listener: FleetListener
    private var snapshot = FleetSnapshot()
    private var mappings: [FleetNode.ID: [FleetMapping]] = [:]
    /// The nodes to which this console has sent requests since the last read.
    private var requested: Set<FleetNode.ID> = []
    private var beats = 0

    private var store: FleetStore { listener.store }

    /// Creates an observer; ``run(yield:)`` connects.
    ///
    /// - Parameters:
    ///   - settings: The connection.
    ///   - operatorName: The operator's name in requests.
    ///   - time: The clock.
    ///   - report: Receives a warning if notifications are not delivered.
    package init(
        _ settings: ConnectionSettings,
        operatorName: String,
        time: any TimeSource,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.operatorName = operatorName
        self.time = time
        listener = FleetListener(settings, channel: FleetSchema.changes, pace: Self.pace, time: time) {
            report(
                "The fleet's database delivers no notifications (a pooler in transaction mode, or a replica); the "
                    + "fleet is read every \(Int(FleetNode.beatInterval)) s."
            )
        }
    }

    /// Inserts a request, and schedules a read of the target node's states.
    package func request(
        _ verb: FleetRequest.Verb,
        _ target: FleetMapping.ID
    ) async throws(FleetError) -> FleetRequest {
        let request = try await store.request(
            TimeOrderedID.make(at: time.now),
            verb,
            target,
            by: operatorName
        )
        requested.insert(target.node)
        listener.wake()
        return request
    }

    /// Returns an exchange; `nil` if the database does not have it.
    package func exchange(_ id: FleetRecordID) async throws(FleetError) -> FleetExchange? {
        try await store.exchange(id)
    }

    /// Returns a page of exchanges, newest first.
    package func exchanges(
        matching filter: HistoryFilter,
        node: FleetNode.ID?,
        before last: FleetRecordID?,
        limit: Int
    ) async throws(FleetError) -> [FleetExchange] {
        try await store.exchanges(matching: filter, node: node, before: last, limit: limit)
    }

    /// Passes a snapshot to `yield` after each new connection, failure, and change, until the task is canceled.
    package func run(yield: @escaping @Sendable (FleetSnapshot) -> Void) async {
        await listener.run(
            begin: { () async throws(FleetError) in try await self.begin(yield) },
            respond: { reasons async throws(FleetError) in try await self.respond(to: reasons, yield) },
            failed: { await self.fail($0, yield) }
        )
        await listener.close()
    }

    private func begin(_ yield: @Sendable (FleetSnapshot) -> Void) async throws(FleetError) {
        try await readAll()
        snapshot.unreachableSince = nil
        snapshot.problem = nil
        yield(snapshot)
    }

    private func fail(_ error: FleetError, _ yield: @Sendable (FleetSnapshot) -> Void) {
        snapshot.unreachableSince = snapshot.unreachableSince ?? time.now
        snapshot.problem = "\(error) \(error.fix)"
        yield(snapshot)
    }

    private func respond(
        to reasons: FleetListener.Reasons,
        _ yield: @Sendable (FleetSnapshot) -> Void
    ) async throws(FleetError) {
        let before = snapshot
        let changed = reasons.payloads.union(requested)
        requested = []
        if reasons.isBeat {
            beats += 1
            let isWhole = beats % Self.wholeReadInterval == 0
            let deliversNotifications = await listener.deliversNotifications
            if isWhole || !deliversNotifications {
                try await readAll()
            } else {
                // No notification announces a silent node or an expired request.
                snapshot.nodes = try await store.nodes()
                try await read(pendingNodes.union(changed))
            }
        } else if !changed.isEmpty {
            let nodes = try await store.nodes(changed)
            let gone = changed.subtracting(nodes.map(\.name))
            snapshot.nodes.removeAll { gone.contains($0.name) }
            for node in nodes { replace(node) }
            try await read(changed)
        }
        if snapshot != before { yield(snapshot) }
    }

    /// The nodes with a request in the snapshot.
    ///
    /// The observer reads the nodes again, because a request may have expired, or an answer may be too old to show.
    private var pendingNodes: Set<FleetNode.ID> {
        Set(snapshot.mappings.lazy.filter { $0.request != nil }.map(\.node))
    }

    private func replace(_ node: FleetNode) {
        if let index = snapshot.nodes.firstIndex(where: { $0.name >= node.name }) {
            if snapshot.nodes[index].name == node.name {
                snapshot.nodes[index] = node
            } else {
                snapshot.nodes.insert(node, at: index)
            }
        } else {
            snapshot.nodes.append(node)
        }
    }

    private func readAll() async throws(FleetError) {
        snapshot.nodes = try await store.nodes()
        mappings = Dictionary(grouping: try await store.mappings(), by: \.node)
        join()
    }

    private func read(_ nodes: Set<FleetNode.ID>) async throws(FleetError) {
        guard !nodes.isEmpty else { return }
        let read = Dictionary(grouping: try await store.mappings(of: nodes), by: \.node)
        for node in nodes { mappings[node] = read[node] }
        join()
    }

    private func join() {
        snapshot.mappings = snapshot.nodes.flatMap { mappings[$0.name] ?? [] }
    }
}
