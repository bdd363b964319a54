import Federation

/// The identities with the audiences that tokens are asked for, and the last token of each.
package struct IdentityState: Hashable, Sendable {
    /// One identity and one audience.
    struct Entry: Sortable {
        let identity: ManagedIdentity
        let audience: String
        let mappings: [RoleMapping.ID]
        var token: TokenFacts?
        /// What the source said when it was asked last.
        var step: StepRecord?

        static let sortKeys: [SortKey<Entry>] = [
            SortKey("IDENTITY") { .text("\($0.identity.id) \($0.audience)") },
            SortKey("SOURCE") { .text(($0.token?.source ?? $0.identity.source).rawValue) },
            SortKey("AUDIENCE") { .text($0.audience) },
            SortKey("TOKEN") { SortValue($0.token?.claims.expiry) },
            SortKey("GIVEN") { SortValue($0.token?.received) },
            SortKey("CACHE") { SortValue($0.token.map { $0.seenBefore ? 1 : 0 }) },
            SortKey("MAPPINGS") { SortValue(Double($0.mappings.count)) },
        ]
    }

    private struct Key: Hashable {
        let identity: ManagedIdentity.ID
        let audience: String
    }

    var entries = SortedList<Entry>(order: ListOrder("IDENTITY"))
    private var indices: [Key: Int] = [:]

    init() {}

    /// Takes another configuration; the tokens that were seen are seen anew.
    mutating func replace(with configuration: Configuration) {
        let groups = Dictionary(grouping: configuration.mappings) {
            Key(identity: $0.identity, audience: $0.audience)
        }
        let keys = groups.keys.sorted { ($0.identity, $0.audience) < ($1.identity, $1.audience) }
        let identities = Dictionary(configuration.identities.map { ($0.id, $0) }) { first, _ in first }
        let list = keys.map { key in
            let identity = identities[key.identity] ?? ManagedIdentity(id: key.identity)
            return Entry(identity: identity, audience: key.audience, mappings: groups[key]?.map(\.id) ?? [])
        }
        indices = Dictionary(uniqueKeysWithValues: zip(keys, keys.indices))
        entries.replace(with: list) { "\($0.identity.id) \($0.identity.source.rawValue) \($0.audience)" }
    }

    /// Takes what an exchange told about the token of its mapping.
    mutating func learn(_ record: ExchangeRecord, of mapping: RoleMapping) {
        guard let index = indices[Key(identity: mapping.identity, audience: mapping.audience)] else { return }
        entries.modify(at: index) { entry in
            entry.token = record.token ?? entry.token
            entry.step = record.steps.first { $0.step == .token } ?? entry.step
        }
    }
}
