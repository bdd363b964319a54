import Diagnosis
import Drawing
import Federation
import FoundationEssentials

extension Panel.ID {
    package static let claims = Panel.ID(rawValue: "claims")
}

extension Panel {
    static let claims = Panel(
        .claims,
        title: "Claims",
        help: "token, configuration, and trust policy side by side",
        list: { $0.claims.list },
        changeList: { $1(&$0.claims.list) },
        columns: { $0.claimColumns },
        cells: { state, claim in
            if state.claims.comparison(for: state.mappings.selected?.id) != nil {
                return claim.difference.map { [$0.mark + $0.styledName, $0.valueLine] }
                    ?? [Line(claim.name, .accent), Line(claim.text)]
            }
            let isFaint = claim.isVolatile || claim.folded > 0
            return [
                Line(claim.group, .heading),
                (claim.isDifferent ? Line("✕ ", .bad) : Line("  "))
                    + Line(claim.name, isFaint ? .faint : .accent),
                claim.valueLine(in: state), claim.configuration.line, claim.trust.line,
                Line(claim.meaning, .faint),
            ]
        },
        detail: { state, claim in
            Detail(title: claim.name) { claim.detailLines(in: state, columns: $0) }
        },
        empty: { state in
            guard let row = state.mappings.selected else { return ["No mapping is selected."] }
            if let comparison = state.claims.comparison(for: row.id) {
                return [
                    Line("The claims of \(row.id) equal those of \(comparison.title)."),
                    Line("\(state.key(.compare)) ends the comparison."),
                ]
            }
            return [Line("\(row.id) has no token yet."), Line("\(state.key(.refresh)) requests one.")]
        }
    ).with { panel in
        // The column with the meanings takes precedence over a detail beside the list.
        panel.preferredColumns = { $0.claimColumns.idealColumns }
        panel.heading = { $0.claimsHeading }
        panel.times = { state, line in
            state.claims.list[line].date.map { [$0 > state.now ? .left($0) : .ago($0)] } ?? []
        }
        panel.prepare = { state in
            let row = state.mappings.selected
            let effects = state.claims.verifySignature(of: row)
            state.evaluateSelected()
            let identity = row.flatMap { state.configuration.identities[$0.mapping.identity] }
            state.claims.refresh(for: row, identity, state.trust.page, openKey: state.key(.open))
            return effects
        }
        panel.load = { state in
            guard let row = state.mappings.selected, row.lastRecord?.token != nil else { return [] }
            return state.explainIfUnknown(row.id)
        }
        panel.canOpen = { state in
            state.claims.list.selected.map { $0.folded > 0 || state.claims.canFold($0) } ?? false
        }
        panel.open = { state in
            guard let claim = state.claims.list.selected else { return [] }
            if claim.folded > 0 {
                state.claims.isUnfolded = true
            } else if state.claims.canFold(claim) {
                state.claims.isUnfolded = false
            } else if state.reading == nil, state.layout.detail.isEmpty {
                state.reading = ListCursor()
            }
            return []
        }
        panel.showsDetailFirst = false
    }

    fileprivate static let differenceColumns = [
        Column("CLAIM", minimum: 8, ideal: 14, priority: 0),
        Column("VALUE", minimum: 12, preferred: 60, ideal: 200, priority: 1, cut: .middle),
    ]
}

extension ConsoleState {
    fileprivate var claimColumns: [Column] {
        if claims.comparison(for: mappings.selected?.id) != nil { return Panel.differenceColumns }
        let widths = claims.widths
        return [
            Column("", minimum: 8, priority: 4),
            Column("  CLAIM", minimum: 10, ideal: 22, priority: 0),
            Column(
                "VALUE",
                minimum: 12,
                preferred: min(40, widths.value),
                ideal: widths.value,
                priority: 1,
                cut: .middle
            ),
            Column(
                "CONFIG",
                minimum: 6,
                preferred: min(15, widths.configuration),
                ideal: widths.configuration,
                priority: 2,
                cut: .middle
            ),
            Column(
                "TRUST",
                minimum: 10,
                preferred: min(49, widths.trust),
                ideal: widths.trust,
                priority: 3,
                cut: .middle
            ),
            Column("MEANING", minimum: 24, ideal: max(24, widths.meaning), priority: 5),
        ]
    }

    /// The mapping, the identity, and the token's source, signature, and remaining time.
    fileprivate var claimsHeading: [Line] {
        guard let row = mappings.selected else { return [] }
        var parts = [Line(row.id, .title), Line("identity \(row.mapping.identity)", .faint)]
        guard let token = row.lastRecord?.token else { return parts + [Line("no token", .faint)] }
        let finding = claims.signatures[token.fingerprint]
        let signature = finding.map { [Line($0.text, $0.style)] } ?? []
        let origin = Line(
            "\(token.seenBefore ? "cached" : "new") token from \(token.source.rawValue)",
            .faint
        )
        parts += finding?.isDoubtful == true ? signature + [origin] : [origin] + signature
        if let expiry = token.claims.expiry {
            let left = RelativeTime.left(expiry).text(at: now)
            let isLeft = expiry > now
            parts.append(Line(isLeft ? "\(left) left" : left, isLeft ? .faint : .spent))
        }
        return parts
    }
}

extension ClaimLine {
    /// The value on one line.
    ///
    /// A date is followed by its distance from now. For an expiration, a gauge shows the share of the validity period
    /// that is left.
    fileprivate func valueLine(in state: ConsoleState) -> Line {
        if value == .null { return Line("absent", configuration.isDifferent ? .bad : .faint) }
        guard let date else { return Line(text, style) }
        let distance = date > state.now ? RelativeTime.left(date) : RelativeTime.ago(date)
        let isLeft = date > state.now
        let instant = Line(state.clockText.dateAndTime(date)) + Line("  ")
        let left = Line("\(distance.text(at: state.now))\(isLeft ? " left" : "")", .faint)
        let claims = state.mappings.selected?.lastRecord?.token?.claims
        guard name == "exp", let issued = claims?.issuedAt, date > issued else { return instant + left }
        let share = date.timeIntervalSince(state.now) / date.timeIntervalSince(issued)
        return instant + Gauge(share).line(columns: 6, isLeft ? .good : .spent) + Line(" ") + left
    }

    /// Returns the full value, any conflicting values of the configuration and trust policy, and the meaning.
    fileprivate func detailLines(in state: ConsoleState, columns: Int) -> [Line] {
        if let difference { return difference.longText.readable.wrapped(to: columns).map { Line($0) } }
        let sides = [("configuration", configuration), ("trust policy", trust)].flatMap {
            side,
            check -> [Line] in
            guard case .differs(let role, let values) = check else { return [] }
            return [Line("✕ the \(side) \(role.verb)", .bad)] + values.wrapped(to: columns).map { Line($0) }
        }
        return text.readable.wrapped(to: columns).map { Line($0) } + sides
            + (meaning.isEmpty ? [] : [Line()] + meaning.wrapped(to: columns).map { Line($0, .faint) })
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

    /// The value; after a change, the old and the new value.
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
