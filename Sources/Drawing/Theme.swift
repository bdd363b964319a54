/// How each meaning looks.
package struct Theme: Hashable, Sendable {
    package let name: String
    private var inks: [ResolvedStyle: Attributes]
    /// What a selected row's background and traits become.
    private var selection: Attributes

    init(name: String, inks: [ResolvedStyle: Attributes], selection: Attributes) {
        self.name = name
        self.inks = inks
        self.selection = selection
    }

    /// The name of the one slot that is no ink.
    private static let selectionSlot = "selection"

    /// The slots that a theme of the configuration may set.
    package static var slots: [String] { ResolvedStyle.allCases.map(\.rawValue) + [selectionSlot] }

    /// A theme of the configuration: slot to attributes; what it leaves out is as in ``dark``.
    ///
    /// - Throws: ``ThemeError`` at a slot, an attribute or a value that means nothing.
    package init(name: String, slots: [String: [String: String]]) throws(ThemeError) {
        self = Theme(name: name, inks: Self.dark.inks, selection: Self.dark.selection)
        for (slot, values) in slots.sorted(by: { $0.key < $1.key }) {
            if slot == Self.selectionSlot {
                try selection.apply(values, slot: slot)
            } else if let ink = ResolvedStyle(rawValue: slot) {
                var attributes = inks[ink] ?? Attributes()
                try attributes.apply(values, slot: slot)
                inks[ink] = attributes
            } else {
                throw .unknownSlot(slot)
            }
        }
    }

    /// How a style looks on a terminal with so many colours.
    ///
    /// With few colours a background would hide the text on it, so what is selected is reversed.
    package func attributes(of style: Style, depth: ColorDepth) -> Attributes {
        if depth == .none && name != Self.mono.name {
            return Self.mono.attributes(of: style, depth: .none)
        }
        let ink = inks[style.ink] ?? Attributes()
        guard style.isSelected else { return ink.reduced(to: depth) }
        if depth != .full || selection.isReversed {
            return Attributes(isBold: ink.isBold, isUnderlined: ink.isUnderlined, isReversed: true)
        }
        var selected = ink
        selected.background = selection.background ?? ink.background
        selected.foreground = selection.foreground ?? ink.foreground
        selected.isBold = ink.isBold || selection.isBold
        return selected
    }
}

/// Why a theme of the configuration cannot be used.
package enum ThemeError: Error, Hashable, Sendable {
    case unknownTheme(String, known: [String])
    case unknownSlot(String)
    case unknownAttribute(slot: String, String)
    case badColor(slot: String, String)
    case badFlag(slot: String, String, String)
}

extension ThemeError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownTheme(let name, let known):
            "There is no theme \(name); there are \(known.joined(separator: ", "))."
        case .unknownSlot(let slot):
            "A theme has no slot \(slot); it has \(Theme.slots.joined(separator: ", "))."
        case .unknownAttribute(let slot, let name):
            "The slot \(slot) has no attribute \(name); it has fg, bg, bold, dim, underline, reverse."
        case .badColor(let slot, let text):
            "The slot \(slot) has the colour \(text); colours are default, \(Color.names.joined(separator: ", ")), "
                + "each with bright- before it too, 0 to 255, or #rrggbb."
        case .badFlag(let slot, let name, let text):
            "The slot \(slot) has \(name): \(text); it is true or false."
        }
    }
}
