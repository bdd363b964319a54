import Drawing
import Federation

/// A view of the state: a list, and what there is to say of its selected line.
///
/// The frame asks for the lines that it shows and no others.
package struct Panel: Sendable {
    /// In the order of Tab and of the number keys.
    package enum ID: String, CaseIterable, Hashable, Sendable {
        case mappings
        case claims
        case trust
        case watch
        case history
        case identities
        case roles
        case timeline
        case setup
        case log
        case help
    }

    /// What is shown of the selected line: its name, and lines made for a number of columns.
    struct Detail: Sendable {
        let title: String
        let lines: @Sendable (_ columns: Int) -> [Line]
    }

    package let title: String
    /// One sentence for the help.
    package let help: String
    let columns: @Sendable (ConsoleState) -> [Column]
    /// How many columns of the screen those need, where they depend on the room there is.
    var breadth: (@Sendable (ConsoleState) -> Int)?
    /// How many lines the list has.
    let count: @Sendable (ConsoleState) -> Int
    /// A line's cells, one a column.
    let cells: @Sendable (ConsoleState, _ line: Int) -> [Line]
    /// Whether a line bears a mark.
    var isMarked: @Sendable (ConsoleState, _ line: Int) -> Bool = { _, _ in false }
    /// The instants that a line tells relative to now.
    let times: @Sendable (ConsoleState, _ line: Int) -> [RelativeTime]
    let detail: @Sendable (ConsoleState) -> Detail?
    /// How high the detail is at most that stands below a list that needs all the rows, its title included.
    var detailRows = 16
    /// What to say, and which key to press, when there is no line.
    let empty: @Sendable (ConsoleState) -> [Line]
    /// Where its cursor and filter are kept.
    let cursor: any WritableKeyPath<ConsoleState, ListCursor> & Sendable
    let filter: @Sendable (ConsoleState) -> Filter
    let setFilter: @Sendable (inout ConsoleState, Filter) -> Void
    /// How the list is sorted, where it can be.
    var sorting: ListSorting?
    /// The states that a filter of it can want.
    var states: [String] = []
    /// Whether a filter of it can want tags.
    var hasTags = false
}

extension Panel {
    /// What may be typed into its filter.
    var filterHint: Line {
        let prefixes = (hasTags ? ["tag:"] : []) + (states.isEmpty ? [] : ["state:"])
        return Line((["words"] + prefixes + ["/expression/"]).joined(separator: "  "), .faint)
    }
}

extension ConsoleState {
    /// What of the filter of the panel shown nothing can match, and what could be typed instead.
    var filterProblem: String? {
        let panel = panel.panel
        let filter = panel.filter(self)
        if let problem = filter.problem { return problem }
        if let unknown = filter.wantedStates.first(where: { wanted in
            !panel.states.contains { $0.hasPrefix(wanted) }
        }) {
            return panel.states.isEmpty
                ? "\(panel.title) has no states; state: is for Mappings"
                : "no state:\(unknown); there are \(panel.states.joined(separator: ", "))"
        }
        guard let wanted = filter.wantedTags.first else { return nil }
        if !panel.hasTags { return "\(panel.title) has no tags; tag: is for Mappings" }
        return roster.tags.contains { $0.hasPrefix(wanted) } ? nil : "no mapping has a tag \(wanted)"
    }
}

extension Panel.ID {
    package var panel: Panel {
        switch self {
        case .mappings: .mappings
        case .claims: .claims
        case .trust: .trust
        case .watch: .watch
        case .history: .history
        case .identities: .identities
        case .roles: .roles
        case .timeline: .timeline
        case .setup: .setup
        case .log: .log
        case .help: .help
        }
    }

    /// Its place among all, from 0.
    var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// The key that its tab names.
    var sign: String {
        switch self {
        case .help: "?"
        case .log: "L"
        default: digit.map(String.init) ?? ""
        }
    }

    /// The number key that shows it; only the first nine panels have one.
    var digit: Character? { place < 9 ? Character("\(place + 1)") : nil }
}
