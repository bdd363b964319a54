import Drawing
import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

/// Marks, menus, the palette, freezing, and the read-only mode.
@Suite(.computing) struct OverlayTests {
    @Test
    func `bulk actions apply to marked mappings, after confirmation when the filter hides some`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("<Space>jG<Space>/billing<Enter>", in: &state)
        #expect(state.mappings.list.marked == ["audit", "vault"])
        #expect(try ConsoleFixture.press("R", in: &state) == [])
        let shown = view(state).text
        #expect(shown.contains("Exchange the tokens of 2 marked mappings?"))
        #expect(shown.contains("Not visible: audit, vault"))
        let effects = try ConsoleFixture.press("y", in: &state)
        #expect(
            effects == [
                .exchange("audit", Request(number: 1), .refresh),
                .exchange("vault", Request(number: 2), .refresh),
            ]
        )
    }

    @Test
    func `U removes all marks, and Space removes one`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("<Space><Space>k<Space>", in: &state)
        #expect(state.mappings.list.marked == ["audit"])
        try ConsoleFixture.press("U", in: &state)
        #expect(state.mappings.list.marked.isEmpty)
        try ConsoleFixture.press("U", in: &state)
        #expect(state.notice?.level == .warning)
    }

    @Test(arguments: [
        ("sk<Enter>", ListOrder("STATE")), ("s<Enter>", ListOrder("MAPPING", isDescending: true)),
        ("sjj<Esc>", ListOrder("MAPPING")),
        ("I", ListOrder("MAPPING", isDescending: true)), ("sk<Enter>sj<Enter>", ListOrder("MAPPING")),
        ("sg<Enter>sj<Enter>", ListOrder("MAPPING")), ("sG<Enter>", ListOrder("TAGS")),
    ])
    func `the sort menu sorts, and reverses the current order`(keys: String, order: ListOrder)
        throws
    {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press(keys, in: &state)
        #expect(state.mappings.list.order == order)
        #expect(state.overlay == nil)
    }

    @Test
    func `public properties are copied at once`() throws {
        var state = try ConsoleFixture.everyState()
        let effects = try ConsoleFixture.press("y<Enter>", in: &state)
        #expect(
            effects == [
                .copy(
                    "arn:aws:iam::111122223333:role/federation/audit-reader",
                    label: "the role ARN of audit"
                )
            ]
        )
        #expect(state.notice == nil, "the notice is shown only after the copy")
        let failure = try ConsoleFixture.press("jyjj<Enter>", in: &state)
        #expect(
            failure == [
                .copy(
                    """
                    AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity
                    Compare the trust policy's sub with the token's.
                    """,
                    label: "the error and fix of billing"
                )
            ]
        )
    }

    @Test
    func `credentials are copied only after confirmation and are not in the state`() throws {
        var state = try ConsoleFixture.everyState()
        #expect(try ConsoleFixture.press("yG<Down><Down><Down><Down><Enter>", in: &state) == [])
        #expect(try ConsoleFixture.press("<Enter>", in: &state) == [], "No is the default")
        let effects = try ConsoleFixture.press("y<Down><Down><Down><Enter>y", in: &state)
        #expect(effects == [.copyExports("audit")])
    }

    @Test
    func `a sign-in URL needs confirmation and credentials`() throws {
        var state = try ConsoleFixture.everyState()
        #expect(try ConsoleFixture.press("o<Enter>", in: &state) == [], "No is the default")
        #expect(try ConsoleFixture.press("oy", in: &state) == [.signIn("audit")])
        #expect(state.notice?.text == "Requesting a sign-in URL for audit …")
        try ConsoleFixture.press("xyo", in: &state)
        #expect(state.notice?.text == "audit has no credentials.")
    }

    @Test
    func `credentials are dropped after confirmation`() throws {
        var state = try ConsoleFixture.everyState()
        #expect(try ConsoleFixture.press("x<Enter>", in: &state) == [])
        #expect(try ConsoleFixture.press("xy", in: &state) == [.dropCredentials("audit")])
        #expect(state.mappings["audit"]?.credentials == nil)
        try ConsoleFixture.press("x", in: &state)
        #expect(state.notice?.text == "audit has no credentials.")
    }

    @Test
    func `the credentials of marked mappings are dropped after confirmation`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("j<Space><Space><Space>x", in: &state)
        guard case .confirmation(let question) = state.overlay else {
            Issue.record("expected a confirmation")
            return
        }
        #expect(question.question == "Drop the credentials of 2 mappings?")
        #expect(question.names == "deploy, metrics")
        #expect(
            try ConsoleFixture.press("y", in: &state) == [
                .dropCredentials("deploy"), .dropCredentials("metrics"),
            ]
        )
        try ConsoleFixture.press("x", in: &state)
        #expect(state.notice?.text == "No marked mapping has credentials.")
        #expect(state.mappings["audit"]?.credentials != nil)
    }

    @Test
    func `a mapping without credentials is not live until the next exchange`()
        throws
    {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("xy", in: &state)
        let row = try #require(state.mappings["audit"])
        #expect(row.status == .noCredentials)
        #expect(row.plan == nil)
        #expect(row.tokenExpiry != nil, "the token may still be cached")
        #expect(state.mappings.counts[.live, default: 0] == 0)
        ConsoleFixture.send(.exchanged(.background, ConsoleFixture.record(of: row.mapping)), to: &state)
        #expect(state.mappings["audit"]?.status == .live)
    }

    @Test(arguments: [
        (":log<Enter>", Panel.ID.log), (":hist<Enter>", .history), (":<Enter>", .mappings),
        (":claims<Esc>", .mappings),
        (":hel<Tab><Enter>", .help), (":lo<BS>og<Enter>", .log),
    ])
    func `the palette shows a panel by its name`(keys: String, panel: Panel.ID) throws {
        var state = try ConsoleFixture.everyState()
        state.panel = .mappings
        try ConsoleFixture.press(keys, in: &state)
        #expect(state.panel == panel)
        #expect(state.overlay == nil || keys == ":<Enter>")
    }

    @Test
    func `the palette finds mappings, actions, and themes`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("/audit<Enter>4:payments<Enter>", in: &state)
        #expect(state.panel == .mappings)
        #expect(state.mappings.list.selected?.id == "payments")
        #expect(state.filter.isEmpty, "a filter that hides the mapping is cleared")
        #expect(try ConsoleFixture.press(":quit<Enter>", in: &state) == [.quit])
        try ConsoleFixture.press(":theme<Down><Down><Enter>", in: &state)
        #expect(state.appearance.theme == .light)
        ConsoleFixture.send(.configured(Configuration(), origin: "c"), to: &state)
        #expect(state.appearance.theme == .light, "the chosen theme survives a reload")
    }

    @Test(arguments: [
        ("state:f", "state:failing", ["billing"]), ("tag:", "tag:prod", ["audit"]),
        ("prod", "tag:prod", ["audit"]),
    ])
    func `the palette completes states and tags and shows their mappings`(
        text: String,
        filter: String,
        names: [String]
    ) throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("3:\(text)<Tab><Enter>", in: &state)
        #expect(state.panel == .mappings)
        #expect(state.filter.text == filter)
        #expect((0..<state.lineCount).map { state.mappings.list[$0].id } == names)
    }

    @Test(arguments: [":q<Enter>", ":q!<Enter>", ":wq<Enter>"])
    func `the vi commands for quitting work`(keys: String) throws {
        var state = try ConsoleFixture.everyState()
        #expect(try ConsoleFixture.press(keys, in: &state) == [.quit])
    }

    @Test
    func `f cycles through failing, blocked, and expired mappings`() throws {
        var state = try ConsoleFixture.everyState()
        for name in ["billing", "deploy", "billing"] {
            try ConsoleFixture.press("f", in: &state)
            #expect(state.mappings.list.selected?.id == name)
        }
        try ConsoleFixture.press("/audit<Enter>f", in: &state)
        #expect(state.mappings.list.selected?.id == "audit")
        #expect(state.notice?.text.contains("filter hides") == true)
    }

    @Test
    func `Enter in the help runs the binding in the previous panel`() throws {
        var state = try ConsoleFixture.everyState()
        let effects = try ConsoleFixture.press("?/test every<BS><BS><BS><BS><BS><Enter><Enter>", in: &state)
        #expect(state.panel == .mappings)
        #expect(effects == [.exchange("audit", Request(number: 1), .test)])
        try ConsoleFixture.press("5?<Enter>", in: &state)
        #expect(state.notice?.level == .warning)
    }

    @Test
    func `SIGHUP reloads the configuration, even while the screen is frozen`() throws {
        var state = try ConsoleFixture.everyState()
        #expect(ConsoleFixture.send(.reloadRequested, to: &state) == [.reloadConfiguration])
        try ConsoleFixture.press("Z", in: &state)
        #expect(ConsoleFixture.send(.reloadRequested, to: &state) == [.reloadConfiguration])
    }

    @Test
    func `a frozen screen has no countdown`() throws {
        var state = try ConsoleFixture.everyState()
        #expect(state.nextTick != nil)
        try ConsoleFixture.press("Z", in: &state)
        #expect(state.isFrozen)
        #expect(state.nextTick == nil)
        try ConsoleFixture.press("Z", in: &state)
        #expect(!state.isFrozen)
    }

    @Test
    func `a read-only console refuses changes`() throws {
        var state = try ConsoleFixture.everyState(isReadOnly: true)
        for binding in Binding.all where binding.isChange && binding.isValid(in: state) {
            let key = try #require(binding.keys.first)
            #expect(ConsoleFixture.send(.key(key), to: &state) == [], "\(binding.id)")
            #expect(state.notice?.text == "This console is read-only.", "\(binding.id)")
            #expect(state.overlay == nil, "\(binding.id)")
        }
        #expect(!view(state).text.contains("r refresh"))
    }

    @Test(arguments: ["s", "yj", ":t", "<Space>j<Space>Z", "xl"])
    func `every overlay has a frame over the mappings`(keys: String) throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press(keys, in: &state)
        let name = ["s": "sort", "yj": "copy", ":t": "palette", "xl": "forget"][keys] ?? "marked-frozen"
        try expectFrame(view(state), "over-\(name)")
    }
}
