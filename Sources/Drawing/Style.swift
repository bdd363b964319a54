/// The semantic style of text on the screen; each theme defines attributes for the style.
package enum ResolvedStyle: String, CaseIterable, Hashable, Sendable {
    case text
    /// Secondary text.
    case faint
    case title
    /// Column headings.
    case heading
    case accent
    /// The names of keys.
    case key
    case border
    case good
    case caution
    case bad
    /// Something that has expired.
    case spent
    case waiting
    /// Something in progress.
    case pending
    /// Text that matches a filter.
    case match
    /// The text field being edited.
    case field
}

extension ResolvedStyle {
    /// The letters for a style in recorded frames, for plain and selected cells.
    var letters: (plain: Character, selected: Character) {
        switch self {
        case .text: (".", "#")
        case .faint: ("f", "F")
        case .title: ("t", "T")
        case .heading: ("h", "H")
        case .accent: ("a", "A")
        case .key: ("k", "K")
        case .border: ("o", "O")
        case .good: ("g", "G")
        case .caution: ("c", "C")
        case .bad: ("b", "B")
        case .spent: ("s", "S")
        case .waiting: ("w", "W")
        case .pending: ("p", "P")
        case .match: ("m", "M")
        case .field: ("e", "E")
        }
    }
}

/// The style of a cell.
package struct Style: Hashable, Sendable {
    /// The style of the text, without the selection.
    package var base: ResolvedStyle
    /// Whether the cell is in the selected row.
    package var isSelected: Bool

    package init(_ base: ResolvedStyle = .text, isSelected: Bool = false) {
        self.base = base
        self.isSelected = isSelected
    }

    package var letter: Character {
        isSelected ? base.letters.selected : base.letters.plain
    }
}
