extension Theme {
    /// The built-in themes.
    package static let builtIn: [Theme] = [.auto, .dark, .light, .mono, .highContrast]

    /// Returns the built-in or configured theme with the given name.
    ///
    /// - Throws: ``ThemeError`` for an unknown name or an invalid configured theme.
    package static func named(
        _ name: String,
        own: [String: [String: [String: String]]]
    ) throws(ThemeError) -> Theme {
        if let slots = own[name] { return try Theme(name: name, slots: slots) }
        guard let theme = builtIn.first(where: { $0.name == name }) else {
            throw .unknownTheme(name, known: builtIn.map(\.name) + own.keys.sorted())
        }
        return theme
    }

    /// Middle tones, readable on dark and on light backgrounds, for terminals with an unknown background.
    package static let auto = Theme(
        name: "auto",
        attributesByStyle: [
            .faint: Attributes(Color(244, basic: 8)),
            .title: Attributes(isBold: true),
            .heading: Attributes(Color(244, basic: 8), isUnderlined: true),
            .accent: Attributes(Color(31, basic: 6), isBold: true),
            .key: Attributes(Color(31, basic: 6)),
            .border: Attributes(Color(245, basic: 8)),
            .good: Attributes(Color(28, basic: 2)),
            .caution: Attributes(Color(130, basic: 3)),
            .bad: Attributes(Color(160, basic: 1), isBold: true),
            .spent: Attributes(Color(131, basic: 1)),
            .waiting: Attributes(Color(32, basic: 4)),
            .pending: Attributes(Color(133, basic: 5)),
            .match: Attributes(Color(16, basic: 0), on: Color(221, basic: 3)),
        ],
        selection: Attributes(isReversed: true)
    )

    /// For terminals with a dark background.
    package static let dark = Theme(
        name: "dark",
        attributesByStyle: [
            .faint: Attributes(Color(245, basic: 8)),
            .title: Attributes(Color(255, basic: 15), isBold: true),
            .heading: Attributes(Color(245, basic: 8), isUnderlined: true),
            .accent: Attributes(Color(80, basic: 14), isBold: true),
            .key: Attributes(Color(80, basic: 6)),
            .border: Attributes(Color(239, basic: 8)),
            .good: Attributes(Color(78, basic: 2)),
            .caution: Attributes(Color(221, basic: 3)),
            .bad: Attributes(Color(203, basic: 9), isBold: true),
            .spent: Attributes(Color(173, basic: 1)),
            .waiting: Attributes(Color(111, basic: 12)),
            .pending: Attributes(Color(177, basic: 5)),
            .match: Attributes(Color(16, basic: 0), on: Color(221, basic: 3)),
            .field: Attributes(Color(255, basic: 15)),
        ],
        selection: Attributes(on: Color(237), isBold: true)
    )

    /// For terminals with a light background.
    package static let light = Theme(
        name: "light",
        attributesByStyle: [
            .faint: Attributes(Color(243, basic: 8)),
            .title: Attributes(Color(16, basic: 0), isBold: true),
            .heading: Attributes(Color(243, basic: 8), isUnderlined: true),
            .accent: Attributes(Color(25, basic: 4), isBold: true),
            .key: Attributes(Color(25, basic: 4)),
            .border: Attributes(Color(250, basic: 8)),
            .good: Attributes(Color(28, basic: 2)),
            .caution: Attributes(Color(130, basic: 3)),
            .bad: Attributes(Color(160, basic: 1), isBold: true),
            .spent: Attributes(Color(95, basic: 5)),
            .waiting: Attributes(Color(26, basic: 4)),
            .pending: Attributes(Color(90, basic: 5)),
            .match: Attributes(Color(16, basic: 0), on: Color(222, basic: 11)),
            .field: Attributes(Color(16, basic: 0)),
        ],
        selection: Attributes(on: Color(254), isBold: true)
    )

    /// Attributes only, without colors.
    package static let mono = Theme(
        name: "mono",
        attributesByStyle: [
            .faint: Attributes(isDim: true), .title: Attributes(isBold: true),
            .heading: Attributes(isUnderlined: true), .accent: Attributes(isBold: true),
            .key: Attributes(isBold: true), .border: Attributes(isDim: true), .bad: Attributes(isBold: true),
            .caution: Attributes(isBold: true), .pending: Attributes(isBold: true),
            .match: Attributes(isBold: true, isUnderlined: true),
        ],
        selection: Attributes(isReversed: true)
    )

    /// Bright colors, without dim text.
    package static let highContrast = Theme(
        name: "high-contrast",
        attributesByStyle: [
            .text: Attributes(Color(15)), .faint: Attributes(Color(252, basic: 7)),
            .title: Attributes(Color(15), isBold: true),
            .heading: Attributes(Color(15), isUnderlined: true), .accent: Attributes(Color(14), isBold: true),
            .key: Attributes(Color(14), isBold: true), .border: Attributes(Color(15)),
            .good: Attributes(Color(10), isBold: true), .caution: Attributes(Color(11), isBold: true),
            .bad: Attributes(Color(9), isBold: true), .spent: Attributes(Color(208, basic: 13), isBold: true),
            .waiting: Attributes(Color(117, basic: 12), isBold: true),
            .pending: Attributes(Color(13), isBold: true), .match: Attributes(Color(0), on: Color(11)),
            .field: Attributes(Color(15)),
        ],
        selection: Attributes(isBold: true, isReversed: true)
    )
}
