import Foundation
import TestSupport
import Testing

@testable import Drawing

@Suite(.computing) struct ThemeTests {
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

    @Test(arguments: [
        "", "256", "-1", "+5", " 5", "rouge", "bright-", "redbright-", "bright-bright-red", "bright-5", "Red",
        "#fff",
        "#gggggg", "#-12345",
    ])
    func `other texts are not colors`(text: String) {
        #expect(Color(text) == nil)
    }

    @Test(arguments: Theme.builtIn, [ColorDepth.none, .eight, .sixteen])
    func `with few colors, selected rows are reversed and have no color`(theme: Theme, depth: ColorDepth) {
        for style in ResolvedStyle.allCases {
            let attributes = theme.attributes(of: Style(style, isSelected: true), depth: depth)
            #expect(attributes.isReversed && attributes.background == nil && attributes.foreground == nil)
        }
    }

    @Test(arguments: Theme.builtIn, ColorDepth.allCases)
    func `every color is within the terminal's palette`(theme: Theme, depth: ColorDepth) {
        for style in ResolvedStyle.allCases {
            let attributes = theme.attributes(of: Style(style), depth: depth)
            for color in [attributes.foreground, attributes.background].compactMap(\.self) {
                #expect(Int(color.index) < depth.rawValue, "\(style)")
            }
        }
    }

    @Test(arguments: Theme.builtIn, ColorDepth.allCases)
    func `matches and selected rows stand out`(theme: Theme, depth: ColorDepth) {
        let plain = theme.attributes(of: Style(), depth: depth)
        #expect(theme.attributes(of: Style(.match), depth: depth) != plain)
        #expect(theme.attributes(of: Style(isSelected: true), depth: depth) != plain)
    }

    /// The relative luminance of a color of the cube or of the grays, as WCAG 2.2 defines it.
    private static func luminance(_ color: Color) -> Double {
        let index = Int(color.index)
        let steps = [0, 95, 135, 175, 215, 255]
        let components =
            index >= 232
            ? Array(repeating: 8 + 10 * (index - 232), count: 3)
            : [steps[(index - 16) / 36], steps[(index - 16) / 6 % 6], steps[(index - 16) % 6]]
        let linear = components.map { component -> Double in
            let value = Double(component) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    /// The contrast of a color on a background of that luminance.
    private static func contrast(_ color: Color, on background: Double) -> Double {
        let pair = [luminance(color), background].sorted()
        return (pair[1] + 0.05) / (pair[0] + 0.05)
    }

    @Test(arguments: ResolvedStyle.allCases.filter { $0 != .match })
    func `on an unknown background, every color is readable on white and on black`(style: ResolvedStyle) {
        for isSelected in [false, true] {
            let attributes = Theme.auto.attributes(of: Style(style, isSelected: isSelected), depth: .full)
            #expect(attributes.background == nil)
            guard let color = attributes.foreground else { continue }
            #expect(Self.contrast(color, on: 1) >= 3, "on white")
            #expect(Self.contrast(color, on: 0) >= 3, "on black")
        }
    }

    @Test(arguments: [(Theme.dark, 0.0), (.light, 1.0)], ResolvedStyle.allCases.filter { $0 != .border })
    func `all text is readable, including on selected rows`(
        theme: (Theme, background: Double),
        style: ResolvedStyle
    ) {
        for isSelected in [false, true] {
            let attributes = theme.0.attributes(of: Style(style, isSelected: isSelected), depth: .full)
            let background = attributes.background.map(Self.luminance) ?? theme.background
            guard let color = attributes.foreground else { continue }
            #expect(Self.contrast(color, on: background) >= 3, "\(isSelected)")
        }
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

    @Test(arguments: [
        (["underline": "true"], Attributes(on: Color(237), isBold: true, isUnderlined: true)),
        (["dim": "true", "bold": "false"], Attributes(on: Color(237), isDim: true)),
        (["reverse": "true"], Attributes(isBold: true, isReversed: true)),
        (
            ["reverse": "true", "fg": "red", "bg": "white", "underline": "true"],
            Attributes(Color(1), on: Color(7), isBold: true, isUnderlined: true, isReversed: true)
        ),
    ])
    func `every attribute of a configured selection is applied`(
        selection: [String: String],
        attributes: Attributes
    ) throws {
        let theme = try Theme(name: "mine", slots: ["text": ["fg": "default"], "selection": selection])
        #expect(theme.attributes(of: Style(isSelected: true), depth: .full) == attributes)
        let few = theme.attributes(of: Style(isSelected: true), depth: .sixteen)
        #expect(few.isUnderlined == attributes.isUnderlined && few.isDim == attributes.isDim)
        #expect(few.isBold == attributes.isBold && few.isReversed)
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
    func `the error for an unknown theme lists the known ones`() {
        #expect(
            throws: ThemeError.unknownTheme(
                "x",
                known: ["auto", "dark", "light", "mono", "high-contrast", "a"]
            )
        ) {
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
