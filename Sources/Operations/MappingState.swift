import CredentialDelivery
import ExchangeEngine
package import Federation
package import FoundationEssentials
package import Propagation
package import Store

/// The state of a mapping on this host or on a node of the fleet.
package struct MappingState: Hashable, Sendable {
    package let name: RoleMapping.ID
    package let word: MappingStateName
    package let since: Date?
    package let credentialExpiry: Date?
    package let lastOutcome: StepOutcome?
    package let lastAt: Date?
    /// The code of the failure, or the cause of the wait.
    package let cause: String?
    /// The node that published the state; `nil` for the state of this host.
    package let node: FleetNode.ID?
    /// The time of a silent node's last heartbeat, or of a node's stop.
    ///
    /// After this time, the state may have changed. The value is `nil` while the node runs, and for this host.
    package let nodeSilentSince: Date?
    /// Whether the node reported its stop.
    package let nodeHasStopped: Bool

    /// Creates the state that a node of the fleet published.
    package init(_ mapping: FleetMapping, of node: FleetNode?) {
        name = mapping.mapping
        word = mapping.state
        since = mapping.since
        credentialExpiry = mapping.credentialExpiry
        lastOutcome = mapping.lastOutcome
        lastAt = mapping.lastExchange
        cause = mapping.cause
        self.node = mapping.node
        nodeSilentSince = node?.silentSince
        nodeHasStopped = node?.hasStopped ?? false
    }

    /// Derives the state of a mapping from the history, the keyring, and the watches of this host.
    ///
    /// - Parameters:
    ///   - mapping: The mapping as configured; an exchange of another identity or role is ignored.
    ///   - latest: The last exchange in the history.
    ///   - stored: The lifetime of the credentials in the keyring.
    ///   - watch: The running watch.
    ///   - now: The current time.
    package init(
        _ mapping: RoleMapping,
        latest: LatestExchange?,
        stored: (issued: Date, expiry: Date)?,
        watch: Watch?,
        now: Date
    ) {
        let latest = latest.flatMap { latest in
            let record = latest.record
            return record.roleARN == mapping.roleARN && record.identity == mapping.identity ? latest : nil
        }
        let record = latest?.record
        let life = stored ?? record.flatMap { record in record.credentialExpiry.map { (record.at, $0) } }
        name = mapping.id
        node = nil
        nodeSilentSince = nil
        nodeHasStopped = false
        credentialExpiry = life?.1
        lastOutcome = record?.outcome
        lastAt = record?.at
        if let watch {
            word = watch.isBlocked(at: now) ? .blocked : .waiting
            since = watch.since
            cause = watch.cause?.rawValue
        } else if let latest, latest.record.outcome == .failed {
            word = .failing
            since = latest.since
            cause = latest.record.failure?.code
        } else {
            (word, since) = Self.word(life, latest?.since, now)
            cause = nil
        }
    }

    /// Derives the states of mappings, with the lifetimes of the credentials in the keyring.
    ///
    /// - Parameters:
    ///   - mappings: The mappings.
    ///   - configuration: The configuration that contains the mappings.
    ///   - latest: The last exchanges in the history.
    ///   - watches: The running watches.
    ///   - variables: The environment of the process.
    ///   - now: The current time.
    /// - Returns: The states, in the order of the mappings.
    static func states(
        of mappings: [RoleMapping],
        _ configuration: Configuration,
        latest: [RoleMapping.ID: LatestExchange],
        watches: [RoleMapping.ID: Watch],
        variables: [String: String],
        now: Date
    ) -> [MappingState] {
        var cache = CredentialCache(configuration, variables: variables, reportError: { _ in })
        return mappings.map { mapping in
            MappingState(
                mapping,
                latest: latest[mapping.id],
                stored: cache.life(for: mapping, of: configuration.identity(of: mapping), at: now),
                watch: watches[mapping.id],
                now: now
            )
        }
    }

    private static func word(_ life: (Date, Date)?, _ since: Date?, _ now: Date) -> (MappingStateName, Date?)
    {
        guard let (issued, expiry) = life else { return since == nil ? (.idle, nil) : (.live, since) }
        if expiry <= now { return (.expired, expiry) }
        let expiring = expiry - RenewalSchedule.lead(issued: issued, expiration: expiry).seconds
        return expiring <= now ? (.expiring, expiring) : (.live, since ?? issued)
    }
}
