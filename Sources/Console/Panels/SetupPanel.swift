import Drawing
import Federation

import struct Foundation.Date

extension Panel {
    /// What both clouds have of what a mapping needs, and what they lack.
    static let setup = Panel(
        title: "Setup",
        help: "What both clouds have of what the marked or selected mappings need, and what they lack",
        columns: { state in
            let isMaking = state.setup.pending?.work == .apply
            return [
                Column("", minimum: 1, priority: 0, gap: 1),
                Column("STATE", minimum: 10, priority: isMaking ? 4 : 2),
                Column("CLOUD", minimum: 5, priority: isMaking ? 5 : 4),
                Column("KIND", minimum: 19, priority: 3),
                Column("NAME", minimum: 12, comfort: 22, ideal: 64, priority: 1, cut: .middle),
                Column(
                    "NOW",
                    minimum: 10,
                    comfort: isMaking ? 26 : 10,
                    ideal: isMaking ? 44 : 26,
                    priority: 2
                ),
            ]
        },
        count: { $0.setup.shown.count },
        cells: { state, line in
            let entry = state.setup.shown[line]
            let id = entry.object.id
            return [
                entry.mark, Line(entry.object.state.rawValue, entry.object.state.ink),
                Line(id.kind.cloud.title, .faint), Line(id.kind.title), Line(id.name),
                entry.now(at: state.now),
            ]
        },
        times: { state, line in state.setup.shown[line].times },
        detail: { state in
            state.setup.selected.map { entry in
                Detail(title: entry.object.id.description) {
                    SetupDetail(entry: entry, now: state.now).lines(columns: $0)
                }
            }
        },
        empty: \.setupEmptiness,
        cursor: \.setup.view.cursor,
        filter: { $0.setup.view.filter },
        setFilter: { $0.setup.view.filter = $1 },
        states: SetupObject.State.allCases.map(\.rawValue)
    )
}

extension SetupObject.State {
    /// Told apart without colour, and in ASCII too.
    var glyph: String {
        switch self {
        case .ok: "✓"
        case .missing: "○"
        case .different: "▲"
        case .unreadable: "✕"
        }
    }

    var ink: ResolvedStyle {
        switch self {
        case .ok: .good
        case .missing: .waiting
        case .different: .caution
        case .unreadable: .bad
        }
    }
}

extension SetupState.Entry {
    fileprivate var mark: Line {
        switch phase {
        case .reading, .writing: Line("↻", .pending)
        case .waiting: Line("◷", .waiting)
        case .failed: Line("✕", .bad)
        default: Line(object.state.glyph, object.state.ink)
        }
    }

    /// What is told relative to now about it.
    fileprivate var times: [RelativeTime] {
        guard let course else { return [] }
        return [.lasting(course.since)] + (course.next.map { [.left($0)] } ?? [])
    }

    /// What happens to it and for how long already, in a few words.
    func now(at now: Date) -> Line {
        let lasting = course.map { RelativeTime.lasting($0.since).text(at: now) + " " } ?? ""
        return switch phase {
        case .reading: Line("\(lasting)reading", .pending)
        case .writing(let work): Line("\(lasting)\(work)", .pending)
        case .waiting(let reason, _): Line("\(lasting)\(reason)", .waiting)
        case .done(let isChanged): Line(isChanged ? "made" : "as it was", isChanged ? .good : .faint)
        case .removed: Line("removed", .good)
        case .kept(let reason): Line("kept: \(reason)", .faint)
        case .failed(let failure): Line(failure.code, .bad)
        case nil: object.obstacle.map { Line($0.code, .bad) } ?? Line()
        }
    }
}

extension ConsoleState {
    /// What to say where there is no object to show.
    fileprivate var setupEmptiness: [Line] {
        let columns = max(20, layout.list.columns - 4)
        if roster.rows.isEmpty { return ["The configuration has no mappings to set up."] }
        if !setup.view.filter.isEmpty, !setup.entries.isEmpty {
            return ["No object matches the filter.", "Esc shows all of them again."]
        }
        let names = Confirmation.listed(setup.about ?? [], atMost: 3)
        if setup.pending != nil {
            return [
                Line("↻ ", .pending)
                    + Line("Reading what both clouds have for \(names) …".fitted(to: columns))
            ]
        }
        if let failure = setup.failure {
            return [Line("✕ ", .bad) + Line(failure.code, .bad)]
                + "\(failure.message) \(failure.fix)".wrapped(to: columns).map { Line($0) }
                + ["r asks again."]
        }
        return ["Nothing has been read yet.", "r reads what both clouds have."]
    }
}
