import Drawing
import Federation

extension Panel {
    /// The roles that the mappings assume.
    static let roles = Panel(
        title: "Roles",
        help: "The roles: what their trust and STS said, who assumes them",
        columns: { _ in
            [
                Column("ROLE", minimum: 10, comfort: 20, ideal: 48, priority: 0, cut: .middle),
                Column("ACCOUNT", minimum: 12, priority: 1),
                Column("TRUST", minimum: 7, comfort: 16, ideal: 40, priority: 3),
                Column("STS", minimum: 7, comfort: 16, ideal: 28, priority: 2),
                Column("SESSION", minimum: 7, priority: 5, alignment: .right),
                Column("MAPPINGS", minimum: 8, priority: 4, alignment: .right),
            ]
        },
        count: { $0.roles.entries.count },
        cells: { state, line in state.roles.entries[line].cells },
        times: { _, _ in [] },
        detail: { state in
            state.roles.entries.selected.map { entry in
                Detail(title: entry.roleARN.name) { entry.lines(in: state, columns: $0) }
            }
        },
        empty: { state in
            state.roles.entries.isEmpty
                ? ["No mapping assumes a role yet.", "The configuration names them."]
                : ["No role matches the filter.", "Esc shows all of them again."]
        },
        cursor: \.roles.entries.cursor,
        filter: { $0.roles.entries.filter },
        setFilter: { $0.roles.entries.show(only: $1) },
        sorting: .roles
    )
}

extension RoleState.Entry {
    fileprivate var cells: [Line] {
        [
            Line(roleARN.name), Line(roleARN.account, .faint), trust?.verdict ?? Line("–", .faint),
            exchange?.verdict ?? Line("–", .faint), Line(DurationText.format(duration), .faint),
            Line("\(mappings.count)", .faint),
        ]
    }

    fileprivate func lines(in state: ConsoleState, columns: Int) -> [Line] {
        let users = mappings.prefix(20).compactMap { id -> Line? in
            state.roster[id].map { row in
                let condition = row.condition(at: state.now)
                return Line("\(condition.glyph) \(condition.rawValue.padding(to: 9))", condition.ink)
                    + Line(row.id)
            }
        }
        return SideBySide(
            left: { columns in
                Fact("arn", roleARN.description).lines(columns: columns)
                    + ExchangeDetail(steps: [trust, exchange].compactMap(\.self)).lines(columns: columns)
            },
            right: { _ in users },
            isParted: false
        ).lines(columns: columns)
    }
}

extension StepRecord {
    /// Its outcome and, when it did not go well, why in a word.
    fileprivate var verdict: Line {
        outcome.mark + Line(" " + (failure?.code ?? outcome.rawValue), outcome == .failed ? .bad : .text)
    }
}
