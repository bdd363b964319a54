import Drawing
import Federation

import struct Foundation.Date

extension Panel {
    /// Every mapping: how it is, what is left, what happens next.
    static let mappings = Panel(
        title: "Mappings",
        help: "Every mapping: how it is, what is left, what happens next",
        columns: { state in MappingColumn.all.map { $0.column(state.roster.widths) } },
        count: { $0.roster.visible.count },
        cells: { state, line in
            guard let row = state.roster.row(at: line) else { return [] }
            let condition = state.roster.condition(at: line)
            return MappingColumn.all.map { $0.cell(row, condition, state.now) }
        },
        isMarked: { state, line in
            state.roster.row(at: line).map { state.roster.marked.contains($0.id) } ?? false
        },
        times: { state, line in state.roster.row(at: line)?.times ?? [] },
        detail: { state in
            state.roster.selected.map { row in
                Detail(title: row.id) { MappingDetail(row: row, state: state).lines(columns: $0) }
            }
        },
        empty: { state in
            guard state.origin != nil else { return [Line(state.opening)] }
            return state.roster.filter.isEmpty
                ? ["The configuration has no mappings.", "Add one under mappings: and press C-r."]
                : ["No mapping matches the filter.", "Esc shows all of them again."]
        },
        cursor: \.roster.cursor,
        filter: { $0.roster.filter },
        setFilter: { $0.roster.show(only: $1) },
        sorting: .mappings,
        states: MappingStatus.allCases.map(\.rawValue),
        hasTags: true
    )
}

/// A column of the mappings: where it gives way, and what it shows of a row.
private struct MappingColumn: Sendable {
    let column: @Sendable (MappingList.Widths) -> Column
    let cell: @Sendable (MappingRow, MappingStatus, Date) -> Line

    static let all: [MappingColumn] = [
        MappingColumn { _ in
            Column("", minimum: 1, priority: 0, gap: 1)
        } cell: { row, condition, _ in
            row.pending == nil ? Line(condition.glyph, condition.ink) : Line("↻", .pending)
        },
        MappingColumn { _ in
            Column("STATE", minimum: 8, priority: 2)
        } cell: { _, condition, _ in
            Line(condition.rawValue, condition.ink)
        },
        MappingColumn { widths in
            Column("MAPPING", minimum: 10, comfort: 26, ideal: widths.name, priority: 1, cut: .middle)
        } cell: { row, _, _ in
            Line(row.id)
        },
        MappingColumn { widths in
            Column("IDENTITY", minimum: 9, comfort: 14, ideal: widths.identity, priority: 8, cut: .middle)
        } cell: { row, _, _ in
            Line(row.mapping.identity)
        },
        MappingColumn { widths in
            Column("ROLE", minimum: 8, comfort: 16, ideal: widths.role, priority: 5, cut: .middle)
        } cell: { row, _, _ in
            Line(row.mapping.roleARN.name)
        },
        MappingColumn { _ in
            Column("ACCOUNT", minimum: 12, priority: 9)
        } cell: { row, _, _ in
            Line(row.mapping.roleARN.account, .faint)
        },
        MappingColumn { _ in
            Column("TOKEN", minimum: 7, priority: 6, alignment: .right)
        } cell: { row, _, now in
            row.tokenExpiry.map { Line(RelativeTime.left($0).text(at: now), .faint) } ?? .none
        },
        MappingColumn { _ in
            Column("CREDENTIALS", minimum: 15, priority: 3)
        } cell: { row, _, now in
            row.credentialLine(now: now)
        },
        MappingColumn { _ in
            Column("LAST", minimum: 10, priority: 4)
        } cell: { row, _, now in
            row.lastLine(now: now)
        },
        MappingColumn { _ in
            Column("LATENCY", minimum: 7, priority: 7, alignment: .right)
        } cell: { row, _, _ in
            row.lastRecord.map { Line(DurationColumn.latency($0.duration), .faint) } ?? .none
        },
        MappingColumn { _ in
            Column("NEXT", minimum: 17, priority: 10)
        } cell: { row, condition, now in
            row.nextLine(condition, now: now)
        },
    ]
}

extension Line {
    /// What a cell shows that has nothing to show.
    fileprivate static let none = Line("–", .faint)
}

extension MappingRow {
    /// What is told relative to now about it.
    var times: [RelativeTime] {
        [tokenExpiry, credentials?.expiry, plan?.at].compactMap { $0 }.map(RelativeTime.left)
            + (lastRecord.map { [.ago($0.at)] } ?? [])
    }

    fileprivate func credentialLine(now: Date) -> Line {
        guard let credentials else { return Line("      ") + .none }
        let left = RelativeTime.left(credentials.expiry).text(at: now)
        let life = credentials.expiry.timeIntervalSince(credentials.issued)
        let ink: ResolvedStyle =
            credentials.expiry <= now ? .spent : credentials.expiringFrom <= now ? .caution : .good
        let gauge = Gauge(credentials.expiry.timeIntervalSince(now) / life)
        return Line(String(repeating: " ", count: max(0, 7 - left.count)) + left + " ", ink)
            + gauge.line(columns: 7, ink)
    }

    fileprivate func lastLine(now: Date) -> Line {
        if let pending {
            return Line("↻ \(pending.runningStep?.rawValue ?? "")", .pending)
        }
        guard let lastRecord else { return .none }
        if isForgotten { return Line("forgotten", .faint) }
        let ago = RelativeTime.ago(lastRecord.at).text(at: now)
        return lastRecord.outcome.mark + Line(" " + ago, .faint)
    }

    fileprivate func nextLine(_ condition: MappingStatus, now: Date) -> Line {
        if let plan { return Line(plan.text(at: now), .faint) }
        switch condition {
        case .never, .expired, .failing: return Line("r exchanges", .faint)
        default: return .none
        }
    }
}

extension Plan {
    /// What is done and when: `renewal in 42m`.
    func text(at now: Date) -> String {
        at <= now ? "\(action.rawValue) now" : "\(action.rawValue) in \(RelativeTime.left(at).text(at: now))"
    }
}

extension StepOutcome {
    /// The glyph of an outcome, in its colour.
    var mark: Line {
        switch self {
        case .ok: Line("✓", .good)
        case .warn: Line("▲", .caution)
        case .failed: Line("✕", .bad)
        case .skipped: Line("·", .faint)
        }
    }
}

extension MappingStatus {
    /// Told apart without colour, and in ASCII too.
    var glyph: String {
        switch self {
        case .failing: "✕"
        case .expired: "○"
        case .waiting: "◷"
        case .expiring: "◐"
        case .never: "·"
        case .live: "●"
        }
    }

    var ink: ResolvedStyle {
        switch self {
        case .failing: .bad
        case .expired: .spent
        case .waiting: .waiting
        case .expiring: .caution
        case .never: .faint
        case .live: .good
        }
    }
}
