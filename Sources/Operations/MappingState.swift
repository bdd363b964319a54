import ExchangeEngine
package import Federation
package import Foundation
package import Propagation
package import Store

/// The state of a mapping, derived from the history, the keyring, and the watches of this host.
package struct MappingState: Hashable, Sendable {
    /// The states, in the order of the attention they need.
    package enum Word: String, CaseIterable, Hashable, Sendable {
        case failing
        case blocked
        case expired
        case waiting
        case expiring
        case idle
        case live

        /// Whether the mapping requires an action by the operator.
        package var needsAttention: Bool { [.failing, .blocked, .expired].contains(self) }

        /// The position among all states.
        package var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    package let name: RoleMapping.ID
    package let word: Word
    package let since: Date?
    package let credentialExpiry: Date?
    package let lastOutcome: StepOutcome?
    package let lastAt: Date?
    /// The code of the failure, or the cause of the wait.
    package let cause: String?

    /// Derives the state of a mapping.
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
        credentialExpiry = life?.1
        lastOutcome = record?.outcome
        lastAt = record?.at
        if let watch {
            word = watch.predictedDenial != nil && watch.latest == nil ? .blocked : .waiting
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

    private static func word(_ life: (Date, Date)?, _ since: Date?, _ now: Date) -> (Word, Date?) {
        guard let (issued, expiry) = life else { return since == nil ? (.idle, nil) : (.live, since) }
        if expiry <= now { return (.expired, expiry) }
        let expiring = expiry - RenewalSchedule.lead(issued: issued, expiration: expiry).seconds
        return expiring <= now ? (.expiring, expiring) : (.live, since ?? issued)
    }
}
