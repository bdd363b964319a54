import DequeModule
import Diagnosis
import Drawing
import Federation
import TrustPolicy

extension Panel.ID {
    package static let roles = Panel.ID(rawValue: "roles")
}

extension Panel {
    static let roles = Panel(
        .roles,
        title: "Roles",
        help: "each role's last trust-policy decision and STS result",
        list: { $0.roles.list },
        changeList: { $1(&$0.roles.list) },
        columns: { state in
            [
                Column(
                    "ROLE",
                    minimum: 10,
                    preferred: 40,
                    ideal: state.mappings.widths.role,
                    priority: 0,
                    cut: .middle
                ),
                Column("ACCOUNT", minimum: 12, priority: 1),
                Column("TRUST", minimum: 7, preferred: 24, ideal: 40, priority: 3),
                Column("STS", minimum: 7, preferred: 24, ideal: 28, priority: 2),
                Column("SESSION", minimum: 7, priority: 5, alignment: .right),
                Column("MAPPINGS", minimum: 8, priority: 4, alignment: .right),
            ]
        },
        cells: { _, entry in entry.cells },
        detail: { state, entry in
            Detail(title: entry.roleARN.name) { entry.lines(in: state, columns: $0) }
        },
        empty: { _ in ["No mappings are configured.", "Add mappings to the configuration."] }
    ).with { panel in
        panel.fields = [.account, .role]
        panel.values = { $0.mappings.values(of: $1) }
        panel.subjects = { $0.mappings.byAttention($0.roles.list.selected?.mappings ?? []) }
    }
}

/// The roles that the mappings assume, each with the last results.
package struct RoleState: Hashable, Sendable {
    struct Entry: ListEntry {
        let roleARN: RoleARN
        private(set) var mappings: [RoleMapping.ID]
        /// The longest session duration that a mapping requests.
        private(set) var duration: Duration
        var trust: StepRecord?
        var exchange: StepRecord?

        var id: RoleARN { roleARN }

        /// Creates the entry of the role that a mapping assumes.
        init(_ mapping: RoleMapping) {
            roleARN = mapping.roleARN
            mappings = [mapping.id]
            duration = mapping.duration
        }

        mutating func add(_ mapping: RoleMapping) {
            mappings.append(mapping.id)
            duration = max(duration, mapping.duration)
        }

        static let sortKeys: [SortKey<Entry>] = [
            SortKey("ROLE", isFixed: true) { .text($0.roleARN.name) },
            SortKey("ACCOUNT", isFixed: true) { .text("\($0.roleARN.account) \($0.roleARN.name)") },
            SortKey("TRUST") { SortValue($0.trust) },
            SortKey("STS") { SortValue($0.exchange) },
            SortKey("SESSION") { SortValue($0.duration.seconds) },
            SortKey("MAPPINGS") { SortValue(Double($0.mappings.count)) },
        ]

        var filterTexts: [FilterText] {
            let names = [FilterText(.role, roleARN.name), FilterText(.account, roleARN.account)]
            return names + ([roleARN.description] + mappings.prefix(100)).map { FilterText($0) }
        }
    }

    var list = ListModel<Entry>(order: ListOrder("ACCOUNT"))

    init() {}

    mutating func replace(with mappings: [RoleMapping]) {
        var entries: [Entry] = []
        var positions: [RoleARN: Int] = [:]
        positions.reserveCapacity(mappings.count)
        for mapping in mappings {
            if let position = positions[mapping.roleARN] {
                entries[position].add(mapping)
            } else {
                positions[mapping.roleARN] = entries.count
                entries.append(Entry(mapping))
            }
        }
        let names = entries.map { "\($0.roleARN.account) \($0.roleARN.name) \($0.roleARN)" }
        list.replace(with: Deque(TextRanks.sortedIndices(of: names).lazy.map { entries[$0] }))
    }

    /// Stores the verdict of a mapping's explanation, unless the verdict is unknown.
    mutating func update(_ mapping: RoleMapping, with explanation: Explanation) {
        guard let verdict = StepRecord(explanation) else { return }
        list.modify(mapping.roleARN) { $0.trust = verdict }
    }

    /// Stores the result of each step with the role of that step; ignores skipped steps.
    mutating func update(with record: ExchangeRecord, of mapping: RoleMapping?) {
        for step in record.steps where step.outcome != .skipped {
            list.modify(mapping?.role(of: step, in: record) ?? record.roleARN) { entry in
                switch step.step {
                case .trust: entry.trust = step
                case .exchange, .assume: entry.exchange = step
                case .token, .claims, .caller, .probe: break
                }
            }
        }
    }
}

extension RoleMapping {
    /// The role of a step in this mapping's exchange: the mapping's role, or the role of a hub.
    fileprivate func role(of step: StepRecord, in record: ExchangeRecord) -> RoleARN {
        guard hub != nil else { return roleARN }
        switch step.step {
        case .exchange: return chain[0].roleARN
        case .trust:
            // The warning about a hub begins with the hub's name.
            let message = step.failure?.message ?? ""
            let named = chain.dropLast().first { message.hasPrefix("\($0.id): ") }
            return (named ?? failedHop(in: record)).roleARN
        case .token, .claims, .assume, .caller, .probe: return failedHop(in: record).roleARN
        }
    }
}

extension SortValue {
    /// Sorts steps by outcome, the worst first, and steps with equal outcomes by error code.
    fileprivate init(_ step: StepRecord?) {
        guard let step else {
            self = .absent
            return
        }
        let rank = [StepOutcome.failed, .warn, .skipped, .ok].firstIndex(of: step.outcome) ?? 0
        self = .text("\(rank) \(step.failure?.code ?? "")")
    }
}

extension RoleState.Entry {
    private static let shownMappings = 20

    fileprivate var cells: [Line] {
        [
            Line(roleARN.name), Line(roleARN.account, .faint), trust?.result ?? Line("–", .faint),
            exchange?.result ?? Line("–", .faint), Line(DurationText.format(duration), .faint),
            Line("\(mappings.count)", .faint),
        ]
    }

    fileprivate func lines(in state: ConsoleState, columns: Int) -> [Line] {
        let sorted = state.mappings.byAttention(mappings)
        let users = sorted.prefix(Self.shownMappings).compactMap { id -> Line? in
            state.mappings[id].map { row in
                let status = row.status
                return Line("\(status.glyph) \(status.rawValue.padding(to: 9))", status.style) + Line(row.id)
                    + (row.cause.map { Line("  ") + $0.line } ?? Line())
            }
        }
        let rest = sorted.count - Self.shownMappings
        let more = rest > 0 ? [Line("and \(rest) more mappings", .faint)] : []
        return SideBySide(
            left: { columns in
                Fact("arn", roleARN.description).lines(columns: columns)
                    + ExchangeDetail(
                        steps: [trust, exchange].compactMap(\.self),
                        reference: state.reference
                    ).lines(columns: columns)
                    + sources(in: state).flatMap { $0.wrapped(to: columns) }.map { Line($0, .faint) }
            },
            right: { _ in users + more },
            hasSeparator: false
        ).lines(columns: columns)
    }
}

extension RoleState.Entry {
    private func sources(in state: ConsoleState) -> [String] {
        let inspections = mappings.prefix(20).compactMap { state.trust[$0].inspection }
        let latest = inspections.max { $0.at < $1.at }
        return latest?.readings.map { $0.text(at: state.now) } ?? []
    }
}

extension StepRecord {
    /// Creates a step from the verdict of the trust policy.
    ///
    /// Returns `nil` if the verdict is unknown, or if the explanation is about another role.
    fileprivate init?(_ explanation: Explanation) {
        guard explanation.causes.first?.isHubFailure != true, let headline = explanation.headline?.text else {
            return nil
        }
        switch explanation.decision {
        case .allow: self.init(step: .trust, outcome: .ok, duration: .zero, note: headline)
        case .undetermined: return nil
        case .deny, .explicitDeny, .invalid:
            let failure = Failure(
                kind: .refused,
                code: explanation.decision.code,
                message: headline,
                fix: explanation.causes.first?.adviceWithoutCommands ?? ""
            )
            self.init(step: .trust, outcome: .warn, duration: .zero, failure: failure)
        }
    }

    fileprivate var result: Line {
        outcome.mark + Line(" " + (failure?.code ?? outcome.rawValue), outcome == .failed ? .bad : .text)
    }
}
