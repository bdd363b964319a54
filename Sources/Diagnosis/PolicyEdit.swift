import Federation
import TrustPolicy

/// A change of a trust policy, with its description in sentences.
///
/// An operator may make the change by hand, so explanations describe only a change that passes ``check(_:of:in:)``.
struct PolicyEdit {
    /// The changed part of the policy.
    enum Part {
        case version
        /// Replaces the ARNs of providers.
        case providers([String], by: String)
        /// Adds a role to the AWS principals.
        case role(RoleARN)
        case actions([String])
        /// Replaces a condition.
        ///
        /// The list is empty if the description allows several replacements. For an empty list, the checks assume that
        /// the condition is removed, because no replacement allows more.
        case condition(Condition, by: [Condition])
        /// Puts the OIDC providers into a separate statement without this condition.
        case separation(without: Condition)
        /// Removes a Deny statement.
        ///
        /// If the description allows several changes of the statement, the checks assume that the statement is removed.
        case denial
        /// Restricts a Deny statement to calls without a token from these providers.
        case denialOfTokens(providers: [String])
    }

    /// The change, as one or more sentences.
    let words: String
    let part: Part

    /// Returns the policy with the change in one of its statements.
    func applied(to policy: TrustPolicy, at index: Int) -> TrustPolicy {
        let statement = policy.statements[index]
        switch part {
        case .version: return policy.withVariables
        case .providers(let former, let provider):
            let rest = statement.principal.members[.federated, default: []].filter { !former.contains($0) }
            return statement.keeping(.federated, rest + [provider]).map { policy.replacing(index, with: $0) }
                ?? policy
        case .role(let role):
            let roles = statement.principal.members[.aws, default: []] + [role.description]
            return statement.keeping(.aws, roles).map { policy.replacing(index, with: $0) } ?? policy
        case .actions(let actions):
            return policy.replacing(index, with: statement.adding(actions: actions))
        case .condition(let former, let replacements):
            let rest = statement.conditions.filter { condition in
                condition != former
                    && !replacements.contains {
                        $0.operator == condition.operator && $0.foldedKey == condition.foldedKey
                    }
            }
            return policy.replacing(index, with: statement.replacingConditions(by: rest + replacements))
        case .separation(let condition):
            let rest = statement.conditions.filter { $0 != condition }
            guard let separate = statement.keepingOnly(.federated)?.replacingConditions(by: rest) else {
                return policy
            }
            let changed = policy.replacing(index, with: separate)
            return statement.keeping(.federated, []).map(changed.appending) ?? changed
        case .denial: return policy.replacing(index, with: statement.withoutActions)
        case .denialOfTokens(let providers):
            let exemptions = providers.compactMap { provider in
                ConditionOperator("Null").map {
                    Condition(operator: $0, key: "\(provider):aud", values: ["true"], version: policy.version)
                }
            }
            return policy.replacing(
                index,
                with: statement.replacingConditions(by: statement.conditions + exemptions)
            )
        }
    }

    /// Returns the policy with all changes to one statement.
    static func applying(_ edits: [PolicyEdit], to policy: TrustPolicy, at index: Int) -> TrustPolicy {
        edits.sorted { $0.order < $1.order }.reduce(policy) { $1.applied(to: $0, at: index) }
    }

    /// The position of this kind of change if several changes are applied.
    ///
    /// A separation follows the other changes of the statement, because the separate statement must include those
    /// changes. A change of the version is last, because the other changes search for conditions with the old version.
    private var order: Int {
        switch part {
        case .providers, .role, .actions, .condition, .denial, .denialOfTokens: 0
        case .separation: 1
        case .version: 2
        }
    }

    /// Checks the changes of a statement, each alone and all together.
    ///
    /// No change may do any of the following:
    /// - undo a decision not to allow the token
    /// - bypass a condition that restricts the token
    /// - allow another identity
    /// - remove another identity's access
    ///
    /// - Throws: ``NoProposal`` if a change fails a check.
    static func check(_ edits: [PolicyEdit], of index: Int, in context: DiagnosisContext) throws(NoProposal) {
        guard let policy = context.policy, !edits.isEmpty else { return }
        let isAllow = policy.statements[index].effect == .allow
        let excluding = isAllow ? context.verdict?.statementsExcludingToken(exceptIn: index) ?? [] : []
        guard excluding.isEmpty else { throw .excluded(statements: excluding) }
        if isAllow { try NoProposal.checkDecisions(of: index, in: context) }
        var steps = edits.map { $0.applied(to: policy, at: index) }
        if edits.count > 1 { steps.append(applying(edits, to: policy, at: index)) }
        for edited in steps {
            if let comparison = ChainComparison(of: edited, with: policy, in: context) {
                guard comparison.allowsNoOthers else { throw .allowsOtherRoles }
                continue
            }
            guard let comparison = PolicyComparison(of: edited, with: policy, in: context) else { continue }
            try comparison.checkRestrictions(editing: index)
            guard comparison.allowsNoOthers(exceptOwnSubject: true) else { throw .allowsOthers }
            guard comparison.keepsOthers else { throw .removesOthers }
        }
    }

    /// Returns the error of ``check(_:of:in:)`` for the changes of a statement, if any.
    static func refusal(
        of edits: [PolicyEdit],
        in index: Int,
        _ context: DiagnosisContext
    ) -> NoProposal? {
        do throws(NoProposal) {
            try check(edits, of: index, in: context)
            return nil
        } catch {
            return error
        }
    }

    var changesVersion: Bool { if case .version = part { true } else { false } }
}

extension TrustStatement {
    /// The statement with additional actions; a statement with `NotAction` is unchanged.
    func adding(actions: [String]) -> TrustStatement {
        guard !action.isNegated else { return self }
        return TrustStatement(
            sid: sid,
            effect: effect,
            principal: principal,
            action: ActionElement(isNegated: false, names: action.names + actions),
            conditions: conditions
        )
    }

    /// The statement with only the principals of this kind; `nil` if the statement has none.
    fileprivate func keepingOnly(_ kind: PrincipalElement.Kind) -> TrustStatement? {
        principal.members[kind].map { names in
            TrustStatement(
                sid: sid,
                effect: effect,
                principal: PrincipalElement(members: [kind: names]),
                action: action,
                conditions: conditions
            )
        }
    }

    /// The statement without actions, which matches no request.
    var withoutActions: TrustStatement {
        TrustStatement(
            sid: sid,
            effect: effect,
            principal: principal,
            action: ActionElement(isNegated: false, names: []),
            conditions: conditions
        )
    }

    func replacingConditions(by conditions: [Condition]) -> TrustStatement {
        TrustStatement(
            sid: sid,
            effect: effect,
            principal: principal,
            action: action,
            conditions: conditions
        )
    }
}
