import Drawing
import Federation
import Testing

@testable import Console

struct KeymapTests {
    @Test
    func `a binding of the configuration has its key instead of its own`() throws {
        var state = try ConsoleFixture.everyState()
        state.appearance.keymap = try Keymap(["down": "<F5>", "test": "z"])
        try ConsoleFixture.press("jj<F5>", in: &state)
        #expect(state.cursor.selected == 1)
        #expect(view(state).text.contains("z test"))
        #expect(
            try ConsoleFixture.press("z", in: &state) == [.exchange("billing", Request(number: 1), .test)]
        )
    }

    @Test(arguments: [
        (["dwon": "j"], KeymapError.unknownBinding("dwon")),
        (["down": "<Dwn>"], .badKey(binding: "down", "<Dwn>")),
        (["down": "r"], .collision(.character("r"), "refresh", "down")),
        (["down": ""], .badKey(binding: "down", "")),
        (["refresh": "x", "forget": "v", "test": "v"], .collision(.character("v"), "test", "forget")),
    ])
    func `keys that cannot be used are refused`(keys: [String: String], error: KeymapError) {
        #expect(throws: error) { try Keymap(keys) }
    }

    @Test
    func `keys may be swapped`() throws {
        let keymap = try Keymap(["refresh": "t", "test": "r"])
        #expect(keymap.keys(of: .refresh) == [.character("t")])
    }

    @Test
    func `a configuration with bad keys or theme keeps the earlier ones and says why`() throws {
        var state = try ConsoleFixture.everyState()
        var configuration = Configuration(mappings: state.mappings.rows.map(\.mapping))
        configuration.console.keys = ["down": "r"]
        ConsoleFixture.send(.configured(configuration, origin: "c"), to: &state)
        #expect(state.notice?.level == .error)
        #expect(state.appearance.keymap == .standard)
        configuration.console = ConsoleSettings(theme: "pink")
        ConsoleFixture.send(.configured(configuration, origin: "c"), to: &state)
        #expect(state.notice?.text.hasPrefix("There is no theme pink; there are dark") == true)
        configuration.console = ConsoleSettings(theme: "pink", themes: ["pink": ["text": ["fg": "#ff00ff"]]])
        ConsoleFixture.send(.configured(configuration, origin: "c"), to: &state)
        #expect(state.appearance.theme.name == "pink")
    }
}
