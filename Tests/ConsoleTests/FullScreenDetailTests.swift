import Drawing
import Federation
import TestSupport
import Testing

@testable import Console

/// The detail of a line, shown in place of the list.
@Suite(.computing) struct FullScreenDetailTests {
    @Test func `on a narrow screen Enter shows the detail, then the claims`() throws {
        var state = try ConsoleFixture.everyState(columns: 40, rows: 10)
        try ConsoleFixture.press("j<Enter>", in: &state)
        #expect(state.panel == .mappings)
        #expect(view(state).text.contains("AccessDenied"))
        try expectFrame(view(state), "alone-40x10")
        try ConsoleFixture.press("<Enter>", in: &state)
        #expect(state.panel == .claims)
    }

    @Test func `the detail scrolls to its end, and Esc returns to the list`() throws {
        var state = try ConsoleFixture.everyState(columns: 40, rows: 10)
        try ConsoleFixture.press("j<Enter>G", in: &state)
        #expect(view(state).text.contains("audience"))
        try ConsoleFixture.press("g", in: &state)
        #expect(view(state).text.contains("✓ token"))
        try ConsoleFixture.press("<Esc>", in: &state)
        #expect(view(state).text.contains("✕ failing"))
        #expect(state.cursor.selected == 1, "the selection is unchanged")
    }

    @Test(arguments: Panel.lists.filter { $0 != .help })
    func `q returns to the list and stays in the panel`(panel: Panel.ID) throws {
        var state = try ConsoleFixture.everyState(columns: 40, rows: 10)
        ConsoleFixture.open(panel, in: &state)
        try ConsoleFixture.press("<Enter>", in: &state)
        let wasReading = state.reading != nil
        #expect(try ConsoleFixture.press("q", in: &state) == [] || !wasReading)
        #expect(state.reading == nil)
        if wasReading { #expect(state.panel == panel) }
    }

    @Test func `a resize keeps the detail and its end visible`() throws {
        var state = try ConsoleFixture.everyState(columns: 40, rows: 10)
        try ConsoleFixture.press("j<Enter>G", in: &state)
        ConsoleFixture.send(.resized(Size(columns: 200, rows: 60)), to: &state)
        #expect(view(state).text.contains("✓ token"))
        ConsoleFixture.send(.resized(Size(columns: 12, rows: 2)), to: &state)
        _ = view(state)
        #expect(state.reading != nil)
    }
}
