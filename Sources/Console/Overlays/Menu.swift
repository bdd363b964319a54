import Drawing
package import Federation

/// A short list of choices.
package struct Menu: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case sort
        /// The columns of Mappings.
        case columns
        /// The properties that can group the mappings.
        case groups
        case copy(RoleMapping.ID)
        /// Applies all missing and different objects of the plan, or only this object with its prerequisites.
        case apply(SetupObject.ID)
        /// The screen that is shown while no configuration exists; `path` is the default location of a configuration.
        case welcome(path: String)
        case compare(RoleMapping.ID)
    }

    /// The token to compare a mapping's claims with.
    enum ComparisonTarget: Hashable, Sendable {
        case previous
        case mapping(RoleMapping.ID)
        case file
    }

    /// The maximum number of mappings that the menu lists for a comparison; marked mappings come first.
    private static let mappingLimit = 12

    struct Item: Hashable, Sendable {
        let choice: Choice
        let label: String
        let note: String
        /// The key that chooses the item directly.
        var key: Character?
    }

    enum Choice: Hashable, Sendable {
        /// Sorts by the column with this title; `nil` for the order in which the entries are stored.
        case sort(String?)
        /// Shows or hides a column of Mappings.
        case column(MappingColumn.ID)
        /// Groups the mappings by this property; `nil` removes the groups.
        case group(String?)
        case copy(CopyItem, RoleMapping.ID)
        case apply([SetupObject.ID])
        case lab
        case discover(path: String)
        case starter(path: String)
        case quit
        case compare(ComparisonTarget, RoleMapping.ID)
    }

    package let kind: Kind
    package internal(set) var cursor = ListCursor()

    init(_ kind: Kind) {
        self.kind = kind
    }

    /// Whether Esc closes the menu; the welcome menu has no panel behind it.
    var isDismissible: Bool {
        if case .welcome = kind { false } else { true }
    }

    var title: String {
        switch kind {
        case .sort: "Sort by"
        case .columns: "Columns"
        case .groups: "Group by"
        case .copy(let id): "Copy from \(id)"
        case .apply: "Apply"
        case .welcome: "cambist"
        case .compare(let id): "Compare \(id) with"
        }
    }

    func items(in state: ConsoleState) -> [Item] {
        switch kind {
        case .sort: Self.columns(of: state)
        case .columns: Self.mappingColumns(of: state)
        case .groups: Self.groups(of: state)
        case .apply(let id): Self.objects(with: id, in: state.setup)
        case .copy(let id): state.mappings[id].map(Self.properties) ?? []
        case .welcome(let path): Self.firstSteps(path: path)
        case .compare(let id): Self.others(of: id, in: state)
        }
    }

    private static func columns(of state: ConsoleState) -> [Item] {
        guard let sorting = state.panel.panel.sorting else { return [] }
        let order = sorting.order(state)
        return sorting.choices.map { column in
            Item(
                choice: .sort(column),
                label: label(of: column, in: state) ?? sorting.naturalName ?? "",
                note: order.column == column ? order.arrow : ""
            )
        }
    }

    private static func label(of column: String?, in state: ConsoleState) -> String? {
        guard let column, state.panel == .mappings || state.panel == .timeline,
            column == MappingList.attentionFirst.column
        else { return column?.lowercased() }
        return "\(column.lowercased()): failing first"
    }

    private static func mappingColumns(of state: ConsoleState) -> [Item] {
        MappingColumn.all.map { column in
            let isShown = state.mappingColumns.contains(column.id)
            return Item(
                choice: .column(column.id),
                label: "\(isShown ? "✓" : "·") \(column.id)",
                note: column.help
            )
        }
    }

    private static func groups(of state: ConsoleState) -> [Item] {
        let current = state.mappings.list.grouping
        return ([nil] + MappingRow.groupings.map(\.column)).map { group in
            Item(choice: .group(group), label: group ?? "no groups", note: group == current ? "✓" : "")
        }
    }

    private static func properties(of row: MappingRow) -> [Item] {
        CopyItem.allCases.filter { $0.isAvailable(in: row) }.map { item in
            let note = item.isSecret ? "secret" : item.text(of: row).fitted(to: 32, cut: .middle)
            return Item(choice: .copy(item, row.id), label: item.label, note: note)
        }
    }

    private static func objects(with id: SetupObject.ID, in setup: SetupState) -> [Item] {
        let all = setup.open.map(\.id)
        let one = setup.withDependencies(id)
        let before = one.count - 1
        return [
            Item(choice: .apply(all), label: "all \(all.count) missing or different objects", note: ""),
            Item(
                choice: .apply(one),
                label: "the \(id.description)".fitted(to: 48, cut: .middle),
                note: before == 0 ? "" : "with \(before) prerequisite\(before == 1 ? "" : "s")"
            ),
        ]
    }

    private static func firstSteps(path: String) -> [Item] {
        [
            Item(
                choice: .lab,
                label: "Open the lab",
                note: "Simulates both clouds; needs no account.",
                key: "l"
            ),
            Item(
                choice: .discover(path: path),
                label: "Discover what exists",
                note: "Finds roles and identities in both clouds.",
                key: "d"
            ),
            Item(
                choice: .starter(path: path),
                label: "Write a starter configuration",
                note: "Contains every key, explained and commented out.",
                key: "i"
            ),
            Item(choice: .quit, label: "Quit", note: "Changes nothing.", key: "q"),
        ]
    }

    private static func others(of id: RoleMapping.ID, in state: ConsoleState) -> [Item] {
        let rows = state.mappings.rows.lazy.filter { $0.id != id && $0.lastRecord?.token != nil }
        let marks = state.mappings.list.marked
        let marked = rows.filter { marks.contains($0.id) }.prefix(mappingLimit)
        let unmarked = rows.filter { !marks.contains($0.id) }.prefix(mappingLimit - marked.count)
        let mappings = (Array(marked) + unmarked).map { row in
            Item(
                choice: .compare(.mapping(row.id), id),
                label: row.id.fitted(to: 30, cut: .middle),
                note: row.mapping.identity.fitted(to: 20, cut: .middle)
            )
        }
        return [Item(choice: .compare(.previous, id), label: "previous token", note: "history")] + mappings
            + [Item(choice: .compare(.file, id), label: "file …", note: "a token or its claims")]
    }
}

/// A property of a mapping that can be copied to the clipboard.
package enum CopyItem: String, CaseIterable, Hashable, Sendable {
    case roleARN
    case assumedRoleARN
    case accessKeyID
    case claims
    case explanation
    case exports

    var label: String {
        switch self {
        case .roleARN: "role ARN"
        case .assumedRoleARN: "assumed role ARN"
        case .accessKeyID: "access key ID"
        case .claims: "claims as JSON"
        case .explanation: "error and fix"
        case .exports: "exports with credentials"
        }
    }

    /// Whether the value is a secret.
    ///
    /// A secret needs a confirmation and is not in the console's state.
    var isSecret: Bool { self == .exports }

    func isAvailable(in row: MappingRow) -> Bool {
        isSecret ? row.credentials != nil : !text(of: row).isEmpty
    }

    /// Returns the value; empty for an absent or secret value.
    ///
    /// `reference` is the configuration file for the option `--config` in the commands of a fix.
    func text(of row: MappingRow, _ reference: ConfigurationReference? = nil) -> String {
        switch self {
        case .roleARN: row.mapping.roleARN.description
        case .assumedRoleARN: row.lastRecord?.assumedRoleARN ?? ""
        case .accessKeyID: row.credentials?.accessKeyID ?? ""
        case .claims: row.lastRecord?.token.map { JSONValue.object($0.claims.payload).compactText } ?? ""
        case .explanation:
            row.lastRecord?.failure.map { "\($0.messageWithCode)\n\(reference.naming(in: $0.fix))" } ?? ""
        case .exports: ""
        }
    }
}
