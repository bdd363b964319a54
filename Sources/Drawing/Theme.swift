/// The terminal attributes of each style.
package struct Theme: Hashable, Sendable {
    package let name: String
    private var attributesByStyle: [ResolvedStyle: Attributes]
    /// The colors and traits of the selected row.
    private var selection: Attributes

    init(name: String, attributesByStyle: [ResolvedStyle: Attributes], selection: Attributes) {
        self.name = name
        self.attributesByStyle = attributesByStyle
        self.selection = selection
    }

    private static let selectionSlot = "selection"

    /// The names of the slots that a configured theme can set: each style, and the selected row.
    package static var slots: [String] { ResolvedStyle.allCases.map(\.rawValue) + [selectionSlot] }

    /// Creates a configured theme: the theme ``dark`` with the attributes in `slots`.
    ///
    /// - Throws: ``ThemeError`` for an unknown slot, attribute, or value.
    package init(name: String, slots: [String: [String: String]]) throws(ThemeError) {
        self = Theme(
            name: name,
            attributesByStyle: Self.dark.attributesByStyle,
            selection: Self.dark.selection
        )
        for (slot, values) in slots.sorted(by: { $0.key < $1.key }) {
            if slot == Self.selectionSlot {
                try selection.apply(values, slot: slot)
                // The dark theme's background for the selected row is unsuitable for reverse video.
                if selection.isReversed, values["bg"] == nil { selection.background = nil }
            } else if let style = ResolvedStyle(rawValue: slot) {
                var attributes = attributesByStyle[style] ?? Attributes()
                try attributes.apply(values, slot: slot)
                attributesByStyle[style] = attributes
            } else {
                throw .unknownSlot(slot)
            }
        }
    }

    /// Returns the attributes of a style for a terminal with the given number of colors.
    ///
    /// With fewer than 256 colors, a background color could make text unreadable, so selected rows are shown in reverse
    /// video.
    package func attributes(of style: Style, depth: ColorDepth) -> Attributes {
        if depth == .none && name != Self.mono.name {
            return Self.mono.attributes(of: style, depth: .none)
        }
        let plain = attributesByStyle[style.base] ?? Attributes()
        guard style.isSelected else { return plain.reduced(to: depth) }
        var selected = plain
        selected.isBold = plain.isBold || selection.isBold
        selected.isUnderlined = plain.isUnderlined || selection.isUnderlined
        if depth != .full || selection.isReversed {
            // In reverse video, a style's colors and dim text can be unreadable.
            selected.foreground = depth == .full ? selection.foreground : nil
            selected.background = depth == .full ? selection.background : nil
            selected.isDim = selection.isDim
            selected.isReversed = true
        } else {
            selected.foreground = selection.foreground ?? plain.foreground
            selected.background = plain.background ?? selection.background
            selected.isDim = plain.isDim || selection.isDim
        }
        return selected
    }
}

/// An unknown theme, or an error in a configured theme.
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
            "Unknown theme \(name). Use one of: \(known.joined(separator: ", "))."
        case .unknownSlot(let slot):
            "Unknown slot \(slot). Use one of: \(Theme.slots.joined(separator: ", "))."
        case .unknownAttribute(let slot, let name):
            "\(slot): unknown attribute \(name). Use fg, bg, bold, dim, underline, or reverse."
        case .badColor(let slot, let text):
            "\(slot): unknown color \(text). Use default, a name (\(Color.names.joined(separator: ", "))) with or "
                + "without bright-, 0 to 255, or #rrggbb."
        case .badFlag(let slot, let name, let text):
            "\(slot): \(name) is \(text). Use true or false."
        }
    }
}
