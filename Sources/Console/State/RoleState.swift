import Federation

/// The roles that the mappings assume, and what was last heard of each.
package struct RoleState: Hashable, Sendable {
    struct Entry: Sortable {
        let roleARN: RoleARN
        let mappings: [RoleMapping.ID]
        /// The longest session that a mapping asks of it.
        let duration: Duration
        /// What its trust policy was found to say.
        var trust: StepRecord?
        /// What STS said.
        var exchange: StepRecord?

        static let sortKeys: [SortKey<Entry>] = [
            SortKey("ROLE") { .text($0.roleARN.name) },
            SortKey("ACCOUNT") { .text("\($0.roleARN.account) \($0.roleARN.name)") },
            SortKey("TRUST") { SortValue($0.trust) },
            SortKey("STS") { SortValue($0.exchange) },
            SortKey("SESSION") { SortValue($0.duration.seconds) },
            SortKey("MAPPINGS") { SortValue(Double($0.mappings.count)) },
        ]
    }

    var entries = SortedList<Entry>(order: ListOrder("ACCOUNT"))
    private var indices: [RoleARN: Int] = [:]

    init() {}

    mutating func replace(with mappings: [RoleMapping]) {
        let groups = Dictionary(grouping: mappings.indices) { mappings[$0].roleARN }
        let roles = groups.keys.map { ($0, $0.description) }.sorted { $0.1 < $1.1 }.map(\.0)
        let list = roles.map { role in
            let users = (groups[role] ?? []).map { mappings[$0] }
            return Entry(
                roleARN: role,
                mappings: users.map(\.id),
                duration: users.map(\.duration).max() ?? .zero
            )
        }
        indices = Dictionary(uniqueKeysWithValues: zip(roles, roles.indices))
        entries.replace(with: list) {
            ([$0.roleARN.description] + $0.mappings.prefix(100)).joined(separator: " ")
        }
    }

    /// Takes what an exchange told about its role; a step that was left out tells nothing.
    mutating func learn(_ record: ExchangeRecord) {
        guard let index = indices[record.roleARN] else { return }
        entries.modify(at: index) { entry in
            for step in record.steps where step.outcome != .skipped {
                if step.step == .trust { entry.trust = step }
                if step.step == .exchange { entry.exchange = step }
            }
        }
    }
}

extension SortValue {
    /// A step by how it ended, the worst first, and why.
    init(_ step: StepRecord?) {
        guard let step else {
            self = .absent
            return
        }
        let rank = [StepOutcome.failed, .warn, .skipped, .ok].firstIndex(of: step.outcome) ?? 0
        self = .text("\(rank) \(step.failure?.code ?? "")")
    }
}
