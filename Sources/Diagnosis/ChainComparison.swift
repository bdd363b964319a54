import Federation
import TrustPolicy

/// Compares a changed trust policy with the former policy, for calls by roles other than the hub's role.
struct ChainComparison {
    private let old: TrustPolicy
    private let new: TrustPolicy
    private let hub: RoleARN
    private let others: [RoleMapping]
    private let context: DiagnosisContext

    /// Creates a comparison of each old statement with the new statement at the same index; `nil` without a hub.
    init?(of new: TrustPolicy, with old: TrustPolicy, in context: DiagnosisContext) {
        guard let chain = context.chain else { return nil }
        self.old = old
        self.new = new
        hub = chain.hub.roleARN
        others = Self.otherHubs(than: chain, in: old)
        self.context = context
    }

    /// Whether the new policy allows no additional role except the hub's role.
    ///
    /// The sample roles of ``otherHubs(than:in:)`` represent all other roles.
    var allowsNoOthers: Bool {
        zip(old.statements, new.statements).allSatisfy { former, changed in
            former == changed
                || (former.effect == .deny
                    ? deniesAsMuch(changed, former) : allowsNoMore(changed, than: former))
        }
    }

    private func allowsNoMore(_ changed: TrustStatement, than former: TrustStatement) -> Bool {
        let isWider = changed.action != former.action || changed.conditions != former.conditions
        guard !isWider || former.principal.namesOnlyRolesAndAccounts else { return false }
        let alone = old.replacingStatements(by: [changed])
        // An added principal for the hub has no effect on other roles.
        let extended = former.keeping(.aws, former.principal.members[.aws, default: []] + [hub.description])
        return others.allSatisfy { other in
            guard let verdict = context.chainVerdict(of: alone, ofAnyCallBy: other),
                !verdict.decision.isDenial,
                let values = context.chainContext(ofAnyCallBy: other)
            else { return true }
            return context.chainVerdict(of: old, ofAnyCallBy: other)?.decision == .allow
                || changed.isAsNarrow(as: extended ?? former, for: .other, in: values)
        }
    }

    /// Whether a changed Deny statement denies other roles at least as much as before.
    ///
    /// Also `true` if all Allow statements of the new policy trust only the hub's role.
    private func deniesAsMuch(_ changed: TrustStatement, _ former: TrustStatement) -> Bool {
        others.allSatisfy { other in
            context.chainContext(ofAnyCallBy: other).map {
                former.exemptsRole(in: $0) || former.isAsNarrow(as: changed, for: .other, in: $0)
            } ?? false
        }
            || new.statements.allSatisfy { statement in
                statement.effect == .deny || statement.principal.members == [.aws: [hub.description]]
            }
    }

    /// Returns copies of the mapping with sample roles as hubs.
    ///
    /// The sample roles represent all roles except the hub's role:
    ///
    /// - each other role that the policy names
    /// - a role in the hub's account, and in each account that the policy names
    /// - a role with the hub's name in an unrelated account
    static func otherHubs(than chain: ChainEvidence, in policy: TrustPolicy) -> [RoleMapping] {
        let hub = chain.hub.roleARN
        let partition = hub.partition.rawValue
        let named = policy.statements.flatMap { $0.principal.members[.aws, default: []] }
        let accounts = [hub.account] + named.compactMap(\.accountOfPrincipal)
        let others =
            accounts.map { "arn:\(partition):iam::\($0):role/cambist-other" }
            + ["arn:\(partition):iam::000000000000:role/\(hub.name)"]
            + named.filter { $0 != hub.description }
        return Set(others).sorted().compactMap(RoleARN.init).map { role in
            var (mapping, other) = (chain.mapping, chain.hub)
            other.roleARN = role
            mapping.assumption = .hub(other, chain.mapping.chained ?? ChainedSession())
            return mapping
        }
    }
}

extension TrustStatement {
    /// Whether a condition on `aws:PrincipalArn` excludes a caller with these values from the statement.
    fileprivate func exemptsRole(in values: RequestContext) -> Bool {
        conditions.contains { condition in
            condition.foldedKey == "aws:principalarn" && condition.evaluate(in: values).outcome == .no
        }
    }
}

extension PrincipalElement {
    /// Whether every principal is a role, an account, or the ID of a deleted principal.
    fileprivate var namesOnlyRolesAndAccounts: Bool {
        members.keys.allSatisfy { $0 == .aws }
            && members[.aws, default: []].allSatisfy {
                RoleARN($0) != nil || $0.accountOfPrincipal != nil || $0.isPrincipalID
            }
    }
}

extension String {
    /// The account that this principal of a statement names: `111122223333`, or the ARN of the account's root.
    fileprivate var accountOfPrincipal: String? {
        if let arn = ARN(self) { return arn.resource == "root" ? arn.account : nil }
        return utf8.count == 12 && allSatisfy(\.isNumber) ? self : nil
    }
}
