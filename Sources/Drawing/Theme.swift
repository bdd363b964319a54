/// How a style looks on a terminal.
package struct Attributes: Hashable, Sendable {
    /// `nil` is the terminal's own.
    package var foreground: Color?
    package var background: Color?
    package var isBold: Bool
    package var isDim: Bool
    package var isUnderlined: Bool
    package var isReversed: Bool

    package init(
        _ foreground: UInt8? = nil,
        on background: UInt8? = nil,
        isBold: Bool = false,
        isDim: Bool = false,
        isUnderlined: Bool = false,
        isReversed: Bool = false
    ) {
        self.foreground = foreground.map(Color.init)
        self.background = background.map(Color.init)
        self.isBold = isBold
        self.isDim = isDim
        self.isUnderlined = isUnderlined
        self.isReversed = isReversed
    }
}

/// How each meaning looks.
package struct Theme: Hashable, Sendable {
    package let name: String
    private let inks: [Ink: Attributes]
    /// What a selected row's background and traits become.
    private let selection: Attributes

    package init(name: String, inks: [Ink: Attributes], selection: Attributes) {
        self.name = name
        self.inks = inks
        self.selection = selection
    }

    /// How a style looks on a terminal with so many colours.
    ///
    /// With few colours a background would hide the text on it, so what is selected is reversed.
    package func attributes(of style: Style, depth: ColorDepth) -> Attributes {
        var attributes = inks[style.ink] ?? Attributes()
        if style.isSelected {
            attributes.background = selection.background ?? attributes.background
            attributes.foreground = selection.foreground ?? attributes.foreground
            attributes.isBold = attributes.isBold || selection.isBold
            attributes.isReversed = selection.isReversed
            attributes.isDim = attributes.isDim && !selection.isReversed
        }
        guard depth != .full else { return attributes }
        if style.isSelected { attributes = Attributes(isBold: attributes.isBold, isReversed: true) }
        attributes.foreground = attributes.foreground?.reduced(to: depth)
        attributes.background = attributes.background?.reduced(to: depth)
        return attributes
    }
}

extension Theme {
    /// Light on dark, the terminal's own background kept.
    package static let dark = Theme(
        name: "dark",
        inks: [
            .faint: Attributes(245), .title: Attributes(255, isBold: true), .heading: Attributes(245),
            .accent: Attributes(80, isBold: true), .key: Attributes(80), .border: Attributes(239),
            .good: Attributes(78), .caution: Attributes(221), .bad: Attributes(203, isBold: true),
            .spent: Attributes(173), .waiting: Attributes(111), .pending: Attributes(177),
            .match: Attributes(16, on: 221), .field: Attributes(255),
        ],
        selection: Attributes(on: 237, isBold: true)
    )
}
