import Drawing

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
