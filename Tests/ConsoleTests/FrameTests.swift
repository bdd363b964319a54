import Drawing
import Federation
import TestSupport
import Testing

@testable import Console

/// Frames as text; RECORD_FRAMES=1 writes them anew.
struct FrameTests {
    @Test(arguments: [(80, 24), (120, 40), (40, 10), (20, 5), (200, 30)])
    func `the mappings in every state`(columns: Int, rows: Int) throws {
        let state = try ConsoleFixture.everyState(columns: columns, rows: rows)
        try expectFrame(view(state), "mappings-\(columns)x\(rows)")
    }

    @Test(arguments: Panel.ID.allCases, [Size(columns: 80, rows: 24), .wide, .small])
    func `every panel after an exchange that failed`(panel: Panel.ID, size: Size) throws {
        var state = try ConsoleFixture.everyState(columns: size.columns, rows: size.rows)
        try ConsoleFixture.press("j", in: &state)
        ConsoleFixture.open(panel, in: &state)
        try expectFrame(view(state), "failed-\(panel.rawValue)-\(size.columns)x\(size.rows)")
    }

    @Test(arguments: [Size(columns: 80, rows: 24), .wide])
    func `the step that failed is in view below those that only warned`(size: Size) throws {
        var state = try ConsoleFixture.everyState(columns: size.columns, rows: size.rows)
        let mapping = try #require(state.roster["billing"]?.mapping)
        ConsoleFixture.send(.exchanged(.background, ConsoleFixture.warned(mapping)), to: &state)
        try ConsoleFixture.press("j", in: &state)
        let frame = view(state)
        #expect(frame.text.contains("✕ exchange"))
        #expect(frame.text.contains(ConsoleFixture.denial.message.prefix(20)))
        try expectFrame(frame, "warned-\(size.columns)x\(size.rows)")
    }

    @Test(arguments: Panel.ID.allCases)
    func `every panel with texts that are wide or hostile`(panel: Panel.ID) throws {
        var state = try ConsoleFixture.hostile()
        ConsoleFixture.open(panel, in: &state)
        try expectFrame(view(state), "hostile-\(panel.rawValue)")
    }

    @Test(arguments: Panel.ID.allCases)
    func `every symbol of the screen has one in ASCII`(panel: Panel.ID) throws {
        var state = try ConsoleFixture.everyState(columns: 120, rows: 40)
        try ConsoleFixture.press("rj", in: &state)
        ConsoleFixture.open(panel, in: &state)
        let shown = view(state, repertoire: .ascii).text
        #expect(shown.allSatisfy { $0.isASCII })
        #expect(shown.count { $0 == "?" } == view(state).text.count { $0 == "?" })
    }

    @Test(arguments: Panel.ID.allCases)
    func `every panel of a console that knows nothing yet`(panel: Panel.ID) throws {
        var state = ConsoleFixture.console()
        ConsoleFixture.open(panel, in: &state)
        try expectFrame(view(state), "empty-\(panel.rawValue)")
    }

    @Test(arguments: [Size(columns: 80, rows: 24), .wide, .small])
    func `the identities with the sources that the host has`(size: Size) throws {
        var state = try ConsoleFixture.everyState(columns: size.columns, rows: size.rows)
        let key = try #require(Panel.ID.identities.digit)
        #expect(try ConsoleFixture.press("\(key)", in: &state) == [.surveySources])
        ConsoleFixture.send(.surveyed(ConsoleFixture.survey), to: &state)
        try expectFrame(view(state), "sources-\(size.columns)x\(size.rows)")
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

extension Size {
    fileprivate static let wide = Size(columns: 120, rows: 40)
    fileprivate static let small = Size(columns: 40, rows: 10)
}
