import Drawing
import Federation
import TestSupport
import Testing

@testable import Console

@Suite(.computing) struct KeymapTests {
    @Test func `an earlier name of a binding is accepted`() throws {
        let keymap = try Keymap(["next-trouble": "<F5>"])
        #expect(keymap.keys(of: .nextTrouble) == [.function(5)])
    }

    @Test
    func `a configured key replaces the default keys`() throws {
        var state = try ConsoleFixture.everyState()
        state.appearance.keymap = try Keymap(["down": "<F5>", "test": "&"])
        try ConsoleFixture.press("jj<F5>", in: &state)
        #expect(state.cursor.selected == 1)
        #expect(view(state).text.contains("& test"))
        #expect(
            try ConsoleFixture.press("&", in: &state) == [.exchange("billing", Request(number: 1), .test)]
        )
    }

    @Test(arguments: [
        (["dwon": "j"], KeymapError.unknownBinding("dwon")),
        (["down": "<Dwn>"], .invalidKey(binding: "down", "<Dwn>")),
        (["down": "r"], .collision(.character("r"), "refresh", "down")),
        (["down": ""], .invalidKey(binding: "down", "")),
        (["refresh": "x", "forget": "v", "test": "v"], .collision(.character("v"), "test", "forget")),
    ])
    func `invalid keys are refused`(keys: [String: String], error: KeymapError) {
        #expect(throws: error) { try Keymap(keys) }
    }

    @Test
    func `two keys can be swapped`() throws {
        let keymap = try Keymap(["refresh": "e", "explain": "r", "plan": "e"])
        #expect(keymap.keys(of: .refresh) == [.character("e")])
    }

    @Test
    func `an invalid key or theme keeps the earlier one and shows the error`() throws {
        var state = try ConsoleFixture.everyState()
        var configuration = Configuration(mappings: state.mappings.rows.map(\.mapping))
        configuration.console.keys = ["down": "r"]
        ConsoleFixture.send(.configured(configuration, origin: "c"), to: &state)
        #expect(state.notice?.level == .error)
        #expect(state.appearance.keymap == .standard)
        configuration.console = ConsoleSettings(theme: "pink")
        ConsoleFixture.send(.configured(configuration, origin: "c"), to: &state)
        #expect(state.notice?.text.hasPrefix("Unknown theme pink. Use one of: auto, dark") == true)
        configuration.console = ConsoleSettings(theme: "pink", themes: ["pink": ["text": ["fg": "#ff00ff"]]])
        ConsoleFixture.send(.configured(configuration, origin: "c"), to: &state)
        #expect(state.appearance.theme.name == "pink")
    }
}
