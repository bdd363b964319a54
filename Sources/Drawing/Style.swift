/// What a piece of the screen means; a theme says how that looks.
package enum ResolvedStyle: String, CaseIterable, Hashable, Sendable {
    case text
    /// Secondary: seen when looked for.
    case faint
    case title
    /// Names of columns.
    case heading
    case accent
    /// Names of keys.
    case key
    case border
    case good
    case caution
    case bad
    /// Was good and is over.
    case spent
    case waiting
    /// Is being done right now.
    case pending
    /// What a filter found.
    case match
    /// The text field being edited.
    case field
}

extension ResolvedStyle {
    /// Its letter in the style block of a frame; the selected row has the second one.
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

/// How a cell is to look.
package struct Style: Hashable, Sendable {
    package var ink: ResolvedStyle
    /// Whether the cell belongs to what the next key acts on.
    package var isSelected: Bool

    package init(_ ink: ResolvedStyle = .text, isSelected: Bool = false) {
        self.ink = ink
        self.isSelected = isSelected
    }

    package var letter: Character {
        isSelected ? ink.letters.selected : ink.letters.plain
    }
}
