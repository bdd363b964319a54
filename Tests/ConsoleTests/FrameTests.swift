import Drawing
import TestSupport
import Testing

@testable import Console

/// Frames as text; RECORD_FRAMES=1 writes them anew.
struct FrameTests {
    @Test(arguments: [(80, 24), (120, 40), (40, 10), (20, 5)])
    func `the mappings in every state`(columns: Int, rows: Int) throws {
        let state = try ConsoleFixture.everyState(columns: columns, rows: rows)
        try expectFrame(view(state), "mappings-\(columns)x\(rows)")
    }

    @Test(arguments: Panel.ID.allCases)
    func `every panel after an exchange that failed`(panel: Panel.ID) throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("j\(panel.number)", in: &state)
        try expectFrame(view(state), "failed-\(panel.rawValue)")
    }

    @Test(arguments: Panel.ID.allCases)
    func `every panel of a console that knows nothing yet`(panel: Panel.ID) throws {
        var state = ConsoleFixture.console()
        try ConsoleFixture.press("\(panel.number)", in: &state)
        try expectFrame(view(state), "empty-\(panel.rawValue)")
    }

    @Test
    func `a question before all mappings are exchanged`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("R", in: &state)
        try expectFrame(view(state), "question")
    }

    @Test
    func `a filter that is being typed`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("/DEP", in: &state)
        try expectFrame(view(state), "filter")
    }
}
