import Drawing
import Federation

extension Panel {
    /// The identities, and for each audience the token at hand.
    static let identities = Panel(
        title: "Identities",
        help: "The identities: which source gave which token, how old it is",
        columns: { _ in
            [
                Column("IDENTITY", minimum: 10, comfort: 14, ideal: 24, priority: 0, cut: .middle),
                Column("SOURCE", minimum: 9, ideal: 18, priority: 1),
                Column("AUDIENCE", minimum: 14, comfort: 24, ideal: 80, priority: 3, cut: .middle),
                Column("TOKEN", minimum: 7, priority: 2, alignment: .right),
                Column("GIVEN", minimum: 8, priority: 4),
                Column("CACHE", minimum: 9, priority: 5),
                Column("MAPPINGS", minimum: 8, priority: 6, alignment: .right),
            ]
        },
        count: { $0.identities.entries.count },
        cells: { state, line in state.identities.entries[line].cells(in: state) },
        times: { state, line in
            let token = state.identities.entries[line].token
            return [token?.claims.expiry.map(RelativeTime.left), token.map { .ago($0.received) }].compactMap(
                \.self
            )
        },
        detail: { state in
            state.identities.entries.selected.map { entry in
                Detail(title: entry.identity.id) { entry.lines(in: state, columns: $0) }
            }
        },
        empty: { state in
            state.identities.entries.isEmpty
                ? ["No mapping has an identity yet.", "The configuration names them."]
                : ["No identity matches the filter.", "Esc shows all of them again."]
        },
        cursor: \.identities.entries.cursor,
        filter: { $0.identities.entries.filter },
        setFilter: { $0.identities.entries.show(only: $1) }
    )
}

extension IdentityBook.Entry {
    fileprivate func cells(in state: ConsoleState) -> [Line] {
        let source = token?.source ?? identity.source
        return [
            Line(identity.id),
            step.map { $0.outcome.mark + Line(" " + source.rawValue) }
                ?? Line("  " + source.rawValue, .faint),
            Line(audience, .faint),
            token?.claims.expiry.map { Line(RelativeTime.left($0).text(at: state.now)) } ?? Line("–", .faint),
            Line(token.map { RelativeTime.ago($0.received).text(at: state.now) } ?? "–", .faint),
            Line(token.map { $0.seenBefore ? "as before" : "new" } ?? "–", .faint),
            Line("\(mappings.count)", .faint),
        ]
    }

    fileprivate func lines(in state: ConsoleState, columns: Int) -> [Line] {
        var facts = [Fact("audience", audience), Fact("selector", selector)]
        if let token {
            facts.append(Fact("token", token.fingerprint))
            facts.append(Fact("given", state.clockText.dateAndTime(token.received)))
            facts.append(Fact("subject", token.claims.subject ?? "–"))
        }
        facts.append(Fact("mappings", mappings.prefix(20).joined(separator: " ")))
        return ExchangeDetail(steps: [step].compactMap(\.self)).lines(columns: columns)
            + facts.map { $0.line(columns: columns) }
    }

    /// What tells this identity from others of the same host.
    private var selector: String {
        if identity.isSystemAssigned { return "nothing: it is the host's own" }
        if let id = identity.clientID { return "client id \(id)" }
        if let id = identity.resourceID { return id }
        return identity.principalID.map { "object id \($0)" } ?? "–"
    }
}
