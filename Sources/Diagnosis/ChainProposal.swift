import Federation
import TrustPolicy

/// A changed trust policy that allows a hub's role and has passed safety checks.
///
/// The checks:
///
/// - IAM accepts the document.
/// - The hub's call is allowed, or the decision depends only on unknown values.
/// - No caller in ``otherCallers(than:in:)`` is newly allowed.
/// - The lint reports no new finding of high severity.
struct ChainProposal {
    let policy: TrustPolicy
    /// The change, as the beginning of a sentence.
    let advice: String

    /// - Throws: ``NoProposal`` if no change passes the checks.
    init(for verdict: TrustVerdict, in context: DiagnosisContext) throws(NoProposal) {
        guard let old = context.policy, let chain = context.chain else { throw .unknown("the trust policy") }
        if let session = old.requiredSession(of: chain.hub.roleARN, in: verdict) {
            throw .sessionRequired(session.name)
        }
        let actions = ["sts:AssumeRole"] + chain.mapping.furtherActions
        var candidates: [(TrustPolicy, String)] = []
        if let index = verdict.decidingStatement {
            let nearest = old.statements[index]
            let isOpen = verdict.statements[index].conditions.allSatisfy { $0.outcome != .no }
            if nearest.effect == .allow, verdict.statements[index].principalMatch == .direct, isOpen,
                !nearest.action.isNegated
            {
                let missing = actions.filter { !nearest.action.matches($0) }
                candidates.append(
                    (
                        old.replacing(index, with: nearest.adding(actions: missing)),
                        "The following command adds \(missing.joined(separator: " and "))"
                    )
                )
            }
        }
        let nearest = old.nearestStatement(toSessionCallIn: verdict)
        let unmet = Self.unmetConditions(verdict, in: context)
        var reason = NoProposal.invalid
        if unmet.isEmpty {
            candidates.append(
                (
                    old.appending(
                        Self.statement(
                            for: chain,
                            actions,
                            keeping: nearest?.conditions.map(\.condition) ?? [],
                            old.version
                        )
                    ),
                    "Alternatively, add a statement that allows only the hub's role"
                )
            )
        } else {
            reason = .unmetConditions(unmet.map(\.condition.key))
        }
        for (candidate, text) in candidates {
            do throws(NoProposal) {
                policy = try Self.proven(candidate, replacing: old, chain, in: context)
                advice =
                    text + NoProposal.deletionRemark(old)
                    + NoProposal.undocumentedKeyRemark(policy, replacing: old)
                return
            } catch {
                reason = error
            }
        }
        throw reason
    }

    /// Returns the failed conditions of the statement for AWS principals that is closest to a match.
    ///
    /// A new statement without these conditions would bypass the restrictions of the existing statement.
    static func unmetConditions(
        _ verdict: TrustVerdict,
        in context: DiagnosisContext
    ) -> [ConditionVerdict] {
        let nearest = context.policy?.nearestStatement(toSessionCallIn: verdict)
        return nearest?.conditions.filter { $0.outcome == .no } ?? []
    }

    private static func statement(
        for chain: ChainEvidence,
        _ actions: [String],
        keeping conditions: [Condition],
        _ version: TrustPolicy.Version
    ) -> TrustStatement {
        let key = "sts:ExternalId"
        var conditions = conditions
        if let id = chain.mapping.chained?.externalID, let equals = ConditionOperator("StringEquals") {
            // The call meets every kept condition, so a kept StringEquals condition on sts:ExternalId lists this call's
            // ID. The new condition replaces the kept condition, because the new condition lists no other ID.
            conditions.removeAll { $0.operator == equals && $0.foldedKey == key.lowercased() }
            conditions.append(Condition(operator: equals, key: key, values: [id], version: version))
        }
        return TrustStatement(
            sid: nil,
            effect: .allow,
            principal: PrincipalElement(members: [.aws: [chain.hub.roleARN.description]]),
            action: ActionElement(isNegated: false, names: actions),
            conditions: conditions
        )
    }

    private static func proven(
        _ proposed: TrustPolicy,
        replacing old: TrustPolicy,
        _ chain: ChainEvidence,
        in context: DiagnosisContext
    ) throws(NoProposal) -> TrustPolicy {
        try NoProposal.checkRole(chain.mapping.roleARN)
        let policy = try NoProposal.parsed(
            NoProposal.withoutDeletedPrincipals(proposed),
            replacing: old
        )
        guard let verdict = context.chainVerdict(of: policy) else { throw .unknown("the hub's call") }
        guard verdict.decision == .allow || verdict.decision == .undetermined else {
            throw NoProposal(denial: verdict, of: policy, replacing: old)
        }
        let allowsNoOthers = otherCallers(than: chain, in: old).allSatisfy { other in
            let decision = context.chainVerdict(of: policy, ofAnyCallBy: other)?.decision
            return decision?.isDenial ?? true
                || decision == context.chainVerdict(of: old, ofAnyCallBy: other)?.decision
        }
        guard allowsNoOthers else { throw .allowsOtherRoles }
        if let finding = policy.highFindingIDs.subtracting(old.highFindingIDs).min() {
            throw .weakness(finding)
        }
        return policy
    }

    /// Returns copies of the mapping with different hubs, with a different external ID, or without an external ID.
    private static func otherCallers(than chain: ChainEvidence, in policy: TrustPolicy) -> [RoleMapping] {
        var mappings = ChainComparison.otherHubs(than: chain, in: policy)
        if var session = chain.mapping.chained, session.externalID != nil {
            for id in [nil, "cambist-other"] {
                session.externalID = id
                var mapping = chain.mapping
                mapping.assumption = .hub(chain.hub, session)
                mappings.append(mapping)
            }
        }
        return mappings
    }
}

extension TrustPolicy {
    fileprivate var highFindingIDs: Set<String> {
        Set(lint().filter { $0.severity == .high }.map(\.id))
    }
}
