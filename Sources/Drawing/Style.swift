/// The meaning of a text on the screen; a theme defines its look.
package enum ResolvedStyle: String, CaseIterable, Hashable, Sendable {
    case text
    /// Secondary text.
    case faint
    case title
    /// Column titles.
    case heading
    case accent
    /// Key names.
    case key
    case border
    case good
    case caution
    case bad
    /// Expired.
    case spent
    case waiting
    /// In progress.
    case pending
    /// Matches of a filter.
    case match
    /// The text field being edited.
    case field
}

extension ResolvedStyle {
    /// The letters in the style block of a frame, for plain and selected cells.
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
    package var ink: ResolvedStyle
    /// Whether the cell belongs to the selected row.
    package var isSelected: Bool

    package init(_ ink: ResolvedStyle = .text, isSelected: Bool = false) {
        self.ink = ink
        self.isSelected = isSelected
    }

    package var letter: Character {
        isSelected ? ink.letters.selected : ink.letters.plain
    }
}
