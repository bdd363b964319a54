package import Federation
package import FoundationEssentials

/// A mapping with its last exchange, its credentials, and its status.
package struct MappingRow: ListEntry {
    package let mapping: RoleMapping
    /// The exchange that is requested or running.
    package internal(set) var pending: Pending?
    /// Until this time, the row shows an exchange as running; set when the operator starts an exchange.
    var markEnd: Date?
    package internal(set) var lastRecord: ExchangeRecord?
    /// The credentials of the last successful refresh, unless they were dropped.
    ///
    /// The credentials of a test are not kept.
    package internal(set) var credentials: CredentialFacts?
    package internal(set) var plan: Plan?
    /// Whether the credentials were dropped after the last exchange.
    package private(set) var hasDroppedCredentials = false
    package private(set) var status = MappingStatus.idle
    /// The outcomes of the latest exchanges.
    package private(set) var recent = OutcomeStrip()
    /// The start of the first failed exchange since the last success.
    package private(set) var failingSince: Date?
    /// The start of the last successful exchange.
    package private(set) var lastLive: Date?
    /// The cause of the last exchange's failure or warning, or a weakness in the trust policy.
    var cause: MappingCause?

    package var id: RoleMapping.ID { mapping.id }

    /// The step of the pending exchange that has not ended yet.
    var runningStep: ExchangeStep? {
        pending.flatMap { ExchangeStep.steps(isChained: mapping.hub != nil).dropFirst($0.steps.count).first }
    }

    /// The expiration of the last exchange's token.
    package var tokenExpiry: Date? { lastRecord?.token?.claims.expiry }

    /// Creates a row; keeps the records of an `earlier` row with the same identity, audience, and role.
    init(mapping: RoleMapping, earlier: MappingRow? = nil) {
        self.mapping = mapping
        if let earlier, earlier.mapping.isSameExchange(as: mapping) {
            pending = earlier.pending
            lastRecord = earlier.lastRecord
            credentials = earlier.credentials
            plan = earlier.plan
            hasDroppedCredentials = earlier.hasDroppedCredentials
            (recent, failingSince, lastLive) = (earlier.recent, earlier.failingSince, earlier.lastLive)
            cause = earlier.cause
        }
    }

    /// Drops the credentials and their planned renewal; a watch continues.
    mutating func dropCredentials() {
        credentials = nil
        hasDroppedCredentials = true
        if plan?.action != .attempt { plan = nil }
    }

    /// Records the end of an exchange; ignores an outdated request.
    ///
    /// The caller updates ``cause`` afterward.
    mutating func finish(_ request: Request, _ record: ExchangeRecord) {
        guard let purpose = purpose(of: request) else { return }
        if pending?.request == request { pending = nil }
        lastRecord = record
        recent.append(record.summary)
        if record.outcome == .failed {
            failingSince = failingSince ?? record.at
        } else {
            failingSince = nil
            lastLive = record.at
        }
        hasDroppedCredentials = false
        guard purpose == .refresh, record.outcome == .ok, let expiry = record.credentialExpiry else { return }
        credentials = CredentialFacts(accessKeyID: record.accessKeyID, issued: record.at, expiry: expiry)
    }

    /// Adds the outcomes of earlier exchanges for the same role; `records` begins with the newest.
    mutating func addEarlierExchanges(_ records: [ExchangeRecord]) {
        let earlier = records.filter { record in
            record.roleARN == mapping.roleARN && lastRecord.map { record.at < $0.at } != false
        }
        var strip = OutcomeStrip()
        for outcome in earlier.reversed().map(\.summary) + recent.outcomes { strip.append(outcome) }
        recent = strip
        guard lastLive == nil else { return }
        lastLive = earlier.first { $0.outcome == .ok }?.at
        if failingSince != nil {
            failingSince = earlier.prefix { $0.outcome == .failed }.last?.at ?? failingSince
        }
    }

    /// Returns the purpose of a request; `nil` if the request is outdated.
    func purpose(of request: Request) -> Purpose? {
        if request == .background { return .refresh }
        if request == .backgroundTest { return .test }
        return pending?.request == request ? pending?.purpose : nil
    }

    /// A requested or running exchange and the steps that have ended.
    package struct Pending: Hashable, Sendable {
        package let request: Request
        package let purpose: Purpose
        package let since: Date
        package internal(set) var steps: [StepRecord] = []
    }

    /// The non-secret properties of credentials.
    package struct CredentialFacts: Hashable, Sendable {
        package let accessKeyID: String?
        package let issued: Date
        package let expiry: Date

        /// The start of the last quarter of the credentials' life, at most 15 minutes before the expiration.
        var expiringFrom: Date {
            expiry - min(expiry.timeIntervalSince(issued) / 4, 900)
        }
    }

    mutating func updateStatus(at now: Date) {
        status = status(at: now)
    }

    /// Returns the status; a failure has priority over valid older credentials.
    private func status(at now: Date) -> MappingStatus {
        if let plan, plan.action == .attempt { return plan.isBlocked ? .blocked : .waiting }
        if lastRecord?.outcome == .failed { return .failing }
        if let credentials {
            if credentials.expiry <= now { return .expired }
            return credentials.expiringFrom <= now ? .expiring : liveStatus
        }
        if hasDroppedCredentials { return .noCredentials }
        return lastRecord == nil ? .idle : liveStatus
    }

    /// Whether the status requires an action by the operator.
    var needsAttention: Bool { MappingStatus.statusesNeedingAttention.contains(status) }

    func showsExchange(at now: Date) -> Bool {
        pending != nil || markEnd.map { $0 > now } ?? false
    }

    private var liveStatus: MappingStatus { cause == nil ? .live : .warned }

    /// Returns the next time at which the credentials become `expiring` or `expired`, if any.
    func nextChange(after now: Date) -> Date? {
        guard let credentials, lastRecord?.outcome != .failed else { return nil }
        return [credentials.expiringFrom, credentials.expiry].first { $0 > now }
    }
}

extension MappingRow {
    package static let sortKeys: [SortKey<MappingRow>] = [
        SortKey("STATE") { .number(Double($0.status.rank)) },
        SortKey("MAPPING", isFixed: true) { .text($0.id) },
        SortKey("ACCOUNT/ROLE", isFixed: true) {
            .text("\($0.mapping.roleARN.account)/\($0.mapping.roleARN.name)")
        },
        SortKey("IDENTITY", isFixed: true) { .text($0.mapping.identity) },
        SortKey("CREDENTIALS") { SortValue($0.credentials?.expiry) },
        SortKey("NEXT") { SortValue($0.plan?.at) },
        SortKey("CAUSE") { $0.cause.map { .text($0.text) } ?? .absent },
        SortKey("TOKEN") { SortValue($0.tokenExpiry) },
        SortKey("LAST") { SortValue($0.lastRecord?.at) },
        SortKey("LATENCY") { SortValue($0.lastRecord?.duration.seconds) },
        SortKey("REGION", isFixed: true) { .text($0.mapping.region) },
        SortKey("AUDIENCE", isFixed: true) { .text($0.mapping.audience) },
        SortKey("TAGS", isFixed: true) { .text($0.mapping.tags.joined(separator: " ")) },
    ]

    package static let groupings: [SortKey<MappingRow>] = [
        SortKey("account") { .text($0.mapping.roleARN.account) },
        SortKey("identity") { .text($0.mapping.identity) },
        SortKey("tag") { .text($0.mapping.tags.first ?? "no tag") },
    ]

    package var filterTexts: [FilterText] {
        [FilterText(mapping.id)] + mapping.filterTexts
    }

    package var filterStates: [String] { status.words }
    package var filterCodes: [String] { cause?.codes ?? [] }
}

extension RoleMapping {
    /// The filter fields for properties of a mapping, which History, Log, and Watch also accept.
    static let filterFields: [FilterField] = [.tag, .account, .role, .identity, .region]

    /// The texts of the mapping's properties, for the filter.
    var filterTexts: [FilterText] {
        [
            FilterText(.identity, identity), FilterText(.account, roleARN.account),
            FilterText(.role, roleARN.name),
            FilterText(.region, region), FilterText(roleARN.description),
        ] + tags.map { FilterText(.tag, $0) }
    }
}

extension ExchangeRecord {
    fileprivate var summary: StepOutcome {
        outcome == .ok && steps.contains { $0.outcome == .warn } ? .warn : outcome
    }
}

/// The outcomes of the latest exchanges, oldest first.
package struct OutcomeStrip: Hashable, Sendable {
    /// The maximum number of outcomes.
    static let limit = 6

    /// Two bits for each outcome, the latest outcome in the lowest bits; 0 means no outcome.
    private var bits: UInt16 = 0

    mutating func append(_ outcome: StepOutcome) {
        let code: UInt16 =
            switch outcome {
            case .ok: 1
            case .warn: 2
            case .failed: 3
            case .skipped: 0
            }
        bits = bits << 2 | code
    }

    package var outcomes: [StepOutcome] {
        (0..<Self.limit).reversed().compactMap { place in
            [nil, .ok, .warn, .failed][Int(bits >> (2 * UInt16(place)) & 3)]
        }
    }
}

extension RoleMapping {
    /// Whether records of `other` also apply to this mapping.
    fileprivate func isSameExchange(as other: RoleMapping) -> Bool {
        identity == other.identity && audience == other.audience && roleARN == other.roleARN
    }
}

/// The status of a mapping, in the order of urgency.
package enum MappingStatus: String, CaseIterable, Hashable, Sendable {
    case failing
    case expired
    /// Watched, but waiting cannot make the mapping work.
    case blocked
    case waiting
    case expiring
    /// Works, with a warning.
    case warned = "live ▲"
    case noCredentials = "no credentials"
    case idle
    case live

    /// The statuses that require an action by the operator.
    static let statusesNeedingAttention: [MappingStatus] = [.failing, .expired, .blocked]

    /// The position among all statuses.
    var rank: Int {
        switch self {
        case .failing: 0
        case .expired: 1
        case .blocked: 2
        case .waiting: 3
        case .expiring: 4
        case .warned: 5
        case .noCredentials: 6
        case .idle: 7
        case .live: 8
        }
    }

    /// Whether the last exchange failed, or may have failed during a watch.
    var isFailure: Bool { self == .failing || self == .waiting }

    /// The word beside a count.
    var countWord: String { self == .warned ? "warning" : rawValue }

    /// The words that `state:` matches.
    var words: [String] { self == .warned ? [rawValue, countWord] : [rawValue] }
}
