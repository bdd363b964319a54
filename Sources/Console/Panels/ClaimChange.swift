import Drawing
import Federation

/// How a claim differs from that of another token, as a line of the panel shows it.
struct ClaimChange: Hashable, Sendable {
    let difference: ClaimDifference

    /// The mark before its name.
    var mark: Line {
        switch difference.change {
        case .added: Line("+ ", difference.isVolatile ? .faint : .good)
        case .removed: Line("- ", difference.isVolatile ? .faint : .bad)
        case .changed: Line("~ ", difference.isVolatile ? .faint : .caution)
        }
    }

    var name: Line { Line(difference.name, difference.isVolatile ? .faint : .accent) }

    /// The value, or both.
    var value: Line {
        let ink: ResolvedStyle = difference.isVolatile ? .faint : .text
        switch difference.change {
        case .added(let value), .removed(let value): return Line(Self.text(value), ink)
        case .changed(let old, let new):
            return Line(Self.text(old), .faint) + Line(" → ", .faint) + Line(Self.text(new), ink)
        }
    }

    /// Both values in full.
    var longText: String {
        switch difference.change {
        case .added(let value): "Only here: \(Self.text(value))"
        case .removed(let value): "Only there: \(Self.text(value))"
        case .changed(let old, let new): "There: \(Self.text(old))  Here: \(Self.text(new))"
        }
    }

    private static func text(_ value: JSONValue) -> String {
        String((value.string ?? value.compactText).prefix(4000))
    }
}
