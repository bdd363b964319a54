package import struct FoundationEssentials.Date

/// A request from an operator to a node; the node executes the request at most once.
package struct FleetRequest: Hashable, Sendable, Identifiable {
    /// The time within which the node must claim a request, in seconds; an unclaimed request expires.
    package static let lifetime = 60.0

    /// The operations that can be requested.
    package enum Verb: String, CaseIterable, Hashable, Sendable {
        /// Exchange and keep the credentials.
        case refresh
        /// Exchange and discard the credentials.
        case test
        /// Start a watch, which repeats the exchange.
        case watch
        /// End the watch.
        case stop
    }

    /// The progress of a request.
    package enum State: Hashable, Sendable {
        /// The node has not claimed the request.
        case waiting
        /// The node executes the request.
        case claimed
        /// The node has executed the request; `record` is the ID of the exchange, if the history has it.
        case done(record: FleetRecordID?)
        /// The node refused the request, or has not responded for five minutes since the claim.
        ///
        /// For example, a node refuses a request for an unknown mapping.
        case refused(reason: String)
        /// The node did not claim the request in time.
        case expired
    }

    /// A UUID that the operator's program chose.
    package let id: String
    package let verb: Verb
    package let target: FleetMapping.ID
    package let `operator`: String
    /// The time at which the request was inserted, by the database's clock.
    package let requested: Date
    /// The time at which an unclaimed request expires, by the database's clock.
    package let expiry: Date
    package let state: State

    package init(
        id: String,
        verb: Verb,
        target: FleetMapping.ID,
        operator: String,
        requested: Date,
        expiry: Date,
        state: State = .waiting
    ) {
        self.id = id
        self.verb = verb
        self.target = target
        self.operator = `operator`
        self.requested = requested
        self.expiry = expiry
        self.state = state
    }

    /// Whether the request waits for the node or is being executed.
    package var isPending: Bool {
        switch state {
        case .waiting, .claimed: true
        case .done, .refused, .expired: false
        }
    }
}

/// The ID of an exchange in the fleet: a UUID of version 7, unique among all hosts.
package typealias FleetRecordID = String
