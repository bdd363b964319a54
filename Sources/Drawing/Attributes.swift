/// The terminal attributes of a style.
package struct Attributes: Hashable, Sendable {
    /// `nil` for the terminal's default color.
    package var foreground: Color?
    package var background: Color?
    package var isBold: Bool
    package var isDim: Bool
    package var isUnderlined: Bool
    package var isReversed: Bool

    package init(
        _ foreground: Color? = nil,
        on background: Color? = nil,
        isBold: Bool = false,
        isDim: Bool = false,
        isUnderlined: Bool = false,
        isReversed: Bool = false
    ) {
        self.foreground = foreground
        self.background = background
        self.isBold = isBold
        self.isDim = isDim
        self.isUnderlined = isUnderlined
        self.isReversed = isReversed
    }

    /// Returns the attributes for a terminal with this color depth.
    ///
    /// With eight colors:
    /// - A bright foreground becomes the normal color in bold.
    /// - A gray foreground becomes the default color with dim text.
    /// - A bright background becomes the normal color.
    func reduced(to depth: ColorDepth) -> Attributes {
        if depth == .full { return self }
        var reduced = self
        reduced.foreground = foreground.map { Color($0.basic) }
        reduced.background = background.map { Color(depth == .eight ? $0.basic % 8 : $0.basic) }
        guard depth == .eight, let basic = foreground?.basic, basic >= 8 else { return reduced }
        reduced.foreground = basic == 8 ? nil : Color(basic - 8)
        reduced.isDim = isDim || basic == 8
        reduced.isBold = isBold || basic > 8
        return reduced
    }
}

extension Attributes {
    /// Applies a configured theme's settings for a slot: `fg`, `bg`, and traits with the value `true` or `false`.
    ///
    /// - Throws: ``ThemeError`` for an unknown name or value.
    mutating func apply(_ values: [String: String], slot: String) throws(ThemeError) {
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            switch name {
            case "fg": foreground = try Self.color(value, slot: slot)
            case "bg": background = try Self.color(value, slot: slot)
            case "bold": isBold = try Self.flag(value, name: name, slot: slot)
            case "dim": isDim = try Self.flag(value, name: name, slot: slot)
            case "underline": isUnderlined = try Self.flag(value, name: name, slot: slot)
            case "reverse": isReversed = try Self.flag(value, name: name, slot: slot)
            default: throw .unknownAttribute(slot: slot, name)
            }
        }
    }

    private static func color(_ text: String, slot: String) throws(ThemeError) -> Color? {
        if text == "default" { return nil }
        guard let color = Color(text) else { throw .badColor(slot: slot, text) }
        return color
    }

    private static func flag(_ text: String, name: String, slot: String) throws(ThemeError) -> Bool {
        switch text {
        case "true": true
        case "false": false
        default: throw .badFlag(slot: slot, name, text)
        }
    }
}
