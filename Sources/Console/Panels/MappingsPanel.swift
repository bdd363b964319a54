import Drawing
import Federation

extension Panel.ID {
    package static let mappings = Panel.ID(rawValue: "mappings")
}

extension Panel {
    static let mappings = Panel(
        .mappings,
        title: "Mappings",
        help: "state, credentials, next action, and cause",
        list: { $0.mappings.list },
        changeList: { $1(&$0.mappings.list) },
        columns: { $0.mappingTableColumns },
        cells: { _, _ in [] },
        detail: { state, row in
            let detail = MappingDetail(row: row, state: state)
            return Detail(title: detail.title, remark: detail.remark) { detail.lines(columns: $0) }
        },
        empty: emptyMappings
    ).with { panel in
        panel.cells = { $0.mappingCells(line: $1) }
        panel.prepare = { state in
            // The detail and the keys of one frame use the same explanation.
            if state.mappings.selected?.cause != nil { state.evaluateSelected() }
            return []
        }
        panel.load = { $0.inspectRolesOfProblems() }
        panel.showMappingActions()
    }

    static let emptyMappings: @Sendable (ConsoleState) -> [Line] = { state in
        state.configuration.origin == nil
            ? [Line(state.configuration.progress)]
            : [
                "The configuration has no mappings.",
                Line("Add one under mappings: and press \(state.key(.reload))."),
            ]
    }

    /// Sets the properties that Mappings and Timeline share.
    mutating func showMappingActions() {
        times = { state, line in state.mappings.list[line].times }
        states = MappingStatus.allCases.flatMap(\.words)
        fields = [.code] + RoleMapping.filterFields + [.node]
        values = { $0.mappings.values(of: $1) }
        open = { state in
            state.show(.claims)
            return []
        }
    }
}

// The table of the mappings: a glyph, the group, and the chosen columns.
extension ConsoleState {
    fileprivate var mappingTableColumns: [Column] {
        var columns = [Column("", minimum: 1, priority: 0, gap: 1)]
        if let grouping = mappings.list.grouping {
            let width = mappings.list.groupColumns
            columns.append(
                Column(
                    grouping.uppercased(),
                    minimum: 8,
                    preferred: width,
                    ideal: width,
                    priority: 1,
                    cut: .middle
                )
            )
        }
        return columns + MappingColumn.named(mappingColumns).map { $0.column(mappings) }
    }

    fileprivate func mappingCells(line: Int) -> [Line] {
        let row = mappings.list[line]
        var cells = [
            row.showsExchange(at: now) ? Line("↻", .pending) : Line(row.status.glyph, row.status.style)
        ]
        if mappings.list.grouping != nil {
            cells.append(mappings.list.group(startingAt: line).map(Self.cell) ?? Line())
        }
        return cells + MappingColumn.named(mappingColumns).map { $0.cell(row, now) }
    }

    private static func cell(_ group: ListModel<MappingRow>.Group) -> Line {
        Line(group.isFolded ? "▸ " : "▾ ", .key) + Line(group.name, .title) + Line(" \(group.count)", .faint)
    }
}

extension MappingRow {
    /// The instants that the row shows relative to the present.
    var times: [RelativeTime] {
        [tokenExpiry, credentials?.expiry, plan?.at].compactMap { $0 }.map(RelativeTime.left)
            + (lastRecord.map { [.ago($0.at)] } ?? [])
    }
}

extension MappingStatus {
    /// A glyph that is distinct even without color or in ASCII, except that `idle` and `noCredentials` share one.
    var glyph: String {
        switch self {
        case .failing: "✕"
        case .expired: "○"
        case .blocked: "■"
        case .waiting: "◷"
        case .expiring: "◐"
        case .idle, .noCredentials: "·"
        case .warned: "▲"
        case .live: "●"
        }
    }

    var style: ResolvedStyle {
        switch self {
        case .failing: .bad
        case .expired: .spent
        case .blocked: .bad
        case .waiting: .waiting
        case .expiring, .warned: .caution
        case .idle, .noCredentials: .faint
        case .live: .good
        }
    }
}
