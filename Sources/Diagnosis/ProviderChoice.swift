import Federation

/// Which of the known records is the provider that STS finds for a token.
///
/// STS looks in the account of the role. Where no role is named, one record is taken for it; of several in different
/// accounts that one which the trust policy trusts, for a policy names the provider of its own account as a rule.
struct ProviderChoice: Hashable, Sendable {
    /// The record; one of another account than the role's when there is none better.
    let record: OIDCProvider?
    /// Whether the role's account is known to be the record's, or nothing speaks against it.
    let isReached: Bool
    /// The records between which nothing decides, or which the policy alone decided against; empty for one record.
    let rivals: [OIDCProvider]

    /// Chooses among the records of an issuer.
    init(among records: [OIDCProvider], issuer: String?, role: RoleARN?, trusted: [String]) {
        let url = issuer.map(OIDCProvider.hostAndPath)
        var seen: Set<OIDCProvider> = []
        let own = records.filter { $0.url == url && seen.insert($0).inserted }
        let near = own.filter { Self.canReach($0, from: role) }
        guard near.count > 1 else {
            record = near.first ?? own.first
            isReached = !near.isEmpty
            rivals = []
            return
        }
        let named = near.filter { provider in provider.arn.map(trusted.contains) ?? false }
        record = named.count == 1 ? named.first : nil
        isReached = named.count == 1
        rivals = near
    }

    /// The record, where the role's account has it.
    var reached: OIDCProvider? { isReached ? record : nil }
    /// Whether several records are left and nothing decides between them.
    var isOpen: Bool { record == nil && !rivals.isEmpty }
    /// Whether the policy alone decided between several.
    var isAssumed: Bool { record != nil && !rivals.isEmpty }

    private static func canReach(_ provider: OIDCProvider, from role: RoleARN?) -> Bool {
        guard let role, let arn = provider.arn.flatMap(ARN.init) else { return true }
        return arn.account == role.account
    }
}
