import Testing

@testable import Console

struct BindingTests {
    @Test(arguments: Panel.ID.allCases)
    func `no two bindings of a panel share a key`(panel: Panel.ID) {
        let keys = Binding.all.filter { $0.panels?.contains(panel) ?? true }.flatMap(\.keys)
        #expect(Set(keys).count == keys.count)
    }

    @Test
    func `every binding has a name of its own and says what it does`() {
        #expect(Set(Binding.all.map(\.id)).count == Binding.all.count)
        for binding in Binding.all {
            #expect(!binding.keys.isEmpty && !binding.help.isEmpty, "\(binding.id)")
            #expect(binding.help.last != ".", "\(binding.id)")
        }
    }

    @Test(arguments: Panel.ID.allCases)
    func `every panel has a key`(panel: Panel.ID) throws {
        var state = ConsoleFixture.console()
        ConsoleFixture.open(panel, in: &state)
        #expect(state.panel == panel)
    }

    @Test
    func `Tab goes round the panels and back`() throws {
        var state = ConsoleFixture.console()
        for panel in Panel.ID.allCases.dropFirst() + [.mappings] {
            try ConsoleFixture.press("<Tab>", in: &state)
            #expect(state.panel == panel)
        }
        try ConsoleFixture.press("<S-Tab>", in: &state)
        #expect(state.panel == Panel.ID.allCases.last)
    }
}
