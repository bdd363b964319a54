import Drawing
import Federation
import Testing

@testable import Console

struct MouseTests {
    private static func press(_ column: Int, _ row: Int, in state: inout ConsoleState) {
        ConsoleFixture.send(.mouse(MouseEvent(.press, at: Point(column: column, row: row))), to: &state)
    }

    @Test
    func `a press selects the line under it`() throws {
        var state = try ConsoleFixture.everyState()
        Self.press(5, 5, in: &state)
        #expect(state.roster.selected?.id == "deploy")
        Self.press(5, 12, in: &state)
        #expect(state.roster.selected?.id == "deploy", "there is no line")
    }

    @Test
    func `a press on a column's name sorts by it, and once more turns it round`() throws {
        var state = try ConsoleFixture.everyState()
        Self.press(4, 2, in: &state)
        #expect(state.roster.sort == MappingOrder(.state))
        Self.press(4, 2, in: &state)
        #expect(state.roster.sort == MappingOrder(.state, isDescending: true))
        Self.press(0, 2, in: &state)
        #expect(state.roster.sort.key == .state, "the margin is no column")
    }

    @Test
    func `the wheel goes through the list`() throws {
        var state = try ConsoleFixture.everyState()
        let place = Point(column: 1, row: 5)
        ConsoleFixture.send(.mouse(MouseEvent(.wheelDown, at: place)), to: &state)
        #expect(state.cursor.selected == 3)
        ConsoleFixture.send(.mouse(MouseEvent(.wheelUp, at: place)), to: &state)
        ConsoleFixture.send(.mouse(MouseEvent(.wheelUp, at: place)), to: &state)
        #expect(state.cursor.selected == 0)
    }

    @Test
    func `what lies over the list keeps the mouse away`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("R", in: &state)
        Self.press(5, 5, in: &state)
        #expect(state.cursor.selected == 0)
        #expect(state.overlay != nil)
    }

    @Test
    func `the configuration or m turns the mouse on`() throws {
        var state = try ConsoleFixture.everyState()
        #expect(!view(state).usesMouse)
        try ConsoleFixture.press("m", in: &state)
        #expect(view(state).usesMouse)
        let configuration = Configuration(console: ConsoleSettings(usesMouse: false))
        ConsoleFixture.send(.configured(configuration, origin: "c"), to: &state)
        #expect(!view(state).usesMouse)
    }
}
