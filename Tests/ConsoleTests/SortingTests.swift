import Drawing
import Federation
import TestSupport
import Testing

@testable import Console

/// Sorting by keys and by the mouse.
@Suite(.computing) struct SortingTests {
    private static let sorted = Panel.ID.allCases.filter { $0.panel.sorting != nil }

    @Test
    func `the lists without a fixed order can be sorted`() {
        #expect(Self.sorted == [.mappings, .watch, .history, .identities, .roles, .timeline, .fleet, .log])
    }

    @Test(arguments: sorted)
    func `every column of the sort menu is a column of the list and sorts it in both orders`(panel: Panel.ID)
        throws
    {
        var state = try ConsoleFixture.full(columns: 400)
        state.mappingColumns = MappingColumn.all.map(\.id)
        ConsoleFixture.open(panel, in: &state)
        let sorting = try #require(panel.panel.sorting)
        let titles = (panel == .timeline ? .mappings : panel).panel.columns(state).map(\.title)
        for column in sorting.columns {
            #expect(titles.contains(column))
            sorting.sort(&state, ListOrder(column))
            let ascending = Self.lines(of: state)
            try ConsoleFixture.press("I", in: &state)
            #expect(sorting.order(state) == ListOrder(column, isDescending: true))
            let descending = Self.lines(of: state)
            #expect(descending.sorted() == ascending.sorted(), "\(column): no line is lost")
            if panel != .timeline { #expect(view(state).text.contains("\(column)↓"), "\(column)") }
        }
    }

    @Test
    func `the lines of a list are in the order of the sort column`() throws {
        let state = try ConsoleFixture.full()
        Self.expectOrder(of: state.mappings.list)
        Self.expectOrder(of: state.watches.list)
        Self.expectOrder(of: state.history.list)
        Self.expectOrder(of: state.identities.list)
        Self.expectOrder(of: state.roles.list)
        Self.expectOrder(of: state.fleet.list)
        Self.expectOrder(of: state.log)
    }

    private static func expectOrder<Entry: ListEntry>(of list: ListModel<Entry>) {
        var list = list
        #expect(list.count > 0)
        for key in Entry.sortKeys {
            list.sort(by: ListOrder(key.column))
            let values = (0..<list.count).map { key.value(list[$0]) }
            #expect(values == values.sorted(), "\(key.column)")
            let descending = ListOrder(key.column, isDescending: true)
            // Entries arrive in the natural order; the list does not sort them.
            if descending == list.naturalOrder { continue }
            list.sort(by: descending)
            #expect((0..<list.count).map { key.value(list[$0]) } == values.reversed(), "\(key.column)")
        }
    }

    @Test(arguments: sorted)
    func `the menu selects the sort column, and choosing it again reverses the order`(
        panel: Panel.ID
    ) throws {
        var state = try ConsoleFixture.full()
        ConsoleFixture.open(panel, in: &state)
        let sorting = try #require(panel.panel.sorting)
        let before = sorting.order(state)
        try ConsoleFixture.press("s<Enter>", in: &state)
        #expect(sorting.order(state) == before.inverted)
        try ConsoleFixture.press("I", in: &state)
        #expect(sorting.order(state) == before)
    }

    @Test(arguments: sorted)
    func `clicking a column title sorts by it`(panel: Panel.ID) throws {
        var state = try ConsoleFixture.full(columns: 200, rows: 50)
        ConsoleFixture.open(panel, in: &state)
        let sorting = try #require(panel.panel.sorting)
        let table = ListTable(of: state, in: state.layout)
        for place in table.layout.places {
            let title = table.columns[place.index].title
            let before = sorting.order(state)
            let point = Point(
                column: state.layout.heading.column + 1 + place.column,
                row: state.layout.heading.row
            )
            ConsoleFixture.send(.mouse(MouseEvent(.press, at: point)), to: &state)
            let isOffered = sorting.columns.contains(title)
            #expect(sorting.order(state) == (isOffered ? before.choosing(title) : before), "\(title)")
        }
    }

    @Test
    func `the cursor stays on its entry`() throws {
        var state = try ConsoleFixture.full()
        ConsoleFixture.open(.roles, in: &state)
        try ConsoleFixture.press("j", in: &state)
        let selected = try #require(state.roles.list.selected)
        try ConsoleFixture.press("I", in: &state)
        #expect(state.roles.list.selected == selected)
        #expect(state.roles.list.cursor.selected == state.lineCount - 2)
    }

    @Test(arguments: sorted)
    func `a cursor on the first line stays there`(panel: Panel.ID) throws {
        var state = try ConsoleFixture.full()
        ConsoleFixture.open(panel, in: &state)
        try ConsoleFixture.press("gI", in: &state)
        #expect(state.cursor.selected == 0)
    }

    @Test
    func `a role whose exchange fails moves to its sorted position`() throws {
        var state = try ConsoleFixture.full()
        ConsoleFixture.open(.roles, in: &state)
        Panel.ID.roles.panel.sorting?.sort(&state, ListOrder("STS"))
        #expect(state.roles.list[0].roleARN.name == "billing-reader")
        let audit = try #require(state.mappings["audit"]?.mapping)
        ConsoleFixture.send(
            .exchanged(.background, ConsoleFixture.record(of: audit, lifetime: nil)),
            to: &state
        )
        #expect(state.roles.list[0].roleARN.name == "audit-reader")
        #expect(state.roles.list.count == 6)
    }

    @Test
    func `a partly read history shows how many exchanges are sorted`() throws {
        var state = try ConsoleFixture.everyState()
        let page = try ConsoleFixture.press(Panel.ID.history.script, in: &state)
        guard case .readHistory(let requested, let request) = page.first else {
            Issue.record("no page was requested")
            return
        }
        let audit = try #require(state.mappings["audit"]?.mapping)
        let records = (0..<requested.limit).map {
            ConsoleFixture.record(
                of: audit,
                number: 9000 - $0,
                before: Double(1000 + $0),
                lifetime: $0 == 7 ? nil : 60
            )
        }
        ConsoleFixture.send(.historyRead(request, .success(records)), to: &state)
        Panel.ID.history.panel.sorting?.sort(&state, ListOrder("OUTCOME"))
        let count = state.lineCount
        #expect(view(state).text.contains("of the latest \(count)"))
        #expect(state.history[0].outcome == .failed)
        try ConsoleFixture.press("I", in: &state)
        #expect(
            state.notice?.text
                == "Sorted the latest \(count) exchanges that were read. Scroll to the end to read more."
        )
    }

    /// Returns all lines as text.
    private static func lines(of state: ConsoleState) -> [String] {
        let panel = state.panel.panel
        return (0..<panel.count(state)).map { panel.cells(state, $0).map(\.text).joined(separator: "|") }
    }
}
