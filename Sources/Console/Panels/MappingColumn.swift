import Drawing
import Federation

import struct FoundationEssentials.Date

/// A column of the list of mappings: the width, and the cell for a row.
package struct MappingColumn: Sendable, Identifiable {
    /// The name under `console.columns` in the configuration.
    package let id: String
    /// A few words for the menu.
    let help: String
    let column: @Sendable (MappingList) -> Column
    let cell: @Sendable (MappingRow, Date) -> Line

    private init(
        _ id: String,
        _ help: String,
        _ column: @escaping @Sendable (MappingList) -> Column,
        cell: @escaping @Sendable (MappingRow, Date) -> Line
    ) {
        self.id = id
        self.help = help
        self.column = column
        self.cell = cell
    }

    /// All columns; the default columns come first, in their order.
    package static let all: [MappingColumn] = [
        .state, .mapping, .role, .credentials, .next, .recent, .cause, .identity, .token, .last, .latency,
        .region, .audience, .tags,
    ]

    /// The default of `console.columns`.
    static let defaults = all.prefix { $0.id != region.id }.map(\.id)

    /// Returns the columns in the order of the names; skips unknown names.
    static func named(_ names: [ID]) -> [MappingColumn] {
        names.compactMap { byID[$0] }
    }

    private static let byID = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })

    private static let state = MappingColumn("state", "the mapping's state") { mappings in
        let hasDropped = mappings.counts[.noCredentials, default: 0] > 0
        let longest = hasDropped ? MappingStatus.noCredentials.rawValue : "exchanging"
        return Column("STATE", minimum: 8, ideal: longest.count, priority: 1)
    } cell: { row, now in
        row.showsExchange(at: now)
            ? Line("exchanging", .pending) : Line(row.status.rawValue, row.status.style)
    }

    private static let mapping = MappingColumn("mapping", "the mapping's name") { mappings in
        let name = mappings.widths.name
        return Column("MAPPING", minimum: 10, preferred: 26, ideal: name, priority: 0, cut: .middle)
    } cell: { row, _ in
        Line(row.id)
    }

    private static let role = MappingColumn("role", "account and role") { mappings in
        let wanted = (mappings.hasPlainRoles ? 12 : 13 + mappings.widths.role) + mappings.widths.via
        return Column(
            "ACCOUNT/ROLE",
            minimum: 12,
            preferred: wanted,
            ideal: wanted,
            priority: 5,
            cut: .segment
        )
    } cell: { row, _ in
        let role = row.mapping.roleARN
        // The cell omits a role name that equals the mapping's name.
        let place =
            role.name == row.id
            ? Line(role.account, .faint) : Line("\(role.account)/", .faint) + Line(role.name)
        return place + Line(MappingList.via(row.mapping), .faint)
    }

    private static let credentials = MappingColumn("credentials", "the credentials' time left") { _ in
        Column("CREDENTIALS", minimum: 15, priority: 3)
    } cell: { row, now in
        row.credentialLine(now: now)
    }

    private static let next = MappingColumn("next", "the next action") { _ in
        Column("NEXT", minimum: 10, preferred: 12, ideal: 13, priority: 4)
    } cell: { row, now in
        row.nextLine(now: now)
    }

    private static let recent = MappingColumn("recent", "the latest outcomes") { _ in
        Column("RECENT", minimum: OutcomeStrip.limit, priority: 6)
    } cell: { row, _ in
        row.recent.line
    }

    private static let cause = MappingColumn("cause", "the cause of a failure or warning") { mappings in
        Column("CAUSE", minimum: 12, preferred: 44, ideal: mappings.widths.cause, priority: 2)
    } cell: { row, _ in
        row.cause?.line ?? Line()
    }

    private static let identity = MappingColumn("identity", "the managed identity") { mappings in
        let identity = mappings.widths.identity
        return Column("IDENTITY", minimum: 8, preferred: 30, ideal: identity, priority: 7, cut: .middle)
    } cell: { row, _ in
        Line(row.mapping.identity)
    }

    private static let token = MappingColumn("token", "the token's time left") { _ in
        Column("TOKEN", minimum: 7, priority: 8, alignment: .right)
    } cell: { row, now in
        row.tokenExpiry.map { Line(RelativeTime.left($0).text(at: now), .faint) } ?? .none
    }

    private static let last = MappingColumn("last", "the last exchange") { _ in
        Column("LAST", minimum: 10, priority: 9)
    } cell: { row, now in
        row.lastLine(now: now)
    }

    private static let latency = MappingColumn("latency", "the duration of the last exchange") { _ in
        Column("LATENCY", minimum: 7, priority: 10, alignment: .right)
    } cell: { row, _ in
        row.lastRecord.map { Line(DurationColumn.latency($0.duration), .faint) } ?? .none
    }

    private static let region = MappingColumn("region", "the region of STS") { mappings in
        Column("REGION", minimum: 9, preferred: 20, ideal: mappings.widths.region, priority: 11)
    } cell: { row, _ in
        Line(row.mapping.region, .faint)
    }

    private static let audience = MappingColumn("audience", "the token's audience") { mappings in
        let audience = mappings.widths.audience
        return Column("AUDIENCE", minimum: 14, preferred: 40, ideal: audience, priority: 12, cut: .segment)
    } cell: { row, _ in
        Line(row.mapping.audience, .faint)
    }

    private static let tags = MappingColumn("tags", "the mapping's tags") { mappings in
        Column("TAGS", minimum: 4, preferred: 30, ideal: mappings.widths.tags, priority: 13)
    } cell: { row, _ in
        Line(row.mapping.tags.joined(separator: " "), .faint)
    }
}

extension Line {
    fileprivate static let none = Line("–", .faint)
}

extension OutcomeStrip {
    /// The outcomes, the latest at the right.
    var line: Line {
        let outcomes = outcomes
        if outcomes.isEmpty { return Line("–".leftPadding(to: Self.limit), .faint) }
        let room = String(repeating: " ", count: Self.limit - outcomes.count)
        return outcomes.reduce(Line(room)) { $0 + $1.mark }
    }
}

extension MappingRow {
    fileprivate func credentialLine(now: Date) -> Line {
        guard let credentials else { return Line("      ") + .none }
        let left = RelativeTime.left(credentials.expiry).text(at: now)
        let life = credentials.expiry.timeIntervalSince(credentials.issued)
        let style: ResolvedStyle =
            credentials.expiry <= now ? .spent : credentials.expiringFrom <= now ? .caution : .good
        let gauge = Gauge(credentials.expiry.timeIntervalSince(now) / life)
        return Line(left.leftPadding(to: 7) + " ", style) + gauge.line(columns: 7, style)
    }

    fileprivate func lastLine(now: Date) -> Line {
        if pending != nil { return Line("↻ \(runningStep?.rawValue ?? "")", .pending) }
        guard let lastRecord else { return .none }
        let ago = RelativeTime.ago(lastRecord.at).text(at: now)
        return lastRecord.outcome.mark + Line(" " + ago, .faint)
    }

    fileprivate func nextLine(now: Date) -> Line {
        if pending != nil { return Line("↻ \(runningStep?.rawValue ?? "")", .pending) }
        if let plan { return Line(plan.text(at: now), .faint) }
        switch status {
        case .idle, .noCredentials, .expired, .failing:
            return mapping.refresh == .manual ? Line("manual", .faint) : .none
        default: return .none
        }
    }
}

extension Plan {
    /// Returns the action and the time left, such as `renew 42m`.
    func text(at now: Date) -> String {
        let verb =
            switch action {
            case .renewal: "renew"
            case .retry: "retry"
            case .attempt: "try"
            }
        return at <= now ? "\(verb) now" : "\(verb) \(RelativeTime.left(at).text(at: now))"
    }
}
