package import Federation
import FoundationEssentials
package import Store

/// The functions through which a node service accesses this host; none of the functions uses the fleet's database.
package struct NodeWork: Sendable {
    let states: @Sendable () async -> [FleetMapping]
    let changes: @Sendable () -> AsyncStream<Void>
    let outbox: @Sendable (Int) async -> [OutboxEntry]
    let acknowledge: @Sendable (Int) async -> Bool
    let execute: @Sendable (FleetRequest) async -> FleetRequest.State
    let report: @Sendable (String) -> Void

    /// - Parameters:
    ///   - states: Returns the states of the configured mappings.
    ///   - changes: Returns a stream with an element whenever a state or the outbox may have changed.
    ///   - outbox: Returns the first entries of the outbox, up to the given number.
    ///   - acknowledge: Deletes the entries of the outbox up to a position; returns `false` after a failure.
    ///   - execute: Executes a request and returns its answer.
    ///   - report: Receives a message about each new problem, and a message when the database is reachable again.
    package init(
        states: @escaping @Sendable () async -> [FleetMapping],
        changes: @escaping @Sendable () -> AsyncStream<Void>,
        outbox: @escaping @Sendable (Int) async -> [OutboxEntry],
        acknowledge: @escaping @Sendable (Int) async -> Bool,
        execute: @escaping @Sendable (FleetRequest) async -> FleetRequest.State,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.states = states
        self.changes = changes
        self.outbox = outbox
        self.acknowledge = acknowledge
        self.execute = execute
        self.report = report
    }
}

/// Publishes the states and exchanges of a node, and executes the requests of operators.
///
/// Several processes can have the same node name. At most one of the processes publishes states and executes requests;
/// every process forwards its exchanges.
package actor NodeService {
    private struct Answer {
        let id: FleetRequest.ID
        let claim: String
        let state: FleetRequest.State
    }

    /// The maximum number of outbox entries in one transaction.
    private static let batch = 200
    /// The minimum interval between two claims of requests.
    private static let requestInterval = Duration.seconds(1)
    /// The maximum number of requests that are executed at the same time.
    private static let width = 16
    /// The minimum time between two publications.
    private static let pace = Duration.milliseconds(50)
    /// The time limit for releasing the node's lease when the process stops.
    package static let stopLimit = Duration.seconds(1)

    private let node: NodeDescription
    private let takesOver: Bool
    private let work: NodeWork
    private let time: any TimeSource
    private let listener: FleetListener
    private var hasRegistered = false
    /// Whether this or another process publishes as the node; `nil` if unknown.
    private var lease: NodeLease?
    /// The states in the database; `nil` if unknown.
    private var published: [RoleMapping.ID: FleetMapping]?
    private var hasChanged = true
    private var answers: [Answer] = []
    private var executing = 0
    private var hasRequests = true
    private var claim: String
    private var nextClaim = Duration.zero
    private var problem: FleetError?
    private var reportedHost: String?

    private var store: FleetStore { listener.store }

    /// Creates a service; ``run()`` connects.
    ///
    /// - Parameters:
    ///   - settings: The connection.
    ///   - node: The node.
    ///   - takesOver: Whether the process replaces, at its start, another process that publishes as the node.
    ///   - work: The functions through which the service accesses this host.
    ///   - time: The clock.
    package init(
        _ settings: ConnectionSettings,
        node: NodeDescription,
        takesOver: Bool,
        work: NodeWork,
        time: any TimeSource
    ) {
        self.node = node
        self.takesOver = takesOver
        self.work = work
        self.time = time
        claim = TimeOrderedID.make(at: time.now)
        listener = FleetListener(
            settings,
            channel: FleetSchema.requests(to: node.name),
            pace: Self.pace,
            time: time
        ) {
            work.report(
                "The fleet's database delivers no notifications (a pooler in transaction mode, or a replica); requests "
                    + "are read every \(Int(FleetNode.beatInterval)) s."
            )
        }
    }

    /// Runs until the task is canceled; reports each failure of the database and tries again.
    package func run() async {
        let changes = Task { [work] in
            for await _ in work.changes() { noteChange() }
        }
        await listener.run(
            begin: { () async throws(FleetError) in try await self.begin() },
            respond: { reasons async throws(FleetError) in try await self.respond(to: reasons) },
            failed: { await self.fail($0) }
        )
        changes.cancel()
        await stop()
        await listener.close()
    }

    private func noteChange() {
        hasChanged = true
        listener.wake()
    }

    private func fail(_ error: FleetError) {
        if error.code != problem?.code { work.report("\(error) \(error.fix)") }
        problem = error
    }

    /// Releases the node's lease within ``stopLimit``.
    ///
    /// Does nothing if the process has no lease, or if its last access to the database failed.
    private func stop() async {
        guard problem == nil, lease == .held else { return }
        let report = Task { [store, node] in try? await store.release(node) }
        let limit = Task { [store, time] in
            guard (try? await time.sleep(for: Self.stopLimit)) != nil else { return }
            store.close()
        }
        await report.value
        limit.cancel()
    }

    /// Registers the node.
    private func begin() async throws(FleetError) {
        published = nil
        (hasChanged, hasRequests) = (true, true)
        apply(try await store.register(node, takesOver: takesOver && !hasRegistered))
        hasRegistered = true
        if problem != nil { work.report("The fleet's database is reachable again.") }
        problem = nil
        listener.wake()
    }

    private func apply(_ lease: NodeLease) {
        if lease != self.lease { published = nil }
        self.lease = lease
        guard case .heldByOther(let host) = lease, host != node.host, host != reportedHost else { return }
        reportedHost = host
        work.report(
            "Another process with the node name \(node.name) publishes from host \(host). "
                + "Set fleet.node to another name."
        )
    }

    private func respond(to reasons: FleetListener.Reasons) async throws(FleetError) {
        let isDue = hasChanged || reasons.isBeat
        hasChanged = false
        if !reasons.payloads.isEmpty { hasRequests = true }
        // Another process of the node may have stopped.
        if reasons.isBeat || reasons.payloads.contains(FleetSchema.stopped) {
            // `cambist fleet prune` may have deleted the node.
            guard let beat = try await store.beat(node) else { return try await begin() }
            if beat.isNew { published = nil }
            apply(beat.lease)
            if beat.hasRequests { hasRequests = true }
        }
        // Exchanges are forwarded first. The reader of a new state may look for the exchange that caused the state.
        try await forward()
        if lease == .held, isDue || published == nil { try await publish() }
        try await answer()
        if lease == .held { try await claimNext() }
    }

    /// Publishes the states that differ from the states in the database.
    private func publish() async throws(FleetError) {
        let states = await work.states()
        let known = published
        published = nil
        if let known {
            let changed = states.filter { known[$0.mapping] != $0 }
            let removed = Set(known.keys).subtracting(states.map(\.mapping)).sorted()
            if !removed.isEmpty { try await store.deleteStates(removed, of: node) }
            if !changed.isEmpty {
                guard try await store.publish(changed, of: node, isComplete: false) else {
                    return loseLease()
                }
            }
        } else {
            guard try await store.publish(states, of: node, isComplete: true) else { return loseLease() }
        }
        published = Dictionary(states.map { ($0.mapping, $0) }) { first, _ in first }
    }

    /// Records that another process took over; the next heartbeat reads the host of that process.
    private func loseLease() { lease = nil }

    /// Forwards the first entries of the outbox, and schedules another call after a full batch.
    private func forward() async throws(FleetError) {
        let entries = await work.outbox(Self.batch)
        guard let last = entries.last else { return }
        do throws(FleetError) {
            try await store.insert(entries, of: node.name)
        } catch .invalid {
            for entry in entries { try await forward(entry) }
        }
        let isAcknowledged = await work.acknowledge(last.position)
        if entries.count == Self.batch, isAcknowledged { listener.wake() }
    }

    /// Forwards an entry alone; an entry that the database refuses is reported and dropped.
    private func forward(_ entry: OutboxEntry) async throws(FleetError) {
        do throws(FleetError) {
            try await store.insert([entry], of: node.name)
        } catch {
            guard case .invalid(let reason) = error else { throw error }
            work.report("A record is not forwarded, because the fleet's database refused a value: \(reason).")
        }
    }

    // MARK: Requests

    /// Sends the answers; an answer with a value that the database refuses is dropped.
    private func answer() async throws(FleetError) {
        while let first = answers.first {
            do throws(FleetError) {
                try await store.answer(first.id, claim: first.claim, first.state)
            } catch {
                guard case .invalid = error else { throw error }
            }
            answers.removeFirst()
        }
    }

    /// Claims the next request, at most one per second.
    private func claimNext() async throws(FleetError) {
        guard hasRequests, executing < Self.width else { return }
        guard time.uptime >= nextClaim else { return }
        guard let request = try await store.claim(for: node, claim: claim) else {
            hasRequests = false
            return
        }
        let claimed = claim
        claim = TimeOrderedID.make(at: time.now)
        nextClaim = time.uptime + Self.requestInterval
        executing += 1
        Task {
            let state = await work.execute(request)
            executing -= 1
            answers.append(Answer(id: request.id, claim: claimed, state: state))
            listener.wake()
        }
        Task { [time] in
            try? await time.sleep(for: Self.requestInterval)
            listener.wake()
        }
    }
}
