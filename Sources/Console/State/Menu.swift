import Drawing
package import Federation

/// A short list to choose one thing from.
package struct Menu: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case sort
        case copy(RoleMapping.ID)
        /// What of the set-up is made: all that is open, or this object.
        case apply(SetupObject.ID)
        /// The first screen of who has no configuration; the path is where it would be.
        case welcome(path: String)
        case compare(RoleMapping.ID)
    }

    /// What a mapping's claims can be compared with.
    enum Other: Hashable, Sendable {
        case previous
        case mapping(RoleMapping.ID)
        case file
    }

    /// So many mappings are offered at most, marked ones first.
    private static let mostOthers = 12

    /// One line of it.
    struct Item: Hashable, Sendable {
        let choice: Choice
        let label: String
        /// What is told beside it.
        let note: String
        /// The key that takes it at once.
        var key: Character?
    }

    enum Choice: Hashable, Sendable {
        /// By the column of that title; `nil` is the list's own order.
        case sort(String?)
        case copy(CopyItem, RoleMapping.ID)
        case apply([SetupObject.ID])
        case lab
        case starter(path: String)
        case leave
        case compare(Other, RoleMapping.ID)
    }

    package let kind: Kind
    package internal(set) var cursor = ListCursor()

    init(_ kind: Kind) {
        self.kind = kind
    }

    /// Whether there is something behind it to go back to.
    var isDismissible: Bool {
        if case .welcome = kind { false } else { true }
    }

    var title: String {
        switch kind {
        case .sort: "Sort by"
        case .copy(let id): "Copy of \(id)"
        case .apply: "Make"
        case .welcome: "cambist"
        case .compare(let id): "Compare \(id) with"
        }
    }

    func items(in state: ConsoleState) -> [Item] {
        switch kind {
        case .sort:
            Self.columns(of: state)
        case .apply(let id):
            Self.choices(of: id, in: state.setup)
        case .copy(let id):
            CopyItem.allCases.compactMap { item in
                guard let row = state.roster[id], item.isThere(in: row) else { return nil }
                let note = item.isSecret ? "secret" : item.text(of: row).fitted(to: 32, cut: .middle)
                return Item(choice: .copy(item, id), label: item.label, note: note)
            }
        case .welcome(let path):
            [
                Item(
                    choice: .lab,
                    label: "Open the lab",
                    note: "both clouds simulated here; no account needed",
                    key: "l"
                ),
                Item(
                    choice: .starter(path: path),
                    label: "Write a starter file",
                    note: "every key explained and commented out",
                    key: "i"
                ),
                Item(choice: .leave, label: "Leave", note: "", key: "q"),
            ]
        case .compare(let id):
            others(of: id, in: state)
        }
    }

    /// The columns that the list shown can be sorted by, with the arrow behind that it is sorted by.
    private static func columns(of state: ConsoleState) -> [Item] {
        guard let sorting = state.panel.panel.sorting else { return [] }
        let order = sorting.order(state)
        return sorting.choices.map { column in
            Item(
                choice: .sort(column),
                label: column?.lowercased() ?? sorting.own ?? "",
                note: order.column == column ? order.arrow : ""
            )
        }
    }

    /// All that is open, and one object with what it needs.
    private static func choices(of id: SetupObject.ID, in setup: SetupState) -> [Item] {
        let all = setup.open.map(\.id)
        let one = setup.withPrerequisites(id)
        let before = one.count - 1
        return [
            Item(choice: .apply(all), label: "all \(all.count) that are missing or different", note: ""),
            Item(
                choice: .apply(one),
                label: "the \(id.description)".fitted(to: 48, cut: .middle),
                note: before == 0 ? "" : "and \(before) before it"
            ),
        ]
    }

    private func others(of id: RoleMapping.ID, in state: ConsoleState) -> [Item] {
        let rows = state.roster.rows.filter { $0.id != id && $0.lastRecord?.token != nil }
        let marked = rows.filter { state.roster.marked.contains($0.id) }
        let unmarked = rows.lazy.filter { !state.roster.marked.contains($0.id) }
        let mappings = (marked + unmarked.prefix(Self.mostOthers)).prefix(Self.mostOthers).map { row in
            Item(
                choice: .compare(.mapping(row.id), id),
                label: row.id.fitted(to: 30, cut: .middle),
                note: row.mapping.identity.fitted(to: 20, cut: .middle)
            )
        }
        return [Item(choice: .compare(.previous, id), label: "the token before", note: "history")] + mappings
            + [Item(choice: .compare(.file, id), label: "a file …", note: "a token or its claims")]
    }
}
