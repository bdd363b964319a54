package import struct FoundationEssentials.Date

/// The mappings of all hosts that share a PostgreSQL database, as the console shows them.
package struct FleetSnapshot: Hashable, Sendable {
    /// The nodes, sorted by name.
    package var nodes: [FleetNode]
    /// The mappings, sorted by node and name.
    package var mappings: [FleetMapping]
    /// The time since which the database has been unreachable; `nil` while it is reachable.
    package var unreachableSince: Date?
    /// The reason that the database cannot be used: unreachable, refused, newer schema; `nil` while it is usable.
    package var problem: String?

    package init(
        nodes: [FleetNode] = [],
        mappings: [FleetMapping] = [],
        unreachableSince: Date? = nil,
        problem: String? = nil
    ) {
        self.nodes = nodes
        self.mappings = mappings
        self.unreachableSince = unreachableSince
        self.problem = problem
    }

    /// Returns the node with this name, if any.
    package func node(_ name: FleetNode.ID) -> FleetNode? {
        nodes.first { $0.name == name }
    }
}

/// A host on which cambist publishes the states of mappings.
package struct FleetNode: Hashable, Sendable, Identifiable {
    /// The interval between the heartbeats of a node, in seconds.
    package static let beatInterval = 15.0
    /// The number of missed heartbeats after which a node counts as silent.
    package static let missedBeats = 3.0

    /// The configured name, by default the host's name.
    package let name: String
    package let host: String
    /// The version of cambist.
    package let version: String
    /// The time of the last heartbeat by the database's clock.
    package let lastBeat: Date
    /// The time at which the node stopped; for a silent node, the time of the last heartbeat; `nil` for a running node.
    package let silentSince: Date?
    /// Whether the node reported its stop.
    package let hasStopped: Bool

    package init(
        name: String,
        host: String,
        version: String,
        lastBeat: Date,
        silentSince: Date? = nil,
        hasStopped: Bool = false
    ) {
        self.name = name
        self.host = host
        self.version = version
        self.lastBeat = lastBeat
        self.silentSince = silentSince
        self.hasStopped = hasStopped
    }

    package var id: String { name }
}

/// The published state of a node's mapping.
package struct FleetMapping: Hashable, Sendable, Identifiable {
    /// The name of a mapping, with the name of its node.
    package struct ID: Hashable, Sendable, Comparable {
        package let node: FleetNode.ID
        package let mapping: RoleMapping.ID

        package init(node: FleetNode.ID, mapping: RoleMapping.ID) {
            self.node = node
            self.mapping = mapping
        }

        package static func < (left: ID, right: ID) -> Bool {
            (left.node, left.mapping) < (right.node, right.mapping)
        }
    }

    package let id: ID
    package let identity: ManagedIdentity.ID
    package let roleARN: RoleARN
    package let state: MappingStateName
    /// The time at which the state began.
    package let since: Date?
    /// The code of the failure, or the cause of the wait.
    package let cause: String?
    package let lastOutcome: StepOutcome?
    package let lastExchange: Date?
    package let credentialExpiry: Date?
    /// The latest recent request for this mapping, if any.
    package var request: FleetRequest?

    package init(
        id: ID,
        identity: ManagedIdentity.ID,
        roleARN: RoleARN,
        state: MappingStateName,
        since: Date? = nil,
        cause: String? = nil,
        lastOutcome: StepOutcome? = nil,
        lastExchange: Date? = nil,
        credentialExpiry: Date? = nil,
        request: FleetRequest? = nil
    ) {
        self.id = id
        self.identity = identity
        self.roleARN = roleARN
        self.state = state
        self.since = since
        self.cause = cause
        self.lastOutcome = lastOutcome
        self.lastExchange = lastExchange
        self.credentialExpiry = credentialExpiry
        self.request = request
    }

    package var node: FleetNode.ID { id.node }
    package var mapping: RoleMapping.ID { id.mapping }
}

/// The states of a mapping, from the most to the least urgent.
package enum MappingStateName: String, CaseIterable, Hashable, Sendable {
    case failing
    case blocked
    case expired
    case waiting
    case expiring
    case idle
    case live

    /// Whether the mapping may require an action by the operator.
    package var needsAttention: Bool { [.failing, .blocked, .expired].contains(self) }

    /// Whether a watch retries the mapping.
    package var isWatched: Bool { self == .waiting || self == .blocked }

    /// The position in the order of urgency; 0 is the most urgent state.
    package var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
