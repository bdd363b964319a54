import Diagnosis
import Drawing
import Federation
import TrustPolicy

import struct FoundationEssentials.Date

extension Panel.ID {
    package static let fleet = Panel.ID(rawValue: "fleet")
}

extension Panel {
    static let fleet = Panel(
        .fleet,
        title: "Fleet",
        help: "the mappings of all hosts that share a database",
        keys: [.character("0")],
        list: { $0.fleet.list },
        changeList: { $1(&$0.fleet.list) },
        columns: { state in
            let widths = state.fleet.widths
            return [
                Column("STATE", minimum: 10, priority: 1),
                Column("NODE", minimum: 8, preferred: 16, ideal: widths.node, priority: 0, cut: .middle),
                Column(
                    "MAPPING",
                    minimum: 10,
                    preferred: 22,
                    ideal: widths.mapping,
                    priority: 0,
                    cut: .middle
                ),
                Column("CREDENTIALS", minimum: 15, priority: 4),
                Column("LAST", minimum: 10, priority: 5),
                Column("CAUSE", minimum: 12, preferred: 30, ideal: widths.cause, priority: 2),
                Column("REPORTED", minimum: 10, priority: 3),
            ]
        },
        cells: { state, entry in entry.cells(in: state) },
        detail: { state, entry in
            Detail(title: entry.id.title, remark: entry.remark(in: state)) {
                entry.lines(in: state, columns: $0)
            }
        },
        empty: \.emptyFleet
    ).with { panel in
        panel.heading = { $0.fleetHeading }
        panel.states =
            MappingStateName.allCases.map(\.rawValue) + [FleetState.Entry.silent, FleetState.Entry.stopped]
        panel.fields = [.node, .identity, .account, .role, .code]
        panel.values = { state, field in state.fleet.values(of: field) }
        panel.open = { $0.openFleetHistory() }
        // Actions of this host's mappings do not apply to mappings of other nodes.
        panel.subjects = { _ in [] }
        panel.times = { state, line in
            let entry = state.fleet.list[line]
            let reported = state.fleet.nodes[entry.mapping.node].map { $0.silentSince ?? $0.lastBeat }
            return [entry.mapping.credentialExpiry.map(RelativeTime.left)]
                .compactMap(\.self)
                + [entry.mapping.lastExchange, reported].compactMap { $0.map(RelativeTime.ago) }
        }
    }
}

extension FleetState {
    /// The values of a field, sorted.
    fileprivate func values(of field: FilterField) -> [String] {
        let mappings = snapshot?.mappings ?? []
        return switch field {
        case .node: snapshot?.nodes.map(\.name) ?? []
        case .identity: Set(mappings.map(\.identity)).sorted()
        case .account: Set(mappings.map(\.roleARN.account)).sorted()
        case .role: Set(mappings.map(\.roleARN.name)).sorted()
        case .code: Set(mappings.compactMap(\.cause)).sorted()
        case .state, .tag, .region: []
        }
    }
}

extension ConsoleState {
    /// The number of nodes, the silent and stopped nodes, and the problem of the database, if any.
    fileprivate var fleetHeading: [Line] {
        guard let snapshot = fleet.snapshot else { return [] }
        let nodes = snapshot.nodes.count
        var parts = [Line("\(nodes) node\(nodes == 1 ? "" : "s")", .title)]
        for (word, nodes) in [("silent", fleet.silentNodes), ("stopped", fleet.stoppedNodes)]
        where !nodes.isEmpty {
            let names = nodes.map { node in
                "\(node.name) since \(node.silentSince.map { clockText.short($0, now: now) } ?? "")"
            }
            parts.append(Line("\(word): " + Confirmation.listed(names, atMost: 3), .caution))
        }
        if let problem = databaseProblem { parts.append(problem) }
        return parts
    }

    /// The problem of the fleet's database, with the start of an outage.
    private var databaseProblem: Line? {
        guard let snapshot = fleet.snapshot else { return nil }
        let since = snapshot.unreachableSince.map { "unreachable since \(clockText.short($0, now: now))" }
        let parts = [since.map { "database \($0)" }, snapshot.problem].compactMap(\.self)
        return parts.isEmpty ? nil : Line("✕ " + parts.joined(separator: ": "), .bad)
    }

    fileprivate var emptyFleet: [Line] {
        if !fleet.isConfigured {
            if configuration.origin == nil { return [Line(configuration.progress)] }
            return [
                Line(
                    reference.naming(
                        in: "To see the mappings of all hosts, set fleet.store in the configuration to a "
                            + "PostgreSQL URI and run `cambist fleet init`."
                    )
                )
            ]
        }
        guard let snapshot = fleet.snapshot else { return ["Connecting to the database …"] }
        if let databaseProblem {
            return [databaseProblem, "The mappings of this host work without the database."]
        }
        return snapshot.nodes.isEmpty
            ? [
                "No node has reported yet.",
                "Every host on which `cambist serve` or the console runs with this fleet.store is a node.",
            ]
            : ["The nodes have no mappings."]
    }
}

extension FleetState.Entry {
    fileprivate func cells(in state: ConsoleState) -> [Line] {
        let isSilent = silentSince != nil
        let stateLine =
            state.fleet.pendingVerb(of: mapping).map { Line("↻ \($0.rawValue)", .pending) }
            ?? (isSilent
                ? Line("? \(status.rawValue)", .faint)
                : Line("\(status.glyph) \(status.rawValue)", status.style))
        let cause = mapping.cause.map {
            Line($0, isSilent ? .faint : status.isFailure || status == .blocked ? .bad : .caution)
        }
        return [
            stateLine, Line(mapping.node), Line(mapping.mapping),
            credentials(at: state.now), last(at: state.now), cause ?? Line(), reported(in: state),
        ]
    }

    private func credentials(at now: Date) -> Line {
        guard let expiry = mapping.credentialExpiry else { return Line("      –", .faint) }
        let left = RelativeTime.left(expiry).text(at: now).leftPadding(to: 7)
        let style: ResolvedStyle = expiry <= now ? .spent : status == .expiring ? .caution : .good
        guard mapping.lastOutcome != .failed, let issued = mapping.lastExchange, issued < expiry else {
            return Line(left, style)
        }
        let share = expiry.timeIntervalSince(now) / expiry.timeIntervalSince(issued)
        return Line(left + " ", style) + Gauge(share).line(columns: 7, style)
    }

    private func last(at now: Date) -> Line {
        guard let outcome = mapping.lastOutcome, let at = mapping.lastExchange else {
            return Line("–", .faint)
        }
        return outcome.mark + Line(" " + RelativeTime.ago(at).text(at: now), .faint)
    }

    private func reported(in state: ConsoleState) -> Line {
        guard let node = state.fleet.nodes[mapping.node] else { return Line("–", .faint) }
        if let since = node.silentSince {
            let elapsed = DurationColumn.largestUnit(seconds: state.now.timeIntervalSince(since))
            return Line("\(node.hasStopped ? Self.stopped : Self.silent) \(elapsed)", .caution)
        }
        return Line(RelativeTime.ago(node.lastBeat).text(at: state.now), .faint)
    }

    /// The state and, for a node without reports, `silent` or `stopped`; both with their start times.
    fileprivate func remark(in state: ConsoleState) -> Line {
        let since = mapping.since.map { " since \(state.clockText.short($0, now: state.now))" } ?? ""
        let silence = silentSince.map {
            Line(" · node \(self.silence ?? "") since \(state.clockText.short($0, now: state.now))", .caution)
        }
        return Line(status.rawValue + since, status.style) + (silence ?? Line())
    }

    /// Returns the lines of the detail.
    ///
    /// The parts are:
    /// - the last request
    /// - the exchange that this console's request caused
    /// - the properties of the mapping and the node
    /// - the explanation and the history, if open
    fileprivate func lines(in state: ConsoleState, columns: Int) -> [Line] {
        let record = state.fleet.records[id]
        let request = mapping.request.map { $0.text(in: state).wrapped(to: columns).map { Line($0) } } ?? []
        return request
            + (record.map { ExchangeDetail(steps: $0.steps, reference: nil).lines(columns: columns) } ?? [])
            + (request.isEmpty && record == nil ? [] : [Line()])
            + SideBySide(
                left: { columns in
                    facts(record, in: state).flatMap { $0.lines(columns: columns) }
                },
                right: { columns in
                    nodeFacts(in: state).flatMap { $0.lines(columns: columns) }
                },
                hasSeparator: false
            ).lines(columns: columns)
            + explanation(in: state, columns: columns)
            + history(in: state, columns: columns)
    }

    /// The explanation, if the operator opened it.
    private func explanation(in state: ConsoleState, columns: Int) -> [Line] {
        guard let opened = state.fleet.explanation, opened.target == id else { return [] }
        // The headline of an unknown decision mentions a command-line option that the console does not have.
        let sections = opened.explanation.sections().map { lines in
            lines.filter { $0.role != .headline(.unknown) }
        }
        let limit =
            "This explanation uses only the exchange, because this host has no mapping of that name and role. "
            + "The commands and settings are for \(mapping.node). There, cambist explain \(mapping.mapping) also reads "
            + "both clouds."
        var lines = [Line(), Line("EXPLANATION", .title)]
        lines += limit.wrapped(to: columns).map { Line($0, .faint) }
        for section in sections where !section.isEmpty {
            lines.append(Line())
            lines += section.flatMap { ExplanationPage.lines(of: $0, columns: columns) }
        }
        return lines
    }

    /// The last exchanges, if the operator opened them.
    private func history(in state: ConsoleState, columns: Int) -> [Line] {
        guard let history = state.fleet.history, history.target == id else { return [] }
        let heading = [Line(), Line("LAST EXCHANGES", .title)]
        switch history.result {
        case nil: return heading + [Line("↻ reading", .pending)]
        case .failure(let failure):
            return heading
                + state.reference.naming(in: "\(failure.messageWithCode) \(failure.fix)")
                .wrapped(to: columns).map { Line($0, .caution) }
        case .success(let records) where records.isEmpty:
            return heading + [Line("none in the database yet", .faint)]
        case .success(let records):
            return heading
                + records.map { record in
                    let time = state.clockText.short(record.at, now: state.now)
                    let latency = DurationColumn.latency(record.duration).leftPadding(to: 8)
                    return
                        (Line("\(time)  ", .faint) + record.outcome.mark
                        + Line(" \(record.outcome.rawValue.padding(to: 6))") + Line(latency + "  ", .faint)
                        + Line(record.failure?.messageWithCode ?? record.assumedRoleARN ?? "")).fitted(
                            to: columns
                        )
                }
        }
    }

    private func facts(_ record: ExchangeRecord?, in state: ConsoleState) -> [Fact] {
        func text(_ date: Date) -> String { state.clockText.short(date, now: state.now) }
        var facts: [Fact] = []
        if let cause = mapping.cause { facts.append(Fact("cause", cause)) }
        facts.append(Fact("role", mapping.roleARN.description))
        facts.append(Fact("identity", mapping.identity))
        if let last = mapping.lastExchange { facts.append(Fact("exchanged", text(last))) }
        if let expiry = mapping.credentialExpiry { facts.append(Fact("expires", text(expiry))) }
        return facts
    }

    private func nodeFacts(in state: ConsoleState) -> [Fact] {
        guard let node = state.fleet.nodes[mapping.node] else { return [Fact("node", mapping.node)] }
        let beat = state.clockText.short(node.lastBeat, now: state.now)
        return [
            Fact("node", node.name), Fact("host", node.host), Fact("version", node.version),
            Fact("reported", beat),
        ]
    }
}

extension FleetRequest {
    /// The request with its progress, in one sentence.
    fileprivate func text(in state: ConsoleState) -> String {
        let progress =
            switch self.state {
            case .waiting: "waiting for the node"
            case .claimed: "the node is executing the request"
            case .done: "done"
            case .refused(let reason): "refused: \(reason)"
            case .expired: "expired before the node claimed it"
            }
        let time = state.clockText.short(requested, now: state.now)
        return "\(verb.rawValue) requested by \(self.operator) at \(time): \(progress)"
    }
}
