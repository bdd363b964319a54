/// What lies over the panel and takes the keys until it is gone.
package enum Overlay: Hashable, Sendable {
    /// The filter of the panel is being typed; `earlier` comes back with Esc.
    case filter(LineEditor, earlier: Filter)
    case confirmation(Confirmation)
}

/// A question whose answer is No until the operator says otherwise.
package struct Confirmation: Hashable, Sendable {
    /// What is done after Yes.
    package enum Action: Hashable, Sendable {
        case exchangeAll(Purpose)
        case quit
    }

    package let action: Action
    package let question: String
    /// What it is about, by name.
    package let names: String
    package internal(set) var isYes = false

    init(_ action: Action, in state: ConsoleState) {
        self.action = action
        let rows: [MappingRow]
        switch action {
        case .exchangeAll(let purpose):
            rows = state.roster.rows
            let verb = purpose == .refresh ? "Exchange" : "Test"
            question = rows.count == 1 ? "\(verb) this mapping?" : "\(verb) all \(rows.count) mappings?"
        case .quit:
            rows = state.roster.rows.filter { $0.pending != nil }
            question = "Leave while \(rows.count == 1 ? "an exchange runs" : "\(rows.count) exchanges run")?"
        }
        let rest = rows.count - 5
        names = rows.prefix(5).map(\.id).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
