import Drawing
import Federation

extension Panel.ID {
    package static let claims = Panel.ID(rawValue: "claims")
}

extension Panel {
    static let claims = Panel(
        .claims,
        title: "Claims",
        help: "The claims of the selected mapping's token",
        list: \.claims.list,
        columns: { _ in
            [
                Column("CLAIM", minimum: 8, ideal: 12, priority: 0),
                Column("VALUE", minimum: 12, comfort: 40, ideal: 64, priority: 1, cut: .middle),
                Column("MEANING", minimum: 40, ideal: 200, priority: 2),
            ]
        },
        cells: { state, claim in
            if let difference = claim.difference {
                return [difference.mark + difference.styledName, difference.valueLine, Line()]
            }
            return [
                Line(claim.name, claim.isVolatile ? .faint : .accent),
                Line(claim.shown(in: state), claim.style), Line(claim.meaning, .faint),
            ]
        },
        detail: { _, claim in
            Detail(title: claim.name) { columns in
                if let difference = claim.difference {
                    return difference.longText.wrapped(to: columns).map { Line($0) }
                }
                let meaning = claim.meaning.isEmpty ? [] : claim.meaning.wrapped(to: columns) + [""]
                return meaning.map { Line($0, .faint) } + claim.longText.wrapped(to: columns).map { Line($0) }
            }
        },
        empty: { state in
            guard let row = state.mappings.selected else { return ["No mapping is selected."] }
            if let comparison = state.claims.comparison(for: row.id) {
                return [
                    Line("The claims of \(row.id) equal those of \(comparison.title)."),
                    "d ends the comparison.",
                ]
            }
            return [Line("\(row.id) has no token yet."), "r requests one."]
        }
    ).with { panel in
        panel.times = { state, line in
            state.claims.list[line].date.map { [$0 > state.now ? .left($0) : .ago($0)] } ?? []
        }
        panel.prepare = { state in
            let effects = state.claims.verifySignature(of: state.mappings.selected)
            state.claims.refresh(for: state.mappings.selected)
            return effects
        }
    }
}

extension ClaimLine {
    /// Returns the value on one line; an instant shows its distance from the present.
    fileprivate func shown(in state: ConsoleState) -> String {
        guard let date else { return text }
        let distance = date > state.now ? RelativeTime.left(date) : RelativeTime.ago(date)
        return "\(state.clockText.dateAndTime(date))  \(distance.text(at: state.now))"
    }

    /// The value, cut to a length that can be read here.
    fileprivate var longText: String {
        let limit = 4000
        let text = text
        let rest = text.utf8.count - limit
        return rest > 0 ? text.prefix(limit) + " … and about \(rest) more characters" : text
    }
}

extension ClaimDifference {
    fileprivate var mark: Line {
        switch change {
        case .added: Line("+ ", isVolatile ? .faint : .good)
        case .removed: Line("- ", isVolatile ? .faint : .bad)
        case .changed: Line("~ ", isVolatile ? .faint : .caution)
        }
    }

    fileprivate var styledName: Line { Line(name, isVolatile ? .faint : .accent) }

    /// The value, or both values.
    fileprivate var valueLine: Line {
        let style: ResolvedStyle = isVolatile ? .faint : .text
        switch change {
        case .added(let value), .removed(let value): return Line(Self.text(value), style)
        case .changed(let old, let new):
            return Line(Self.text(old), .faint) + Line(" → ", .faint) + Line(Self.text(new), style)
        }
    }

    fileprivate var longText: String {
        switch change {
        case .added(let value): "Only in this token: \(Self.text(value))"
        case .removed(let value): "Only in the other token: \(Self.text(value))"
        case .changed(let old, let new): "Other: \(Self.text(old))  This: \(Self.text(new))"
        }
    }

    private static func text(_ value: JSONValue) -> String {
        String((value.string ?? value.compactText).prefix(4000))
    }
}
