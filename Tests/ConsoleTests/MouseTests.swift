import Drawing
import Federation
import Testing

@testable import Console

struct MouseTests {
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
}
