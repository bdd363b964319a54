import Drawing
import Federation
import Testing

@testable import Console

/// Sorting of every list that can be sorted, by its keys and by the mouse.
struct SortingTests {
    private static let sorted = Panel.ID.allCases.filter { $0.panel.sorting != nil }

    @Test
    func `every list of things that have no order of their own can be sorted`() {
        #expect(Self.sorted == [.mappings, .watch, .history, .identities, .roles, .timeline, .log])
    }

    @Test(arguments: sorted)
    func `every column that is offered is one of the list, and sorts it both ways`(panel: Panel.ID) throws {
        var state = try ConsoleFixture.full(columns: 300)
        ConsoleFixture.open(panel, in: &state)
        let sorting = try #require(panel.panel.sorting)
        let titles = (panel == .timeline ? .mappings : panel).panel.columns(state).map(\.title)
        for column in sorting.columns {
            #expect(titles.contains(column))
            sorting.sort(&state, ListOrder(column))
            let ascending = Self.lines(of: state)
            try ConsoleFixture.press("I", in: &state)
            #expect(sorting.order(state) == ListOrder(column, isDescending: true))
            #expect(Set(Self.lines(of: state)) == Set(ascending), "\(column): nothing is lost")
            if panel != .timeline { #expect(view(state).text.contains("\(column)↓"), "\(column)") }
        }
    }

    @Test(arguments: sorted)
    func `the menu names the column that a list is sorted by, and the same again turns it round`(
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
    func `a press on a column's name sorts by it`(panel: Panel.ID) throws {
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
    func `the cursor stays with its line`() throws {
        var state = try ConsoleFixture.full()
        ConsoleFixture.open(.roles, in: &state)
        try ConsoleFixture.press("j", in: &state)
        let selected = try #require(state.roles.entries.selected)
        try ConsoleFixture.press("I", in: &state)
        #expect(state.roles.entries.selected == selected)
        #expect(state.roles.entries.cursor.selected == state.lineCount - 2)
    }

    @Test(arguments: sorted)
    func `a cursor at the first line shows what comes first now`(panel: Panel.ID) throws {
        var state = try ConsoleFixture.full()
        ConsoleFixture.open(panel, in: &state)
        try ConsoleFixture.press("gI", in: &state)
        #expect(state.cursor.selected == 0)
    }

    @Test
    func `a role that fails now goes where it belongs`() throws {
        var state = try ConsoleFixture.full()
        ConsoleFixture.open(.roles, in: &state)
        Panel.ID.roles.panel.sorting?.sort(&state, ListOrder("STS"))
        #expect(state.roles.entries[0].roleARN.name == "billing-reader")
        let audit = try #require(state.roster["audit"]?.mapping)
        ConsoleFixture.send(.exchanged(.background, ConsoleFixture.record(of: audit, life: nil)), to: &state)
        #expect(state.roles.entries[0].roleARN.name == "audit-reader")
        #expect(state.roles.entries.count == 6)
    }

    @Test
    func `a history that was not read whole says of what it is sorted`() throws {
        var state = try ConsoleFixture.everyState()
        let page = try ConsoleFixture.press(Panel.ID.history.script, in: &state)
        guard case .readHistory(let ask, let request) = page.first else {
            Issue.record("nothing was asked for")
            return
        }
        let audit = try #require(state.roster["audit"]?.mapping)
        let records = (0..<ask.limit).map {
            ConsoleFixture.record(
                of: audit,
                number: 9000 - $0,
                before: Double(1000 + $0),
                life: $0 == 7 ? nil : 60
            )
        }
        ConsoleFixture.send(.historyRead(request, .success(records)), to: &state)
        Panel.ID.history.panel.sorting?.sort(&state, ListOrder("OUTCOME"))
        let count = state.lineCount
        #expect(view(state).text.contains("of the latest \(count)"))
        #expect(state.exchanges[0].outcome == .failed)
        try ConsoleFixture.press("I", in: &state)
        #expect(
            state.notice?.text
                == "Sorted are the latest \(count), as many as were read; scrolling to the end reads on."
        )
    }

    /// Every line, as text.
    private static func lines(of state: ConsoleState) -> [String] {
        let panel = state.panel.panel
        return (0..<panel.count(state)).map { panel.cells(state, $0).map(\.text).joined(separator: "|") }
    }
}
