package import Federation

/// A question whose answer is No until the operator says otherwise.
package struct Confirmation: Hashable, Sendable {
    /// What is done after Yes.
    package enum Action: Hashable, Sendable {
        case exchangeAll(Purpose)
        case forget(RoleMapping.ID)
        case copy(CopyItem, RoleMapping.ID)
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
        case .forget(let id):
            rows = [state.roster[id]].compactMap(\.self)
            question = "Throw these credentials away?"
        case .copy(let item, let id):
            rows = [state.roster[id]].compactMap(\.self)
            question = "Put the \(item.label) on the clipboard?"
        case .quit:
            rows = state.roster.rows.filter { $0.pending != nil }
            question = "Leave while \(rows.count == 1 ? "an exchange runs" : "\(rows.count) exchanges run")?"
        }
        let rest = rows.count - 5
        names = rows.prefix(5).map(\.id).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
