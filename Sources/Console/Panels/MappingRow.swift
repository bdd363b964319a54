package import Federation
package import Foundation

/// A mapping with its last exchange, its credentials, and its status.
package struct MappingRow: ListEntry {
    package let mapping: RoleMapping
    /// The running exchange.
    package internal(set) var pending: Pending?
    /// The end of the mark of the operator's last exchange, which a fast answer does not shorten.
    var markEnd: Date?
    package internal(set) var lastRecord: ExchangeRecord?
    /// The credentials of the last successful refresh.
    ///
    /// Those of a test are not kept.
    package internal(set) var credentials: CredentialFacts?
    package internal(set) var plan: Plan?
    /// Whether the credentials were dropped after the last exchange.
    package private(set) var hasDroppedCredentials = false
    package private(set) var status = MappingStatus.idle
    package let filterTags: [String]

    package var id: RoleMapping.ID { mapping.id }

    /// The expiration of the last exchange's token.
    package var tokenExpiry: Date? { lastRecord?.token?.claims.expiry }

    /// Creates a row; `earlier` passes on its records when it exchanges the same token for the same role.
    init(mapping: RoleMapping, earlier: MappingRow? = nil) {
        self.mapping = mapping
        filterTags = mapping.tags.map { $0.lowercased() }
        if let earlier, earlier.mapping.isSameExchange(as: mapping) {
            pending = earlier.pending
            lastRecord = earlier.lastRecord
            credentials = earlier.credentials
            plan = earlier.plan
            hasDroppedCredentials = earlier.hasDroppedCredentials
        }
    }

    /// Drops the credentials and the plan to renew them; a watch continues.
    mutating func dropCredentials() {
        credentials = nil
        hasDroppedCredentials = true
        if plan?.action != .attempt { plan = nil }
    }

    /// Records the end of an exchange, unless it belongs to an earlier request.
    mutating func finish(_ request: Request, _ record: ExchangeRecord) {
        guard let purpose = purpose(of: request) else { return }
        if pending?.request == request { pending = nil }
        lastRecord = record
        hasDroppedCredentials = false
        guard purpose == .refresh, record.outcome == .ok, let expiry = record.credentialExpiry else { return }
        credentials = CredentialFacts(accessKeyID: record.accessKeyID, issued: record.at, expiry: expiry)
    }

    /// Returns the purpose of a request; `nil` for an earlier one.
    private func purpose(of request: Request) -> Purpose? {
        if request == .background { return .refresh }
        return pending?.request == request ? pending?.purpose : nil
    }

    /// A running exchange and the steps that have ended.
    package struct Pending: Hashable, Sendable {
        package let request: Request
        package let purpose: Purpose
        package let since: Date
        package internal(set) var steps: [StepRecord] = []

        var runningStep: ExchangeStep? {
            ExchangeStep.allCases.dropFirst(steps.count).first
        }
    }

    /// The public facts of credentials.
    package struct CredentialFacts: Hashable, Sendable {
        package let accessKeyID: String?
        package let issued: Date
        package let expiry: Date

        /// The start of the last quarter of their life, at most 15 minutes before the expiration.
        var expiringFrom: Date {
            expiry - min(expiry.timeIntervalSince(issued) / 4, 900)
        }
    }

    mutating func updateStatus(at now: Date) {
        status = status(at: now)
    }

    /// Returns the status at `now`.
    ///
    /// A failure shows even while older credentials are valid, because it needs attention.
    private func status(at now: Date) -> MappingStatus {
        if plan?.action == .attempt { return .waiting }
        if lastRecord?.outcome == .failed { return .failing }
        if let credentials {
            if credentials.expiry <= now { return .expired }
            return credentials.expiringFrom <= now ? .expiring : .live
        }
        if hasDroppedCredentials { return .noCredentials }
        return lastRecord == nil ? .idle : .live
    }

    /// Whether the mark of a running exchange shows.
    func showsExchange(at now: Date) -> Bool {
        pending != nil || markEnd.map { $0 > now } ?? false
    }

    /// Returns the next instant at which the status changes; `nil` when time has no effect.
    func nextChange(after now: Date) -> Date? {
        guard let credentials, lastRecord?.outcome != .failed else { return nil }
        return [credentials.expiringFrom, credentials.expiry].first { $0 > now }
    }
}

extension MappingRow {
    package static let sortKeys: [SortKey<MappingRow>] = [
        SortKey("MAPPING", isFixed: true) { .text($0.id) },
        SortKey("STATE") { .number(Double($0.status.rank)) },
        SortKey("IDENTITY", isFixed: true) { .text($0.mapping.identity) },
        SortKey("ROLE", isFixed: true) { .text($0.mapping.roleARN.name) },
        SortKey("ACCOUNT", isFixed: true) { .text($0.mapping.roleARN.account) },
        SortKey("TOKEN") { SortValue($0.tokenExpiry) },
        SortKey("CREDENTIALS") { SortValue($0.credentials?.expiry) },
        SortKey("LAST") { SortValue($0.lastRecord?.at) },
        SortKey("LATENCY") { SortValue($0.lastRecord?.duration.seconds) },
        SortKey("NEXT") { SortValue($0.plan?.at) },
    ]

    package var filterText: String {
        ([mapping.id, mapping.identity, mapping.roleARN.description] + mapping.tags).joined(separator: " ")
    }

    package var filterState: String { status.rawValue }
}

extension RoleMapping {
    /// Whether the records of `other` are valid for this mapping.
    fileprivate func isSameExchange(as other: RoleMapping) -> Bool {
        identity == other.identity && audience == other.audience && roleARN == other.roleARN
    }
}

/// The status of a mapping, in the order of the attention it needs.
package enum MappingStatus: String, CaseIterable, Hashable, Sendable {
    case failing
    case expired
    case waiting
    case expiring
    case noCredentials = "no credentials"
    case idle
    case live

    /// The statuses that need the operator.
    static let troubles: [MappingStatus] = [.failing, .expired]

    /// The place among all statuses.
    var rank: Int {
        switch self {
        case .failing: 0
        case .expired: 1
        case .waiting: 2
        case .expiring: 3
        case .noCredentials: 4
        case .idle: 5
        case .live: 6
        }
    }
}
