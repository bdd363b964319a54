import Drawing
import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

@Suite(.computing) struct MouseTests {
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
    func `a click chooses from a menu, and a click beside the menu closes it`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("s", in: &state)
        guard case .menu(let menu) = state.overlay else {
            Issue.record("no menu")
            return
        }
        let layout = DialogLayout(of: menu, in: state)
        Self.press(layout.list.column + 4, layout.list.row + 2, in: &state)
        #expect(state.mappings.list.order == ListOrder("ACCOUNT/ROLE"))
        #expect(state.overlay == nil)
        try ConsoleFixture.press("s", in: &state)
        Self.press(layout.area.column + 3, layout.area.row + 1, in: &state)
        #expect(state.overlay != nil, "the title is not a choice")
        Self.press(layout.area.column - 1, layout.area.row, in: &state)
        #expect(state.overlay == nil)
        #expect(state.mappings.list.order == ListOrder("ACCOUNT/ROLE"))
    }

    @Test
    func `the wheel moves in a menu`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("sg", in: &state)
        ConsoleFixture.send(.mouse(MouseEvent(.wheelDown, at: Point(column: 0, row: 0))), to: &state)
        guard case .menu(let menu) = state.overlay else {
            Issue.record("no menu")
            return
        }
        #expect(menu.cursor.selected == 1)
    }

    @Test(arguments: [true, false])
    func `a click answers a question`(isYes: Bool) throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("R", in: &state)
        guard case .confirmation(let question) = state.overlay else {
            Issue.record("no question")
            return
        }
        let layout = DialogLayout(of: question, in: state.size)
        Self.press(layout.area.column + 3, layout.area.row + 1, in: &state)
        #expect(state.overlay != nil, "the question itself is not an answer")
        let answer = isYes ? layout.yes : layout.no
        Self.press(answer.column + 1, answer.row, in: &state)
        #expect(state.overlay == nil)
        #expect((state.mappings.pendingCount > 0) == isYes)
    }

    @Test
    func `a click chooses from the palette`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press(":roles", in: &state)
        guard case .palette(let palette) = state.overlay else {
            Issue.record("no palette")
            return
        }
        let layout = DialogLayout(of: palette, in: state)
        Self.press(4, layout.list.row, in: &state)
        #expect(state.panel == .roles)
        #expect(state.overlay == nil)
    }

    @Test
    func `a click chooses on the first screen`() throws {
        let size = Size(columns: 80, rows: 24)
        var state = ConsoleState(now: ConsoleFixture.start, size: size, localTime: .utc)
        ConsoleFixture.send(.unconfigured(path: "/etc/cambist.yaml"), to: &state)
        guard case .menu(let menu) = state.overlay else {
            Issue.record("no menu")
            return
        }
        let layout = DialogLayout(of: menu, in: state)
        Self.press(0, 0, in: &state)
        #expect(state.overlay != nil, "the first screen has no panel behind it")
        ConsoleFixture.send(
            .mouse(MouseEvent(.press, at: Point(column: layout.list.column, row: layout.list.row))),
            to: &state
        )
        #expect(state.overlay == nil)
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
        #expect(state.mappings.pendingCount == 0, "a notice covers the key")
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
