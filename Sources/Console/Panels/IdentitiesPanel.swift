import Drawing
import Federation

extension Panel.ID {
    package static let identities = Panel.ID(rawValue: "identities")
}

extension Panel {
    static let identities = Panel(
        .identities,
        title: "Identities",
        help: "their token sources and tokens",
        list: { $0.identities.list },
        changeList: { $1(&$0.identities.list) },
        columns: { $0.identities.columns },
        cells: { state, entry in entry.cells(in: state) },
        detail: { state, entry in
            Detail(title: entry.identity.id) { entry.lines(in: state, columns: $0) }
        },
        empty: { state in
            state.identities.list.isEmpty
                ? ["No mapping has an identity.", "Add identities to the configuration."]
                : ["No line matches the filter.", Line("\(state.key(.back)) clears it.")]
        }
    ).with { panel in
        // The host's token sources follow the identities, under a heading.
        let detail = panel.detail
        panel.count = { state in
            let sources = state.identities.shownSources.count
            return state.identities.list.count + (sources == 0 ? 0 : sources + IdentityState.headingLines)
        }
        let cells = panel.cells
        panel.cells = { state, line in line < state.identities.list.count ? cells(state, line) : [] }
        panel.idealColumns = { state in
            let sources = state.identities.shownSources.reduce(0) { max($0, $1.line.columns) }
            return max(state.identities.columns.idealColumns, sources)
        }
        panel.wholeLine = { $0.identities.sourceLine(at: $1, columns: $2) }
        panel.detail = { state in
            let line = state.identities.list.cursor.selected
            if line < state.identities.list.count { return detail(state) }
            guard let source = state.identities.source(at: line) else {
                return Detail(title: "token sources of this host") { state.identities.summary(columns: $0) }
            }
            return Detail(title: source.kind.rawValue) { state.identities.lines(of: source, columns: $0) }
        }
        panel.fields = [.identity]
        panel.values = { state, _ in Set(state.identities.list.all.map(\.identity.id)).sorted() }
        panel.subjects = { state in
            state.mappings.byAttention(state.identities.list.selected?.mappings ?? [])
        }
        panel.times = { state, line in
            guard line < state.identities.list.count, let token = state.identities.list[line].token else {
                return []
            }
            return [token.claims.expiry.map(RelativeTime.left), .ago(token.received)].compactMap(\.self)
        }
        panel.prepare = { state in
            guard state.identities.sources == .unknown else { return [] }
            state.identities.sources = .requested
            return [.surveySources]
        }
    }
}

/// The identities, each with an audience and the last token, and the token sources of the host.
package struct IdentityState: Hashable, Sendable {
    struct Entry: ListEntry {
        struct ID: Hashable {
            let identity: ManagedIdentity.ID
            let audience: String
        }

        let identity: ManagedIdentity
        let audience: String
        let mappings: [RoleMapping.ID]
        var token: TokenFacts?
        /// The step *token* of the last exchange that had this step.
        var step: StepRecord?

        var id: ID { ID(identity: identity.id, audience: audience) }

        static let sortKeys: [SortKey<Entry>] = [
            SortKey("IDENTITY", isFixed: true) { .text("\($0.identity.id) \($0.audience)") },
            SortKey("SOURCE") { .text(($0.token?.source ?? $0.identity.source).rawValue) },
            SortKey("AUDIENCE", isFixed: true) { .text($0.audience) },
            SortKey("TOKEN") { SortValue($0.token?.claims.expiry) },
            SortKey("RECEIVED") { SortValue($0.token?.received) },
            SortKey("CACHE") { SortValue($0.token.map { $0.seenBefore ? 1 : 0 }) },
            SortKey("MAPPINGS") { SortValue(Double($0.mappings.count)) },
        ]

        var filterTexts: [FilterText] {
            [FilterText(.identity, identity.id), FilterText(identity.source.rawValue), FilterText(audience)]
        }
    }

    /// The survey of the host's token sources, which starts when the panel is shown.
    enum Sources: Hashable, Sendable {
        case unknown
        case requested
        case known(SourceReportList)
    }

    /// The number of lines above the host's token sources: an empty line and the titles.
    fileprivate static let headingLines = 2

    fileprivate var columns: [Column] {
        [
            Column("IDENTITY", minimum: 10, preferred: 30, ideal: identityColumns, priority: 0, cut: .middle),
            Column("SOURCE", minimum: 9, preferred: 19, priority: 1),
            Column(
                "AUDIENCE",
                minimum: 14,
                preferred: 48,
                ideal: audienceColumns,
                priority: 3,
                cut: .segment
            ),
            Column("TOKEN", minimum: 7, priority: 2, alignment: .right),
            Column("RECEIVED", minimum: 8, priority: 4),
            Column("CACHE", minimum: 6, priority: 5),
            Column("MAPPINGS", minimum: 8, priority: 6, alignment: .right),
        ]
    }

    /// The widths of the widest values, in terminal columns.
    private var identityColumns = 0
    private var audienceColumns = 0

    /// One entry for each pair of identity and audience in the mappings.
    var list = ListModel<Entry>(order: ListOrder("IDENTITY"))
    var sources = Sources.unknown

    init() {}

    /// Replaces the identities after the configuration changed; drops the tokens and the survey.
    mutating func replace(with configuration: Configuration) {
        var groups: [Entry.ID: [RoleMapping.ID]] = [:]
        for mapping in configuration.mappings {
            groups[Entry.ID(identity: mapping.identity, audience: mapping.audience), default: []].append(
                mapping.id
            )
        }
        let identities = Dictionary(configuration.identities.map { ($0.id, $0) }) { first, _ in first }
        let ids = groups.keys.sorted { ($0.identity, $0.audience) < ($1.identity, $1.audience) }
        list.replace(
            with: ids.map { id in
                Entry(
                    identity: identities[id.identity] ?? ManagedIdentity(id: id.identity),
                    audience: id.audience,
                    mappings: groups[id] ?? []
                )
            }
        )
        identityColumns = ids.reduce(0) { max($0, $1.identity.columns(upTo: 40)) }
        audienceColumns = ids.reduce(0) { max($0, $1.audience.columns(upTo: 100)) }
        sources = .unknown
    }

    /// Returns the last token of a mapping's identity and audience.
    func token(of mapping: RoleMapping) -> TokenFacts? {
        list[id: Entry.ID(identity: mapping.identity, audience: mapping.audience)]?.token
    }

    /// Stores the token and the step *token* of an exchange that has both or one of them.
    mutating func update(with record: ExchangeRecord, of mapping: RoleMapping) {
        list.modify(Entry.ID(identity: mapping.identity, audience: mapping.audience)) { entry in
            entry.token = record.token ?? entry.token
            entry.step = record.steps.first { $0.step == .token } ?? entry.step
        }
    }

    fileprivate var survey: SourceReportList? {
        if case .known(let survey) = sources { survey } else { nil }
    }

    /// The host's sources that pass the filter.
    fileprivate var shownSources: [SourceReport] {
        let sources = survey?.sources ?? []
        let filter = list.filter
        if filter.isEmpty { return sources }
        if filter.isInvalid { return [] }
        return sources.filter { source in
            let text = source.kind.rawValue.lowercased()
            return filter.terms.allSatisfy { $0.field == nil && $0.matches(text) != $0.isExcluding }
                && (filter.expression == nil || filter.firstMatch(in: text) != nil)
        }
    }

    /// Returns a line of the table of token sources: an empty line, the titles, or a source.
    fileprivate func sourceLine(at line: Int, columns: Int) -> Line? {
        guard line >= list.count else { return nil }
        let offset = line - list.count
        if offset == 0 { return Line() }
        if offset == 1 { return SourceReport.heading(columns: columns) }
        return source(at: line)?.line
    }

    fileprivate func summary(columns: Int) -> [Line] {
        guard let survey else { return [] }
        let usable = survey.sources.filter(\.isUsable).map(\.kind.rawValue)
        return [
            Fact("usable", usable.isEmpty ? "none" : usable.joined(separator: " ")),
            Fact(
                "variables",
                survey.variables.isEmpty ? "none set" : survey.variables.joined(separator: " ")
            ),
        ].flatMap { $0.lines(columns: columns) }
    }

    fileprivate func source(at line: Int) -> SourceReport? {
        let (sources, index) = (shownSources, line - list.count - Self.headingLines)
        return sources.indices.contains(index) ? sources[index] : nil
    }

    /// Returns the token source of an identity and the reason why cambist uses this source.
    fileprivate func choice(for identity: ManagedIdentity.ID, columns: Int) -> [Line] {
        guard let survey else { return [Fact("source", "checking …").line(columns: columns)] }
        return survey.identities[identity].map { $0.facts.flatMap { $0.lines(columns: columns) } } ?? []
    }

    fileprivate func lines(of report: SourceReport, columns: Int) -> [Line] {
        let variables = survey?.variables ?? []
        let set = Fact("variables", variables.isEmpty ? "none set" : variables.joined(separator: " "))
        return (report.facts + [set]).flatMap { $0.lines(columns: columns) }
    }

    fileprivate func report(for identity: ManagedIdentity.ID) -> SourceReport? {
        survey?.identities[identity]
    }
}

extension IdentityState.Entry {
    fileprivate func cells(in state: ConsoleState) -> [Line] {
        [
            Line(identity.id),
            source(in: state),
            Line(audience, .faint),
            token?.claims.expiry.map { Line(RelativeTime.left($0).text(at: state.now)) } ?? Line("–", .faint),
            Line(token.map { RelativeTime.ago($0.received).text(at: state.now) } ?? "–", .faint),
            Line(token.map { $0.seenBefore ? "cached" : "new" } ?? "–", .faint),
            Line("\(mappings.count)", .faint),
        ]
    }

    private func source(in state: ConsoleState) -> Line {
        let report = state.identities.report(for: identity.id)
        let name = (token?.source ?? report?.kind ?? identity.source).rawValue
        if let step { return step.outcome.mark + Line(" " + name) }
        if report?.isUsable == false { return StepOutcome.failed.mark + Line(" " + name) }
        return Line("  " + name, .faint)
    }

    fileprivate func lines(in state: ConsoleState, columns: Int) -> [Line] {
        var facts = [Fact("audience", audience), Fact("chosen by", selector)]
        if let token {
            facts.append(Fact("token", token.fingerprint))
            facts.append(Fact("received", state.clockText.dateAndTime(token.received)))
            facts.append(Fact("subject", token.claims.subject ?? "–"))
            if let clock = token.clockOffset { facts.append(Fact("clock", "Azure \(clock.notable)")) }
        }
        facts.append(Fact("mappings", Confirmation.listed(mappings, atMost: 20)))
        return SideBySide(
            left: { columns in
                ExchangeDetail(steps: [step].compactMap(\.self), reference: state.reference)
                    .lines(columns: columns)
                    + state.identities.choice(for: identity.id, columns: columns)
            },
            right: { columns in facts.flatMap { $0.lines(columns: columns) } },
            hasSeparator: false
        ).lines(columns: columns)
    }

    /// The property that selects this identity among the host's identities.
    private var selector: String {
        if identity.isSystemAssigned { return "no ID: system-assigned" }
        if let id = identity.clientID { return "client ID \(id)" }
        if let id = identity.resourceID { return id }
        return identity.principalID.map { "object ID \($0)" } ?? "–"
    }
}

extension SourceReport {
    private static let nameColumns = 21
    private static let usableColumns = 12

    fileprivate static func heading(columns: Int) -> Line {
        let text = "TOKEN SOURCES OF THIS HOST"
        let titles =
            columns >= 60 ? text.padding(to: nameColumns + 2 + usableColumns) + "  REASON" : "SOURCES"
        return Line(titles.padding(to: columns), .heading)
    }

    fileprivate var line: Line {
        let mark = isUsable ? StepOutcome.ok.mark : StepOutcome.skipped.mark
        let reason = obstacle ?? (isChosen ? "chosen by auto: \(reason ?? "")" : "")
        return mark + Line(" " + kind.rawValue.padding(to: Self.nameColumns), isUsable ? .text : .faint)
            + Line(
                (isUsable ? "usable" : "not usable").padding(to: Self.usableColumns),
                isUsable ? .good : .faint
            )
            + Line("  " + reason, .faint)
    }

    fileprivate var facts: [Fact] {
        let status = obstacle.map { "not usable: \($0)" } ?? "usable"
        return [Fact("source", "\(kind.rawValue), \(status)")] + (reason.map { [Fact("reason", $0)] } ?? [])
    }
}
