import Drawing
import Federation

extension ConsoleState {
    /// The mappings that an action is about: those marked, in the order of the configuration, else the selected
    /// one.
    var targets: [RoleMapping.ID] {
        if roster.marked.isEmpty { return roster.selected.map { [$0.id] } ?? [] }
        return roster.rows.map(\.id).filter(roster.marked.contains)
    }
}

extension Binding {
    static let mark = Binding(
        "mark",
        [.character(" ")],
        in: [.mappings, .timeline],
        help: "Mark the selected mapping, or take its mark away, and go on to the next",
        label: "mark"
    ) { state in
        guard let id = state.roster.selected?.id else { return [] }
        state.roster.toggleMark(id)
        state.cursor.select(state.cursor.selected + 1)
        return []
    }

    static let nextTrouble = Binding(
        "next-trouble",
        [.character("f")],
        in: [.mappings, .timeline],
        help: "Go to the next mapping that fails or is expired",
        label: "failing",
        obstacle: { state in
            let counts = state.roster.counts
            let troubles = MappingStatus.troubles.reduce(0) { $0 + counts[$1, default: 0] }
            return troubles == 0 ? "No mapping fails or is expired." : nil
        },
        perform: { state in
            guard let line = state.roster.line(after: state.cursor.selected, in: MappingStatus.troubles)
            else {
                state.notice = Notice(.info, "The filter hides what fails or is expired; Esc drops it.")
                return []
            }
            state.cursor.select(line)
            return []
        }
    )

    static let unmark = Binding(
        "unmark",
        [.character("U")],
        in: [.mappings, .timeline],
        help: "Take all marks away",
        obstacle: { $0.roster.marked.isEmpty ? "No mapping is marked; Space marks one." : nil },
        perform: { state in
            state.roster.clearMarks()
            return []
        }
    )
}
