package import Federation
package import Foundation

/// What the console knows of one mapping.
package struct MappingRow: Hashable, Sendable, Identifiable {
    package let mapping: RoleMapping
    /// The exchange that runs now.
    package internal(set) var pending: Pending?
    package internal(set) var lastRecord: ExchangeRecord?
    /// The credentials of the last refresh that succeeded; a test's are thrown away.
    package internal(set) var credentials: CredentialFacts?
    package internal(set) var plan: Plan?
    /// Whether its credentials were thrown away since its last exchange.
    package private(set) var isForgotten = false

    package var id: RoleMapping.ID { mapping.id }

    /// When the token of the last exchange ends.
    package var tokenExpiry: Date? { lastRecord?.token?.claims.expiry }

    /// A mapping of which nothing is known but what `earlier`, if it is about the same exchange, tells.
    init(mapping: RoleMapping, earlier: MappingRow? = nil) {
        self.mapping = mapping
        if let earlier, earlier.mapping.isSameExchange(as: mapping) {
            pending = earlier.pending
            lastRecord = earlier.lastRecord
            credentials = earlier.credentials
            plan = earlier.plan
            isForgotten = earlier.isForgotten
        }
    }

    /// Takes its credentials away, and with them the plan to renew them; a watch goes on.
    mutating func forget() {
        credentials = nil
        isForgotten = true
        if plan?.action != .attempt { plan = nil }
    }

    /// Takes the end of its latest exchange.
    mutating func take(_ record: ExchangeRecord) {
        lastRecord = record
        isForgotten = false
    }

    /// An exchange that runs: who asked, why, since when, and the steps that have ended.
    package struct Pending: Hashable, Sendable {
        package let request: Request
        package let purpose: Purpose
        package let since: Date
        package internal(set) var steps: [StepRecord] = []

        /// The step after those that have ended.
        var runningStep: ExchangeStep? {
            ExchangeStep.allCases.dropFirst(steps.count).first
        }
    }

    /// What may be shown of credentials.
    package struct CredentialFacts: Hashable, Sendable {
        package let accessKeyID: String?
        package let issued: Date
        package let expiry: Date

        /// When too little is left to rely on: a quarter of their life, at most 15 minutes.
        var expiringFrom: Date {
            expiry - min(expiry.timeIntervalSince(issued) / 4, 900)
        }
    }

    /// How it is doing at `now`.
    ///
    /// A failure shows even while older credentials still work: it is what needs attention. While it is
    /// watched for an end of it, it is waited for.
    package func condition(at now: Date) -> MappingStatus {
        if plan?.action == .attempt { return .waiting }
        if lastRecord?.outcome == .failed { return .failing }
        if let credentials {
            if credentials.expiry <= now { return .expired }
            return credentials.expiringFrom <= now ? .expiring : .live
        }
        return lastRecord == nil || isForgotten ? .never : .live
    }

    /// When ``condition(at:)`` next changes by itself; `nil` when time changes nothing.
    func nextChange(after now: Date) -> Date? {
        guard let credentials, lastRecord?.outcome != .failed else { return nil }
        return [credentials.expiringFrom, credentials.expiry].first { $0 > now }
    }
}

extension RoleMapping {
    /// Whether what is known of `other` holds for this one as well.
    fileprivate func isSameExchange(as other: RoleMapping) -> Bool {
        identity == other.identity && audience == other.audience && roleARN == other.roleARN
    }
}
