import Drawing

extension Binding {
    static let sort = Binding(
        "sort",
        [.character("s")],
        in: [.mappings, .timeline],
        help: "Choose what the mappings are sorted by",
        label: "sort"
    ) { state in
        var menu = Menu(.sort)
        menu.cursor.select(MappingOrder.Key.allCases.firstIndex(of: state.roster.sort.key) ?? 0)
        state.overlay = .menu(menu)
        return []
    }

    static let invert = Binding(
        "invert",
        [.character("I")],
        in: [.mappings, .timeline],
        help: "Turn the order of the mappings round"
    ) { state in
        var order = state.roster.sort
        order.isDescending.toggle()
        state.roster.sort(by: order)
        return []
    }
}
