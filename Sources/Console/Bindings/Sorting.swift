import Drawing

extension Panel.ID {
    /// Those whose lists can be sorted.
    fileprivate static let sorted = allCases.filter { $0.panel.sorting != nil }
}

extension Binding {
    static let sort = Binding(
        "sort",
        [.character("s")],
        in: Panel.ID.sorted,
        help: "Choose the column that the list is sorted by; the same again turns it round",
        label: "sort"
    ) { state in
        guard let sorting = state.panel.panel.sorting else { return [] }
        var menu = Menu(.sort)
        menu.cursor.select(sorting.choices.firstIndex(of: sorting.order(state).column) ?? 0)
        state.overlay = .menu(menu)
        return []
    }

    static let invert = Binding(
        "invert",
        [.character("I")],
        in: Panel.ID.sorted,
        help: "Turn the order of the list round"
    ) { state in
        state.invertOrder()
        return []
    }
}
