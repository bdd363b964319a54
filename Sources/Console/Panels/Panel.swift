import Drawing
import Federation

/// A view of the state: a list, and the detail of its selected line.
///
/// A frame reads only the visible lines. To add a panel, declare an ID and a value in a separate file, and list the
/// value in ``all``.
package struct Panel: Sendable {
    /// The name of a panel and of the binding that shows the panel.
    package struct ID: RawRepresentable, Hashable, Sendable {
        package let rawValue: String

        package init(rawValue: String) {
            self.rawValue = rawValue
        }
    }

    /// The detail of a line: a title, and lines for a number of columns.
    struct Detail: Sendable {
        let title: String
        /// A summary beside the title.
        var remark = Line()
        let lines: @Sendable (_ columns: Int) -> [Line]
    }

    /// The columns that sort the list, and access to the list's order.
    struct Sorting: Sendable {
        /// The titles of the columns, in the order of the menu.
        let columns: [String]
        /// The menu's name for the stored order; `nil` if the menu does not offer the stored order.
        let naturalName: String?
        let order: @Sendable (ConsoleState) -> ListOrder
        let sort: @Sendable (inout ConsoleState, ListOrder) -> Void
        /// The number of sorted entries; `nil` if all entries are sorted.
        var limit: @Sendable (ConsoleState) -> Int? = { _ in nil }

        var choices: [String?] { (naturalName == nil ? [] : [nil]) + columns }
    }

    package let id: ID
    package let title: String
    /// A description that follows the title and a colon in the help.
    package let help: String
    /// The keys that show the panel, in addition to the number key for the panel's position.
    let keys: [Key]
    let columns: @Sendable (ConsoleState) -> [Column]
    /// The width that the table needs; replaces the sum of the columns' preferred widths.
    var preferredColumns: (@Sendable (ConsoleState) -> Int)?
    /// The maximum width that the table can use.
    ///
    /// Defaults to ``preferredColumns``, or else to the sum of the columns' ideal widths.
    var idealColumns: (@Sendable (ConsoleState) -> Int)?
    var count: @Sendable (ConsoleState) -> Int
    /// The cells of a line, one cell for each column.
    var cells: @Sendable (ConsoleState, _ line: Int) -> [Line]
    let isMarked: @Sendable (ConsoleState, _ line: Int) -> Bool
    /// The instants that a line shows relative to the present.
    var times: @Sendable (ConsoleState, _ line: Int) -> [RelativeTime] = { _, _ in [] }
    var detail: @Sendable (ConsoleState) -> Detail?
    /// The maximum number of rows of a detail below a long list, including the title of the detail.
    var detailRows = 16
    /// The text of a list without lines.
    var empty: @Sendable (ConsoleState) -> [Line]
    let cursor: @Sendable (ConsoleState) -> ListCursor
    let setCursor: @Sendable (inout ConsoleState, ListCursor) -> Void
    var filter: @Sendable (ConsoleState) -> Filter
    var setFilter: @Sendable (inout ConsoleState, Filter) -> Void
    var sorting: Sorting?
    /// The states that `state:` accepts.
    var states: [String] = []
    /// The fields that the filter accepts, in addition to `state:`.
    var fields: [FilterField] = []
    /// The name of the list's entries.
    var entryName = "mapping"
    /// Whether any entry matches a term of the filter.
    var hasMatch: @Sendable (ConsoleState, Filter.Term) -> Bool = { _, _ in true }
    /// The existing values of a filter field.
    var values: @Sendable (ConsoleState, FilterField) -> [String] = { _, _ in [] }
    /// Returns the text of a line that has no cells, such as a heading; `nil` for a line with cells.
    var wholeLine: @Sendable (ConsoleState, _ line: Int, _ columns: Int) -> Line? = { _, _, _ in nil }
    /// The mappings of the selected line, those that need attention first.
    var subjects: @Sendable (ConsoleState) -> [RoleMapping.ID] = { state in
        state.mappings.selected.map { [$0.id] } ?? []
    }
    /// The footer's label for the key that shows the panel; `nil` if the footer never shows the key.
    var label: String?
    /// Called when the panel opens, but not when the operator returns to the panel.
    var willShow: @Sendable (inout ConsoleState) -> Void = { _ in }
    /// Updates derived lines and requests missing data; called after messages while the panel is shown.
    var prepare: @Sendable (inout ConsoleState) -> [Effect] = { _ in [] }
    /// Requests data for the visible lines; called after ``prepare``.
    var load: @Sendable (inout ConsoleState) -> [Effect] = { _ in [] }
    /// Opens the selected line; if `nil`, Enter shows only the detail of the line.
    var open: (@Sendable (inout ConsoleState) -> [Effect])?
    /// Whether ``open`` has an effect while the detail of the selected line is shown.
    var canOpen: @Sendable (ConsoleState) -> Bool = { _ in true }
    /// Whether Enter first shows the detail on screens without room for list and detail.
    var showsDetailFirst = true
    /// Moves to the next or the previous match; replaces the default behavior.
    var step: (@Sendable (inout ConsoleState, _ line: Int) -> Void)?
    /// Moves to the first or the last line, which may not have been read yet.
    var moveToEnd: (@Sendable (inout ConsoleState, _ isLast: Bool) -> Void)?
    /// The cursor position as text; replaces the line number and the line count.
    var position: (@Sendable (ConsoleState) -> String)?
    /// The parts of the line above the column titles, for example a mapping and its role.
    var heading: (@Sendable (ConsoleState) -> [Line])?
    /// Whether the panel shows only the detail of the selected line, without the list.
    var isPage = false
    /// The progress of the panel's work, for the tab bar.
    var progress: @Sendable (ConsoleState) -> Line = { _ in Line() }

    /// Creates a panel of a list.
    ///
    /// Closures access the list, because a key path would copy the complete state for each line.
    init<Entry: ListEntry>(
        _ id: ID,
        title: String,
        help: String,
        keys: [Key] = [],
        list: @escaping @Sendable (ConsoleState) -> ListModel<Entry>,
        changeList: @escaping @Sendable (inout ConsoleState, (inout ListModel<Entry>) -> Void) -> Void,
        naturalOrder: String? = nil,
        columns: @escaping @Sendable (ConsoleState) -> [Column],
        cells: @escaping @Sendable (ConsoleState, Entry) -> [Line],
        detail: @escaping @Sendable (ConsoleState, Entry) -> Detail?,
        empty: @escaping @Sendable (ConsoleState) -> [Line]
    ) {
        self.id = id
        self.title = title
        self.help = help
        self.keys = keys
        self.columns = columns
        self.cells = { cells($0, list($0)[$1]) }
        self.detail = { state in list(state).selected.flatMap { detail(state, $0) } }
        count = { list($0).count }
        isMarked = { state, line in
            let list = list(state)
            return line < list.count && list.marked.contains(list[line].id)
        }
        self.empty = { state in
            let list = list(state)
            if list.isEmpty || list.filter.isEmpty { return empty(state) }
            return ["No line matches the filter.", Line("\(state.key(.back)) clears it.")]
        }
        cursor = { list($0).cursor }
        setCursor = { state, cursor in changeList(&state) { $0.cursor = cursor } }
        filter = { list($0).filter }
        setFilter = { state, filter in changeList(&state) { $0.show(only: filter) } }
        hasMatch = { list($0).hasMatch($1) }
        values = { list($0).values(of: $1) }
        if !Entry.sortKeys.isEmpty {
            sorting = Sorting(
                columns: Entry.sortKeys.map(\.column),
                naturalName: naturalOrder,
                order: { list($0).order },
                sort: { state, order in changeList(&state) { $0.sort(by: order) } }
            )
        }
    }
}

extension Panel {
    /// All panels, in the order of Tab and of the number keys.
    package static let all: [Panel] = [
        .mappings, .claims, .trust, .watch, .history, .identities, .roles, .timeline, .setup, .fleet, .log,
        .help, .explain,
    ]

    /// A panel's part of the tab bar.
    struct Tab: Sendable {
        let id: ID
        let title: String
        let keyLabel: String
    }

    /// Returns the tabs of the tab bar; a panel with ``isPage`` has a tab only while it is shown.
    static func tabs(showing id: Panel.ID) -> [Tab] {
        tabs[id] ?? []
    }

    private static let tabs = Dictionary(
        uniqueKeysWithValues: all.map { shown in
            let panels = all.filter { !$0.isPage || $0.id == shown.id }
            return (shown.id, panels.map { Tab(id: $0.id, title: $0.title, keyLabel: $0.id.keyLabel) })
        }
    )

    /// The panels that show a list.
    static let lists = all.filter { !$0.isPage }.map(\.id)

    private static let byID = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })

    /// Returns a copy with a change applied.
    func with(_ change: (inout Panel) -> Void) -> Panel {
        var panel = self
        change(&panel)
        return panel
    }

    private var acceptedFields: [FilterField] { (states.isEmpty ? [] : [.state]) + fields }

    /// The terms that the panel's filter accepts.
    var filterHint: Line {
        let names = acceptedFields.map { "\($0.rawValue):" }
        let operators = ["-word", "^start", "end$", "/expression/"]
        return Line((["words"] + names + operators).joined(separator: "  "), .faint)
    }

    /// Returns a reason why a filter cannot match or may be misspelled, if any.
    func problem(of filter: Filter, in state: ConsoleState) -> String? {
        if let problem = filter.problem { return problem }
        for term in filter.terms {
            guard let field = term.field else { continue }
            if field == .state, !states.isEmpty {
                if states.contains(where: term.matches) { continue }
                let known = states.filter { !$0.hasSuffix("▲") }
                return "no state:\(term.text.text); use \(known.joined(separator: ", "))"
            }
            guard acceptedFields.contains(field) else {
                guard let panel = Self.all.first(where: { $0.acceptedFields.contains(field) }) else {
                    return "no list can be filtered by \(field.rawValue)"
                }
                return
                    "\(title) has no \(field.plural); the filter \(field.rawValue): works in \(panel.title)"
            }
            if term.isExcluding || hasMatch(state, term) { continue }
            if field == .node, id != .fleet {
                return "this is the node \(state.mappings.node); Fleet shows the other nodes"
            }
            return Self.unknownValue(of: term, in: field, entryName, among: values(state, field))
        }
        guard let (word, field) = filter.misspelledField, acceptedFields.contains(field) else { return nil }
        return "unknown field \"\(word):\"; did you mean \"\(field.rawValue):\"?"
    }

    /// Returns the message that no entry has a value, with examples of existing values.
    static func unknownValue(
        of term: Filter.Term,
        in field: FilterField,
        _ entryName: String,
        among values: [String]
    ) -> String {
        let known = values.isEmpty ? "" : "; known: " + Confirmation.listed(values, atMost: 5)
        return "no \(entryName) has the \(field.rawValue) \(term.text.text)" + known
    }
}

extension FilterField {
    fileprivate var plural: String { self == .identity ? "identities" : rawValue + "s" }
}

extension Panel.ID: CaseIterable {
    package static var allCases: [Panel.ID] { Panel.all.map(\.id) }

    package var panel: Panel { Panel.byID[self] ?? .mappings }

    /// The position among all panels, from 0.
    var place: Int { Panel.all.firstIndex { $0.id == self } ?? 0 }

    /// The key that the panel's tab shows.
    var keyLabel: String {
        digit.map(String.init) ?? panel.keys.first?.label ?? ""
    }

    /// The number key of the panel's position, 1 to 9; later panels have other keys, such as `0` for Fleet.
    var digit: Character? { place < 9 ? Character("\(place + 1)") : nil }
}

extension ConsoleState {
    /// Sorts the list by a column; `nil` means the stored order.
    ///
    /// Choosing the current column reverses the order.
    mutating func sort(by column: String?) {
        guard let sorting = panel.panel.sorting else { return }
        sort(sorting, sorting.order(self).choosing(column))
    }

    mutating func invertOrder() {
        guard let sorting = panel.panel.sorting else { return }
        sort(sorting, sorting.order(self).inverted)
    }

    private mutating func sort(_ sorting: Panel.Sorting, _ order: ListOrder) {
        sorting.sort(&self, order)
        notice = sorting.limit(self).map {
            Notice(.info, "Sorted the latest \($0) exchanges that were read. Scroll to the end to read more.")
        }
    }
}
