import Federation

/// The roles that the mappings assume, and what was last heard of each.
package struct RoleBook: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        let roleARN: RoleARN
        let mappings: [RoleMapping.ID]
        /// The longest session that a mapping asks of it.
        let duration: Duration
        /// What its trust policy was found to say.
        var trust: StepRecord?
        /// What STS said.
        var exchange: StepRecord?
    }

    var entries = Directory<Entry>()
    private var indices: [RoleARN: Int] = [:]

    init() {}

    mutating func replace(with mappings: [RoleMapping]) {
        let groups = Dictionary(grouping: mappings, by: \.roleARN)
        let roles = groups.keys.map { ($0, $0.description) }.sorted { $0.1 < $1.1 }.map(\.0)
        let list = roles.map { role in
            let users = groups[role] ?? []
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
