import Drawing
import Federation

extension Panel {
    /// The identities, and for each audience the token at hand.
    static let identities = Panel(
        title: "Identities",
        help: "The identities: which source serves them and why, and their tokens",
        columns: { _ in
            [
                Column("IDENTITY", minimum: 10, comfort: 14, ideal: 24, priority: 0, cut: .middle),
                Column("SOURCE", minimum: 9, comfort: 17, ideal: 20, priority: 1),
                Column("AUDIENCE", minimum: 14, comfort: 24, ideal: 80, priority: 3, cut: .middle),
                Column("TOKEN", minimum: 7, priority: 2, alignment: .right),
                Column("GIVEN", minimum: 8, priority: 4),
                Column("CACHE", minimum: 9, priority: 5),
                Column("MAPPINGS", minimum: 8, priority: 6, alignment: .right),
            ]
        },
        count: { $0.identities.entries.count + $0.shownSources.count },
        cells: { state, line in
            switch state.identityLine(line) {
            case .entry(let entry): entry.cells(in: state)
            case .source(let report): report.cells
            case nil: [Line](repeating: Line(), count: SourceReport.columnCount)
            }
        },
        times: { state, line in
            guard case .entry(let entry) = state.identityLine(line) else { return [] }
            return [entry.token?.claims.expiry.map(RelativeTime.left), entry.token.map { .ago($0.received) }]
                .compactMap(\.self)
        },
        detail: { state in
            switch state.identityLine(state.identities.entries.cursor.selected) {
            case .entry(let entry): Detail(title: entry.identity.id) { entry.lines(in: state, columns: $0) }
            case .source(let report):
                Detail(title: report.kind.rawValue) { state.lines(of: report, columns: $0) }
            case nil: nil
            }
        },
        empty: { state in
            state.identities.entries.isEmpty
                ? ["No mapping has an identity yet.", "The configuration names them."]
                : ["No identity matches the filter.", "Esc shows all of them again."]
        },
        cursor: \.identities.entries.cursor,
        filter: { $0.identities.entries.filter },
        setFilter: { $0.identities.entries.show(only: $1) },
        sorting: .identities
    )
}

extension IdentityState.Entry {
    fileprivate func cells(in state: ConsoleState) -> [Line] {
        [
            Line(identity.id),
            source(in: state),
            Line(audience, .faint),
            token?.claims.expiry.map { Line(RelativeTime.left($0).text(at: state.now)) } ?? Line("–", .faint),
            Line(token.map { RelativeTime.ago($0.received).text(at: state.now) } ?? "–", .faint),
            Line(token.map { $0.seenBefore ? "as before" : "new" } ?? "–", .faint),
            Line("\(mappings.count)", .faint),
        ]
    }

    /// The source with how it did; before it was asked, with whether it can be.
    private func source(in state: ConsoleState) -> Line {
        let report = state.hostSources.survey?.identities[identity.id]
        let name = (token?.source ?? report?.kind ?? identity.source).rawValue
        if let step { return step.outcome.mark + Line(" " + name) }
        if report?.isUsable == false { return StepOutcome.failed.mark + Line(" " + name) }
        return Line("  " + name, .faint)
    }

    fileprivate func lines(in state: ConsoleState, columns: Int) -> [Line] {
        var facts = [Fact("audience", audience), Fact("selector", selector)]
        if let token {
            facts.append(Fact("token", token.fingerprint))
            facts.append(Fact("given", state.clockText.dateAndTime(token.received)))
            facts.append(Fact("subject", token.claims.subject ?? "–"))
            if let clock = token.clockOffset { facts.append(Fact("clock", "Azure's is \(clock) from ours")) }
        }
        facts.append(Fact("mappings", mappings.prefix(20).joined(separator: " ")))
        return SideBySide(
            left: { columns in
                ExchangeDetail(steps: [step].compactMap(\.self)).lines(columns: columns)
                    + state.choice(for: identity.id, columns: columns)
            },
            right: { columns in facts.flatMap { $0.lines(columns: columns) } },
            isParted: false
        ).lines(columns: columns)
    }

    /// What tells this identity from others of the same host.
    private var selector: String {
        if identity.isSystemAssigned { return "nothing: it is the host's own" }
        if let id = identity.clientID { return "client id \(id)" }
        if let id = identity.resourceID { return id }
        return identity.principalID.map { "object id \($0)" } ?? "–"
    }
}
