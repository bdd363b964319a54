import Drawing
import TestSupport
import Testing

@testable import Console

/// The layout of the screen at every size.
@Suite(.computing) struct LayoutTests {
    @Test(arguments: Panel.ID.allCases, [24, 40])
    func `a wider screen never shows fewer columns`(panel: Panel.ID, rows: Int) throws {
        var state = try ConsoleFixture.full(columns: 12, rows: rows)
        ConsoleFixture.open(panel, in: &state)
        var before: Set<Int> = []
        for columns in 12...300 {
            ConsoleFixture.send(.resized(Size(columns: columns, rows: rows)), to: &state)
            let table = ListTable(of: state, in: state.layout)
            let shown = Set(table.layout.places.map(\.index))
            #expect(shown.isSuperset(of: before), "\(columns) columns")
            before = shown
        }
        #expect(before.count == panel.panel.columns(state).count, "the widest screen shows all columns")
    }

    @Test(arguments: Panel.ID.allCases)
    func `a detail is beside the list only when both have enough room`(
        panel: Panel.ID
    ) throws {
        var state = try ConsoleFixture.full(columns: 300, rows: 50)
        ConsoleFixture.open(panel, in: &state)
        var isBeside = false
        for columns in 20...300 {
            ConsoleFixture.send(.resized(Size(columns: columns, rows: 50)), to: &state)
            let layout = state.layout
            guard !layout.detail.isEmpty, layout.divider.columns == 2 else { continue }
            isBeside = true
            #expect(layout.detail.columns >= 44)
            let table = ListTable(of: state, in: layout)
            #expect(table.layout.places.count == table.columns.count)
        }
        let isList = panel != .help && !panel.panel.isPage
        #expect(isBeside == (isList && state.lineCount > 0), "a wide screen has both side by side")
    }

    @Test
    func `the detail has the remaining rows below a short list, except while a filter is typed`() {
        let size = Size(columns: 80, rows: 24)
        #expect(Layout(size: size, hasDetail: true, preferredColumns: 140, lines: 3).list.rows == 4)
        #expect(Layout(size: size, hasDetail: true, preferredColumns: 140, lines: 300).list.rows == 12)
        #expect(Layout(size: size, hasDetail: true, preferredColumns: 140).list.rows == 12)
        #expect(Layout(size: size, hasDetail: false, preferredColumns: 140, lines: 3).list.rows == 20)
    }
}
