import Drawing
import Federation

import struct Foundation.Date

extension Panel.ID {
    package static let mappings = Panel.ID(rawValue: "mappings")
}

extension Panel {
    static let mappings = Panel(
        .mappings,
        title: "Mappings",
        help: "All mappings with their status, credentials, and next action",
        list: \.mappings.list,
        columns: { state in MappingColumn.all.map { $0.column(state.mappings) } },
        cells: { state, row in MappingColumn.all.map { $0.cell(row, state.now) } },
        detail: { state, row in
            Detail(title: row.id) { MappingDetail(row: row, state: state).lines(columns: $0) }
        },
        empty: emptyMappings
    ).with { $0.showMappingActions() }

    static let emptyMappings: @Sendable (ConsoleState) -> [Line] = { state in
        state.configuration.origin == nil
            ? [Line(state.configuration.progress)]
            : ["The configuration has no mappings.", "Add one under mappings: and press C-r."]
    }

    /// Sets the properties that all panels of mappings share.
    mutating func showMappingActions() {
        times = { state, line in state.mappings.list[line].times }
        states = MappingStatus.allCases.map(\.rawValue)
        hasTags = true
        open = { state in
            state.show(.claims)
            return []
        }
    }
}

/// A column of the mappings: its width, and its cell of a row.
private struct MappingColumn: Sendable {
    let column: @Sendable (MappingList) -> Column
    let cell: @Sendable (MappingRow, Date) -> Line

    static let all: [MappingColumn] = [
        MappingColumn { _ in
            Column("", minimum: 1, priority: 0, gap: 1)
        } cell: { row, now in
            row.showsExchange(at: now) ? Line("↻", .pending) : Line(row.status.glyph, row.status.style)
        },
        MappingColumn { mappings in
            let hasDropped = mappings.counts[.noCredentials, default: 0] > 0
            let longest = hasDropped ? MappingStatus.noCredentials.rawValue : "exchanging"
            return Column("STATE", minimum: 8, ideal: longest.count, priority: 2)
        } cell: { row, now in
            row.showsExchange(at: now)
                ? Line("exchanging", .pending) : Line(row.status.rawValue, row.status.style)
        },
        MappingColumn { mappings in
            let name = mappings.widths.name
            return Column("MAPPING", minimum: 10, comfort: 26, ideal: name, priority: 1, cut: .middle)
        } cell: { row, _ in
            Line(row.id)
        },
        MappingColumn { mappings in
            let identity = mappings.widths.identity
            return Column("IDENTITY", minimum: 9, comfort: 14, ideal: identity, priority: 8, cut: .middle)
        } cell: { row, _ in
            Line(row.mapping.identity)
        },
        MappingColumn { mappings in
            Column("ROLE", minimum: 8, comfort: 16, ideal: mappings.widths.role, priority: 5, cut: .middle)
        } cell: { row, _ in
            Line(row.mapping.roleARN.name)
        },
        MappingColumn { _ in
            Column("ACCOUNT", minimum: 12, priority: 9)
        } cell: { row, _ in
            Line(row.mapping.roleARN.account, .faint)
        },
        MappingColumn { _ in
            Column("TOKEN", minimum: 7, priority: 6, alignment: .right)
        } cell: { row, now in
            row.tokenExpiry.map { Line(RelativeTime.left($0).text(at: now), .faint) } ?? .none
        },
        MappingColumn { _ in
            Column("CREDENTIALS", minimum: 15, priority: 3)
        } cell: { row, now in
            row.credentialLine(now: now)
        },
        MappingColumn { _ in
            Column("LAST", minimum: 10, priority: 4)
        } cell: { row, now in
            row.lastLine(now: now)
        },
        MappingColumn { _ in
            Column("LATENCY", minimum: 7, priority: 7, alignment: .right)
        } cell: { row, _ in
            row.lastRecord.map { Line(DurationColumn.latency($0.duration), .faint) } ?? .none
        },
        MappingColumn { _ in
            Column("NEXT", minimum: 17, priority: 10)
        } cell: { row, now in
            row.nextLine(now: now)
        },
    ]
}

extension Line {
    /// An empty cell.
    fileprivate static let none = Line("–", .faint)
}

extension MappingRow {
    /// The instants that the row shows relative to the present.
    var times: [RelativeTime] {
        [tokenExpiry, credentials?.expiry, plan?.at].compactMap { $0 }.map(RelativeTime.left)
            + (lastRecord.map { [.ago($0.at)] } ?? [])
    }

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
        if let pending {
            return Line("↻ \(pending.runningStep?.rawValue ?? "")", .pending)
        }
        guard let lastRecord else { return .none }
        let ago = RelativeTime.ago(lastRecord.at).text(at: now)
        return lastRecord.outcome.mark + Line(" " + ago, .faint)
    }

    fileprivate func nextLine(now: Date) -> Line {
        if let plan { return Line(plan.text(at: now), .faint) }
        switch status {
        case .idle, .noCredentials, .expired, .failing: return Line("r exchanges", .faint)
        default: return .none
        }
    }
}

extension Plan {
    /// `renewal in 42m`.
    fileprivate func text(at now: Date) -> String {
        at <= now ? "\(action.rawValue) now" : "\(action.rawValue) in \(RelativeTime.left(at).text(at: now))"
    }
}

extension MappingStatus {
    /// Distinct without color, and in ASCII too.
    var glyph: String {
        switch self {
        case .failing: "✕"
        case .expired: "○"
        case .waiting: "◷"
        case .expiring: "◐"
        case .idle, .noCredentials: "·"
        case .live: "●"
        }
    }

    var style: ResolvedStyle {
        switch self {
        case .failing: .bad
        case .expired: .spent
        case .waiting: .waiting
        case .expiring: .caution
        case .idle, .noCredentials: .faint
        case .live: .good
        }
    }
}

/// The detail of a mapping: the steps of its exchange, and its properties.
private struct MappingDetail {
    let row: MappingRow
    let state: ConsoleState

    func lines(columns: Int) -> [Line] {
        SideBySide(
            left: { exchange.lines(columns: $0) },
            right: { columns in facts.flatMap { $0.lines(columns: columns) } }
        ).lines(columns: columns)
    }

    private var exchange: ExchangeDetail {
        if let pending = row.pending {
            return ExchangeDetail(steps: pending.steps, running: pending.runningStep)
        }
        return ExchangeDetail(steps: row.lastRecord?.steps ?? [])
    }

    private var facts: [Fact] {
        let mapping = row.mapping
        var facts = [
            Fact("role", mapping.roleARN.description),
            Fact("audience", mapping.audience),
            Fact("identity", mapping.identity),
            Fact("region", mapping.region),
            Fact("session", "\(mapping.sessionName), \(DurationText.format(mapping.duration))"),
        ]
        if let expiry = row.tokenExpiry {
            let left = RelativeTime.left(expiry).text(at: state.now)
            facts.append(Fact("token", expiry > state.now ? "\(left) left" : left))
        }
        if let plan = row.plan { facts.append(Fact("next", plan.text(at: state.now))) }
        if row.hasDroppedCredentials {
            facts.append(Fact("dropped", "the credentials; r exchanges for new ones"))
        }
        if !mapping.tags.isEmpty { facts.append(Fact("tags", mapping.tags.joined(separator: " "))) }
        if let credentials = row.credentials {
            facts.append(Fact("until", state.clockText.dateAndTime(credentials.expiry)))
            facts.append(Fact("key id", credentials.accessKeyID ?? "–"))
        }
        return facts
    }
}
