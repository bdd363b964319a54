import Drawing
import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

@Suite(.limited) struct MouseTests {
    private static func press(_ column: Int, _ row: Int, in state: inout ConsoleState) {
        ConsoleFixture.send(.mouse(MouseEvent(.press, at: Point(column: column, row: row))), to: &state)
    }

    @Test
    func `a click selects a line`() throws {
        var state = try ConsoleFixture.everyState()
        Self.press(5, 5, in: &state)
        #expect(state.mappings.list.selected?.id == "deploy")
        Self.press(5, 12, in: &state)
        #expect(state.mappings.list.selected?.id == "deploy", "no line is there")
    }

    @Test
    func `clicking a column title sorts by it, and clicking it again reverses the order`() throws {
        var state = try ConsoleFixture.everyState()
        Self.press(4, 2, in: &state)
        #expect(state.mappings.list.order == ListOrder("STATE"))
        Self.press(4, 2, in: &state)
        #expect(state.mappings.list.order == ListOrder("STATE", isDescending: true))
        Self.press(0, 2, in: &state)
        #expect(state.mappings.list.order.column == "STATE", "the margin is not a column")
    }

    @Test
    func `the wheel scrolls the list`() throws {
        var state = try ConsoleFixture.everyState()
        let place = Point(column: 1, row: 5)
        ConsoleFixture.send(.mouse(MouseEvent(.wheelDown, at: place)), to: &state)
        #expect(state.cursor.selected == 3)
        ConsoleFixture.send(.mouse(MouseEvent(.wheelUp, at: place)), to: &state)
        ConsoleFixture.send(.mouse(MouseEvent(.wheelUp, at: place)), to: &state)
        #expect(state.cursor.selected == 0)
    }

    @Test
    func `an overlay ignores the mouse`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("R", in: &state)
        Self.press(5, 5, in: &state)
        #expect(state.cursor.selected == 0)
        #expect(state.overlay != nil)
    }

    @Test
    func `the configuration or m enables the mouse`() throws {
        var state = try ConsoleFixture.everyState()
        #expect(!view(state).usesMouse)
        try ConsoleFixture.press("m", in: &state)
        #expect(view(state).usesMouse)
        let configuration = Configuration(console: ConsoleSettings(usesMouse: false))
        ConsoleFixture.send(.configured(configuration, origin: "c"), to: &state)
        #expect(!view(state).usesMouse)
    }

    @Test
    func `a click on a tab shows its panel`() throws {
        var state = try ConsoleFixture.everyState(columns: 120)
        let tabs = try #require(view(state).text.split(separator: "\n").dropFirst().first)
        for panel in Panel.lists.dropFirst() {
            let place = try #require(tabs.range(of: "\(panel.keyLabel) \(panel.panel.title)"))
            Self.press(tabs.distance(from: tabs.startIndex, to: place.upperBound) - 1, 1, in: &state)
            #expect(state.panel == panel)
            ConsoleFixture.open(.mappings, in: &state)
        }
        Self.press(119, 1, in: &state)
        #expect(state.panel == .mappings, "the position is not a tab")
    }

    @Test
    func `a click on a key in the footer presses it`() throws {
        var state = try ConsoleFixture.everyState(columns: 120)
        let footer = try #require(view(state).text.split(separator: "\n").last)
        let place = try #require(footer.range(of: "t test"))
        let column = footer.distance(from: footer.startIndex, to: place.upperBound) - 1
        ConsoleFixture.send(.noticed(Notice(.info, "hides the keys")), to: &state)
        Self.press(column, 23, in: &state)
        #expect(state.mappings.pendingCount == 0, "a notice is there, not the key")
        let effects = ConsoleFixture.send(
            .mouse(MouseEvent(.press, at: Point(column: column, row: 23))),
            to: &state
        )
        #expect(effects == [.exchange("audit", Request(number: 1), .test)])
    }

    @Test(arguments: [(0.3, Panel.ID.claims), (2, .mappings)])
    func `a double click opens the line`(seconds: Double, panel: Panel.ID) throws {
        var state = try ConsoleFixture.everyState(columns: 120, rows: 40)
        Self.press(5, 5, in: &state)
        ConsoleFixture.send(.ticked(ConsoleFixture.start + seconds), to: &state)
        Self.press(9, 5, in: &state)
        #expect(state.mappings.list.selected?.id == "deploy")
        #expect(state.panel == panel)
    }
}
