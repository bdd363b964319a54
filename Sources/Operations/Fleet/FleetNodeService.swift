package import ExchangeEngine
package import Federation
import Fleet
import FoundationEssentials
import Propagation
import Transport

/// The work that operators can request from a node.
package struct NodeActions: Sendable {
    let exchange: @Sendable (RoleMapping, _ keepsCredentials: Bool) async -> ExchangeRecord
    let watch: @Sendable (RoleMapping.ID) async -> Void
    let stop: @Sendable (RoleMapping.ID) async -> Void
    let accepts: @Sendable (RoleMapping) -> Bool

    /// - Parameters:
    ///   - exchange: Exchanges a mapping's token; `keepsCredentials` is true for a refresh and false for a test.
    ///   - watch: Starts a watch.
    ///   - stop: Ends a watch.
    ///   - accepts: Returns whether the node executes requests for a mapping.
    package init(
        exchange: @escaping @Sendable (RoleMapping, _ keepsCredentials: Bool) async -> ExchangeRecord,
        watch: @escaping @Sendable (RoleMapping.ID) async -> Void,
        stop: @escaping @Sendable (RoleMapping.ID) async -> Void,
        accepts: @escaping @Sendable (RoleMapping) -> Bool = { _ in true }
    ) {
        self.exchange = exchange
        self.watch = watch
        self.stop = stop
        self.accepts = accepts
    }

    /// Creates the actions of a process from its credential refresher and its watch runner.
    ///
    /// - Parameters:
    ///   - refresher: Runs the exchanges.
    ///   - runner: Runs the watches.
    ///   - accepts: Returns whether the node executes requests for a mapping.
    ///   - began: Called before each exchange; the Boolean is `true` if the credentials are kept.
    ///   - ended: Called after each exchange; the Boolean is `true` if the credentials are kept.
    package init(
        _ refresher: CredentialRefresher,
        _ runner: WatchRunner,
        accepts: @escaping @Sendable (RoleMapping) -> Bool = { _ in true },
        began: @escaping @Sendable (RoleMapping.ID, _ keepsCredentials: Bool) -> Void = { _, _ in },
        ended: @escaping @Sendable (ExchangeRecord, _ keepsCredentials: Bool) -> Void
    ) {
        self.init(
            exchange: { mapping, keepsCredentials in
                began(mapping.id, keepsCredentials)
                let exchange = await HTTPRequest.$triesFailedHosts.withValue(true) {
                    await refresher.exchange(
                        mapping,
                        options: ExchangeOptions(tokenAge: keepsCredentials ? .seconds(5) : nil),
                        storing: keepsCredentials
                    ) { _ in }
                }
                ended(exchange.record, keepsCredentials)
                return exchange.record
            },
            watch: { id in
                await refresher.pauseRenewal(of: id)
                await runner.watch(id)
            },
            stop: { await runner.stop($0) },
            accepts: accepts
        )
    }
}

extension ApplicationContext {
    /// The time limit for releasing the node's lease when the process stops.
    package static let nodeStopLimit = NodeService.stopLimit

    /// Publishes this node and executes requests until the task is canceled.
    ///
    /// Returns immediately if the configuration has no fleet, or if the history is not in a file.
    ///
    /// - Parameters:
    ///   - actions: The work that operators can request from the node.
    ///   - takesOver: Whether this process replaces, at its start, another process that publishes as the node.
    ///   - report: Receives each new problem of the database.
    package func runNode(
        _ actions: NodeActions,
        takesOver: Bool,
        report: @escaping @Sendable (String) -> Void
    ) async {
        guard let access = fleetAccess, let directory = stateDirectory else { return }
        let service = NodeService(
            access.settings,
            node: access.node,
            takesOver: takesOver,
            work: NodeWork(
                states: { await states(on: access.node.name) },
                changes: {
                    StateChanges.stream(of: directory, every: .seconds(FleetNode.beatInterval), time: time)
                },
                outbox: { await history.outbox(limit: $0) },
                acknowledge: { await history.acknowledge(through: $0) },
                execute: { await execute($0, actions) },
                report: report
            ),
            time: time
        )
        await service.run()
    }

    /// Returns the states of the configured mappings, as `cambist status` shows them.
    private func states(on node: FleetNode.ID) async -> [FleetMapping] {
        let configuration = configuration.current
        let latest = await history.latest(of: configuration.mappings.map(\.id))
        let watches = await history.watches().map { ($0.watch.id, $0.watch) }
        let states = MappingState.states(
            of: configuration.mappings,
            configuration,
            latest: latest,
            watches: Dictionary(watches) { $1 },
            variables: variables,
            now: time.now
        )
        return zip(configuration.mappings, states).map { FleetMapping($0, $1, node: node) }
    }

    private func execute(_ request: FleetRequest, _ actions: NodeActions) async -> FleetRequest.State {
        let name = request.target.mapping
        guard let mapping = configuration.mapping(name), actions.accepts(mapping) else {
            return .refused(reason: "\(request.target.node) accepts no requests for the mapping \(name).")
        }
        switch request.verb {
        case .refresh, .test:
            let record = await actions.exchange(mapping, request.verb == .refresh)
            return .done(record: await history.fleetID(of: record))
        case .watch:
            await actions.watch(name)
            return .done(record: nil)
        case .stop:
            await actions.stop(name)
            return .done(record: nil)
        }
    }
}

extension FleetMapping {
    fileprivate init(_ mapping: RoleMapping, _ state: MappingState, node: FleetNode.ID) {
        self.init(
            id: ID(node: node, mapping: mapping.id),
            identity: mapping.identity,
            roleARN: mapping.roleARN,
            state: state.word,
            since: state.since,
            cause: state.cause,
            lastOutcome: state.lastOutcome,
            lastExchange: state.lastAt,
            credentialExpiry: state.credentialExpiry
        )
    }
}
