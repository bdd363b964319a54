package import Federation

/// A question whose answer is No until the operator says otherwise.
package struct Confirmation: Hashable, Sendable {
    /// What is done after Yes.
    package enum Action: Hashable, Sendable {
        case exchangeAll(Purpose)
        case forget([RoleMapping.ID])
        case copy(CopyItem, RoleMapping.ID)
        case applySetup([SetupObject.ID])
        case signIn(RoleMapping.ID)
        case quit
    }

    package let action: Action
    package let question: String
    /// What it is about, by name.
    package let names: String
    /// What it is about, a line each, where that is clearer than one after the other.
    package let lines: [String]
    package internal(set) var isYes = false

    init(_ action: Action, in state: ConsoleState) {
        self.action = action
        var rows: [MappingRow] = []
        switch action {
        case .exchangeAll(let purpose):
            rows = state.roster.rows
            let verb = purpose == .refresh ? "Exchange" : "Test"
            question = rows.count == 1 ? "\(verb) this mapping?" : "\(verb) all \(rows.count) mappings?"
        case .forget(let ids):
            rows = ids.compactMap { state.roster[$0] }
            question =
                rows.count == 1
                ? "Throw these credentials away?" : "Throw the credentials of \(rows.count) mappings away?"
        case .copy(let item, let id):
            rows = [state.roster[id]].compactMap(\.self)
            question = "Put the \(item.label) on the clipboard?"
        case .applySetup(let objects):
            question = objects.count == 1 ? "Make this object?" : "Make these \(objects.count) objects?"
            names = ""
            lines = Self.lines(objects)
            return
        case .signIn(let id):
            rows = [state.roster[id]].compactMap(\.self)
            question = "Put a sign-in URL, as good as a password, on the clipboard?"
        case .quit:
            rows = state.roster.rows.filter { $0.pending != nil }
            question = "Leave while \(rows.count == 1 ? "an exchange runs" : "\(rows.count) exchanges run")?"
        }
        names = Self.listed(rows.map(\.id), atMost: 5)
        lines = []
    }

    /// As many objects as a small screen has room for.
    private static func lines(_ objects: [SetupObject.ID]) -> [String] {
        let limit = 12
        let rest = objects.count - limit
        return objects.prefix(limit).map(\.description) + (rest > 0 ? ["and \(rest) more"] : [])
    }

    /// The first of some names, and how many more there are.
    static func listed(_ names: [String], atMost limit: Int) -> String {
        let rest = names.count - limit
        return names.prefix(limit).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
