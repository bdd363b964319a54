import Drawing
import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

/// Recorded frames.
///
/// `RECORD_FRAMES=1` records them again.
@Suite(.computing) struct FrameTests {
    @Test(arguments: [(80, 24), (120, 40), (40, 10), (20, 5), (200, 30)])
    func `the mappings have a frame with every state`(columns: Int, rows: Int) throws {
        var state = try ConsoleFixture.everyState(columns: columns, rows: rows)
        state.mappings.list.sort(by: MappingList.attentionFirst)
        try expectFrame(view(state), "mappings-\(columns)x\(rows)")
    }

    @Test(arguments: Panel.ID.allCases)
    func `every panel has a frame in each condition and size`(panel: Panel.ID) throws {
        for condition in PanelCondition.conditions(of: panel) {
            for size in PanelCondition.sizes where condition != .many {
                let state = try condition.console(panel, size: size)
                try expectFrame(view(state), condition.frame(of: panel, size: size))
            }
        }
    }

    @Test func `panels of many mappings have a frame in each size`() throws {
        var state = try PanelCondition.many.console(.mappings, size: PanelCondition.sizes[0])
        for panel in Panel.ID.allCases where PanelCondition.conditions(of: panel).contains(.many) {
            ConsoleFixture.open(panel, in: &state)
            for size in PanelCondition.sizes {
                ConsoleFixture.send(.resized(size), to: &state)
                try expectFrame(view(state), PanelCondition.many.frame(of: panel, size: size))
            }
        }
    }

    @Test(arguments: [Size(columns: 80, rows: 24), .wide])
    func `a failed step is visible below warnings`(size: Size) throws {
        var state = try ConsoleFixture.everyState(columns: size.columns, rows: size.rows)
        let mapping = try #require(state.mappings["billing"]?.mapping)
        ConsoleFixture.send(.exchanged(.background, ConsoleFixture.warned(mapping)), to: &state)
        try ConsoleFixture.press("j", in: &state)
        let frame = view(state)
        #expect(frame.text.contains("✕ exchange"))
        #expect(frame.text.contains(ConsoleFixture.denial.message.prefix(20)))
        try expectFrame(frame, "warned-\(size.columns)x\(size.rows)")
    }

    @Test
    func `no recorded frame is missing or unused`()
        throws
    {
        let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Frames")
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path())
        let recorded = files.filter { file in
            PanelCondition.allCases.contains { file.hasPrefix("\($0.rawValue)-") }
        }
        let wanted = Panel.ID.allCases.flatMap { panel in
            PanelCondition.conditions(of: panel).flatMap { condition in
                PanelCondition.sizes.map { condition.frame(of: panel, size: $0) + ".txt" }
            }
        }
        #expect(Set(recorded).symmetricDifference(wanted) == [])
    }

    @Test(arguments: Panel.ID.allCases.filter { $0 != .help })
    func `every panel shows failures, and an empty panel shows the next step`(panel: Panel.ID) throws {
        for size in PanelCondition.sizes {
            let failing = view(try PanelCondition.failing.console(panel, size: size)).text
            #expect(failing.contains("✕") || failing.contains("403"))
            let empty = try PanelCondition.empty.console(panel, size: size)
            #expect(empty.lineCount == 0)
            #expect(!panel.panel.empty(empty).isEmpty)
        }
    }

    @Test(arguments: Panel.ID.allCases)
    func `every symbol has an ASCII replacement`(panel: Panel.ID) throws {
        var state = try ConsoleFixture.everyState(columns: 120, rows: 40)
        try ConsoleFixture.press("rj", in: &state)
        ConsoleFixture.open(panel, in: &state)
        let shown = view(state, characterSet: .ascii).text
        #expect(shown.allSatisfy { $0.isASCII })
        #expect(shown.count { $0 == "?" } == view(state).text.count { $0 == "?" })
    }

    @Test(arguments: [Size(columns: 80, rows: 24), .wide, .small])
    func `the identities are drawn with the host's sources`(size: Size) throws {
        var state = try ConsoleFixture.everyState(columns: size.columns, rows: size.rows)
        let key = try #require(Panel.ID.identities.digit)
        #expect(try ConsoleFixture.press("\(key)", in: &state) == [.surveySources])
        ConsoleFixture.send(.surveyed(ConsoleFixture.survey), to: &state)
        try expectFrame(view(state), "sources-\(size.columns)x\(size.rows)")
    }

    @Test
    func `the confirmation for all mappings has its frame`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("R", in: &state)
        try expectFrame(view(state), "question")
    }

    @Test
    func `a filter is drawn while it is typed`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("/DEP", in: &state)
        try expectFrame(view(state), "filter")
    }
}

extension Size {
    fileprivate static let wide = Size(columns: 120, rows: 40)
    fileprivate static let small = Size(columns: 40, rows: 10)
}
