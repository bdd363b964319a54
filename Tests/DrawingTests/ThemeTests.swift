import Testing

@testable import Drawing

struct ThemeTests {
    @Test(
        arguments: [
            (196, 9), (231, 15), (244, 8), (3, 3), (232, 0), (16, 0), (21, 4), (46, 10),
        ] as [(UInt8, UInt8)]
    )
    func `a color falls back to the nearest of the first sixteen`(index: UInt8, basic: UInt8) {
        #expect(Color(index).basic == basic)
    }

    @Test(
        arguments: [
            ("red", 1), ("bright-red", 9), ("white", 7), ("0", 0), ("255", 255), ("#ff0000", 196),
            ("#808080", 244),
        ] as [(String, UInt8)]
    )
    func `a color is a name, a number, or its components`(text: String, index: UInt8) {
        #expect(Color(text)?.index == index)
    }

    @Test(arguments: ["", "256", "-1", "rouge", "bright-", "#fff", "#gggggg", "#-12345"])
    func `other texts are not colors`(text: String) {
        #expect(Color(text) == nil)
    }

    @Test(arguments: Theme.builtIn, [ColorDepth.none, .eight, .sixteen])
    func `with few colors selected rows are reversed and have no color`(theme: Theme, depth: ColorDepth) {
        for ink in ResolvedStyle.allCases {
            let attributes = theme.attributes(of: Style(ink, isSelected: true), depth: depth)
            #expect(attributes.isReversed && attributes.background == nil && attributes.foreground == nil)
        }
    }

    @Test(arguments: Theme.builtIn, ColorDepth.allCases)
    func `every color is within the terminal's palette`(theme: Theme, depth: ColorDepth) {
        for ink in ResolvedStyle.allCases {
            let attributes = theme.attributes(of: Style(ink), depth: depth)
            for color in [attributes.foreground, attributes.background].compactMap(\.self) {
                #expect(Int(color.index) < depth.rawValue, "\(ink)")
            }
        }
    }

    @Test(arguments: Theme.builtIn, ColorDepth.allCases)
    func `matches and selected rows stand out`(theme: Theme, depth: ColorDepth) {
        let plain = theme.attributes(of: Style(), depth: depth)
        #expect(theme.attributes(of: Style(.match), depth: depth) != plain)
        #expect(theme.attributes(of: Style(isSelected: true), depth: depth) != plain)
    }

    @Test
    func `a configured theme changes the slots it names`() throws {
        let theme = try Theme.named(
            "mine",
            own: ["mine": ["good": ["fg": "#00ff00", "bold": "true"], "selection": ["bg": "blue"]]]
        )
        let good = theme.attributes(of: Style(.good, isSelected: true), depth: .full)
        #expect(good == Attributes(Color(46), on: Color(4), isBold: true))
        #expect(
            theme.attributes(of: Style(.bad), depth: .full)
                == Theme.dark.attributes(of: Style(.bad), depth: .full)
        )
    }

    @Test(
        arguments: [
            (["nope": [:]], ThemeError.unknownSlot("nope")),
            (["good": ["size": "2"]], .unknownAttribute(slot: "good", "size")),
            (["good": ["fg": "rouge"]], .badColor(slot: "good", "rouge")),
            (["text": ["bold": "yes"]], .badFlag(slot: "text", "bold", "yes")),
        ] as [([String: [String: String]], ThemeError)]
    )
    func `an invalid theme is refused`(slots: [String: [String: String]], error: ThemeError) {
        #expect(throws: error) { try Theme(name: "mine", slots: slots) }
    }

    @Test
    func `the error about an unknown theme lists the known ones`() {
        #expect(throws: ThemeError.unknownTheme("x", known: ["dark", "light", "mono", "high-contrast", "a"]))
        {
            try Theme.named("x", own: ["a": [:]])
        }
    }

    @Test
    func `every style has a unique letter in frames`() {
        let letters = ResolvedStyle.allCases.flatMap {
            [Style($0).letter, Style($0, isSelected: true).letter]
        }
        #expect(Set(letters).count == letters.count)
    }
}
