package import Federation

/// A view over the panel that receives the keys while it is open.
package enum Overlay: Hashable, Sendable {
    /// Edits the panel's filter; Esc restores the earlier one.
    case filter(LineEditor, earlier: Filter)
    /// Edits the path of a file whose claims are compared with the mapping's.
    case path(LineEditor, of: RoleMapping.ID)
    case confirmation(Confirmation)
    case menu(Menu)
    case palette(Palette)
    case explanation(ExplanationViewModel)
}

/// A question whose default answer is No.
package struct Confirmation: Hashable, Sendable {
    /// The action after Yes.
    package enum Action: Hashable, Sendable {
        case exchangeAll(Purpose)
        case dropCredentials([RoleMapping.ID])
        case copy(CopyItem, RoleMapping.ID)
        /// The plan as shown, and the objects of it to apply.
        case applySetup(SetupPlan, [SetupObject.ID])
        case signIn(RoleMapping.ID)
        case quit
    }

    package let action: Action
    package let question: String
    /// The names of the affected mappings.
    package let names: String
    /// The affected objects, one line each.
    package let lines: [String]
    package internal(set) var isYes = false

    init(_ action: Action, in state: ConsoleState) {
        self.action = action
        var ids: [RoleMapping.ID] = []
        var lines: [String] = []
        switch action {
        case .exchangeAll(let purpose):
            ids = state.mappings.rows.map(\.id)
            let verb = purpose == .refresh ? "Exchange" : "Test"
            question = ids.count == 1 ? "\(verb) this mapping?" : "\(verb) all \(ids.count) mappings?"
        case .dropCredentials(let dropped):
            ids = dropped
            question =
                ids.count == 1 ? "Drop these credentials?" : "Drop the credentials of \(ids.count) mappings?"
        case .copy(let item, let id):
            ids = [id]
            question = "Copy the \(item.label) to the clipboard?"
        case .applySetup(_, let objects):
            lines = Self.lines(objects)
            question = objects.count == 1 ? "Apply this object?" : "Apply these \(objects.count) objects?"
        case .signIn(let id):
            ids = [id]
            question = "Copy a sign-in URL, which works like a password?"
        case .quit:
            ids = state.mappings.rows.filter { $0.pending != nil }.map(\.id)
            question = "Quit while \(ids.count == 1 ? "an exchange runs" : "\(ids.count) exchanges run")?"
        }
        names = Self.listed(ids, atMost: 5)
        self.lines = lines
    }

    /// Returns as many objects as a small screen has room for.
    private static func lines(_ objects: [SetupObject.ID]) -> [String] {
        let limit = 12
        let rest = objects.count - limit
        return objects.prefix(limit).map(\.description) + (rest > 0 ? ["and \(rest) more"] : [])
    }

    /// Returns the first names and the number of the others.
    static func listed(_ names: [String], atMost limit: Int) -> String {
        let rest = names.count - limit
        return names.prefix(limit).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
