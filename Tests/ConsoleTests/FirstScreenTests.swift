import Drawing
import Federation
import TestSupport
import Testing

@testable import Console

/// The first screen, without a configuration.
@Suite(.computing) struct FirstScreenTests {
    private static func state(columns: Int = 80, rows: Int = 24) -> ConsoleState {
        var state = ConsoleFixture.console(columns: columns, rows: rows)
        ConsoleFixture.send(.unconfigured(path: "/home/ops/.config/cambist/config.yaml"), to: &state)
        return state
    }

    @Test(arguments: [(80, 24), (120, 40), (40, 10), (20, 5)])
    func `the first screen has a frame in each size`(columns: Int, rows: Int) throws {
        try expectFrame(view(Self.state(columns: columns, rows: rows)), "welcome-\(columns)x\(rows)")
    }

    @Test(arguments: [
        ("l", Effect.openLab), ("<Enter>", .openLab),
        ("j<Enter>", .discover(path: "/home/ops/.config/cambist/config.yaml")),
        ("d", .discover(path: "/home/ops/.config/cambist/config.yaml")),
        ("jj<Enter>", .writeStarter(path: "/home/ops/.config/cambist/config.yaml")),
        ("i", .writeStarter(path: "/home/ops/.config/cambist/config.yaml")), ("q", .quit), ("<C-c>", .quit),
        ("<C-z>", .suspend), ("<C-l>", .redraw),
    ])
    func `each key of the first screen has its effect`(keys: String, effect: Effect) throws {
        var state = Self.state()
        #expect(try ConsoleFixture.press(keys, in: &state) == [effect])
    }

    @Test(arguments: ["<Esc>", "r", "R", "?", ":"])
    func `other keys have no effect`(keys: String) throws {
        var state = Self.state()
        #expect(try ConsoleFixture.press(keys, in: &state) == [])
        #expect(view(state) == view(Self.state()))
    }

    private static let proposals = ProposedConfiguration(
        path: "/home/ops/.config/cambist/config.yaml",
        mappings: ["audit"],
        lines: ["mappings:", "  # IAM: evidence\u{1B}", "  audit:", "    identity: logging"]
    )

    @Test func `proposals are shown, and written only after yes`() throws {
        var state = Self.state()
        try ConsoleFixture.press("d", in: &state)
        #expect(view(state).text.contains("Reading both clouds …"))
        ConsoleFixture.send(.proposed(Self.proposals), to: &state)
        let text = view(state).text
        #expect(text.contains("# IAM: evidence<U+001B>") && text.contains("identity: logging"))
        #expect(text.contains("Write this mapping to"))
        #expect(try ConsoleFixture.press("y", in: &state) == [.addProposals(path: Self.proposals.path)])
    }

    @Test(arguments: ["n", "<Esc>", "<Enter>"])
    func `a declined proposal leads back to the first screen`(keys: String) throws {
        var state = Self.state()
        ConsoleFixture.send(.proposed(Self.proposals), to: &state)
        #expect(try ConsoleFixture.press(keys, in: &state) == [])
        #expect(view(state) == view(Self.state()))
    }

    @Test func `the first screen shows that the lab is starting`() throws {
        var state = Self.state()
        try ConsoleFixture.press("l", in: &state)
        #expect(view(state).text.contains("Starting the lab …"))
        ConsoleFixture.send(.opening("Reading it …"), to: &state)
        #expect(view(state).text.contains("Reading it …"))
    }
}
