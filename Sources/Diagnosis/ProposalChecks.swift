import Federation
import TrustPolicy

// The checks that a proposed trust policy bypasses no restriction and allows no other callers.
extension PolicyProposal {
    /// Checks that each statement that newly allows the token has the further conditions of a statement about the token.
    ///
    /// - Throws: ``NoProposal`` if a statement would allow the token without them.
    static func checkRestrictions(
        _ policy: TrustPolicy,
        replacing old: TrustPolicy,
        in context: DiagnosisContext
    ) throws(NoProposal) {
        guard let claims = context.claims else { return }
        for action in ["sts:AssumeRoleWithWebIdentity"] + claims.additionalActions {
            guard let before = context.verdict(of: old, action: action), before.decision != .allow,
                let after = context.verdict(of: policy, action: action)
            else { continue }
            let restrictions = before.statements.filter(\.concernsCaller).map { outcome in
                let statement = old.statements[outcome.index]
                return (
                    index: outcome.index, conditions: statement.conditions,
                    kept: statement.conditionsToKeep(for: claims)
                )
            }
            guard let first = restrictions.first, !restrictions.contains(where: \.kept.isEmpty) else {
                continue
            }
            let isBypassed = after.statements.contains { outcome in
                guard outcome.effect == .allow, outcome.outcome != .no else { return false }
                let conditions = policy.statements[outcome.index].conditions
                let isFormer = before.statements.contains { former in
                    former.effect == .allow && former.outcome != .no
                        && old.statements[former.index].conditions == conditions
                }
                return !isFormer
                    && !restrictions.contains { restriction in
                        conditions == restriction.conditions || conditions.contains(all: restriction.kept)
                    }
            }
            if isBypassed {
                throw .restricted(statement: first.index, keys: Set(first.kept.map(\.key)).sorted())
            }
        }
    }

    /// Whether no token with another subject, audience, or issuer becomes newly allowed, with the request's values or with
    /// values that its caller chooses.
    static func allowsNoNewTokens(
        _ policy: TrustPolicy,
        replacing old: TrustPolicy,
        in context: DiagnosisContext
    ) -> Bool {
        guard let claims = context.claims else { return false }
        let unrelatedID = JSONValue.string("00000000-0000-0000-0000-000000000000")
        let changes: [[String: JSONValue?]] = [
            ["sub": unrelatedID, "oid": unrelatedID], ["sub": nil],
            ["sub": .string((claims.subject ?? "") + "x")],
            ["aud": unrelatedID, "azp": nil], ["aud": nil, "azp": nil],
            ["iss": .string("https://sts.windows.net/00000000-0000-0000-0000-000000000000/")],
            ["sub": .string("repo:other/other:ref:refs/heads/main"), "repository": .string("other/other")],
            ["sub": nil, "aud": nil, "azp": nil],
        ]
        let named = policy.texts(of: "sub").filter { $0 != claims.subject }.map {
            ["sub": JSONValue.string($0)] as [String: JSONValue?]
        }
        let audiences = policy.texts(of: "aud").filter { !claims.effectiveAudiences.contains($0) }.map {
            ["aud": .string($0), "azp": nil] as [String: JSONValue?]
        }
        return (changes + named + audiences).allSatisfy { change in
            var payload = claims.payload
            for (name, value) in change { payload[name] = value }
            let other = Claims(header: claims.header, payload: payload)
            guard let new = context.fullVerdict(of: policy, for: other)?.decision else { return true }
            guard new.isDenial || new == context.fullVerdict(of: old, for: other)?.decision else {
                return false
            }
            return (["sts:AssumeRoleWithWebIdentity"] + other.additionalActions).allSatisfy { action in
                allowsNoNewCalls(policy, replacing: old, for: other, action: action, in: context)
            }
        }
    }

    /// Whether each statement that may allow an action to another token, with some values that its caller chooses, has a
    /// statement in the old policy that may allow the action to the same extent.
    private static func allowsNoNewCalls(
        _ policy: TrustPolicy,
        replacing old: TrustPolicy,
        for other: Claims,
        action: String,
        in context: DiagnosisContext
    ) -> Bool {
        func outcomes(_ policy: TrustPolicy) -> [StatementVerdict] {
            let verdict = context.verdict(of: policy, for: other, action: action, withAnyChosenValues: true)
            return verdict?.statements.filter { $0.effect == .allow && $0.outcome != .no } ?? []
        }
        let before = outcomes(old)
        return outcomes(policy).allSatisfy { new in
            let conditions = policy.statements[new.index].conditions
            return before.contains { former in
                let isSame =
                    former.index == new.index
                    || conditions.isAsNarrow(as: old.statements[former.index].conditions)
                return isSame && (former.outcome == .yes || new.outcome == .unknown)
            }
        }
    }
}

extension [Condition] {
    /// Whether the array contains all the other conditions, in any version of the policy language.
    fileprivate func contains(all others: [Condition]) -> Bool {
        others.allSatisfy { other in contains { $0.isEqual(to: other) } }
    }

    /// Whether each of the former conditions is among these conditions, with the same values or with fewer.
    fileprivate func isAsNarrow(as former: [Condition]) -> Bool {
        former.allSatisfy { old in
            contains { new in
                new.isEqual(to: old)
                    || new.operator == old.operator && new.foldedKey == old.foldedKey
                        && new.operator.comparison != .null && !new.operator.comparison.isNegated
                        && Set(new.values).isSubset(of: old.values)
            }
        }
    }
}

extension DiagnosisContext {
    /// The verdict of a policy on all actions that a token needs.
    func fullVerdict(of policy: TrustPolicy, for other: Claims? = nil) -> TrustVerdict? {
        let actions = ["sts:AssumeRoleWithWebIdentity"] + ((other ?? claims)?.additionalActions ?? [])
        let verdicts = actions.compactMap { verdict(of: policy, for: other, action: $0) }
        return TrustVerdict.deciding(verdicts)
    }
}

extension TrustPolicy {
    /// The values of the conditions on a provider's key, with wildcards replaced by letters.
    fileprivate func texts(of name: String) -> [String] {
        let conditions = statements.flatMap(\.conditions).filter {
            OIDCKey($0.key)?.name.lowercased() == name
        }
        let values = conditions.flatMap(\.values).map {
            $0.replacing("*", with: "x").replacing("?", with: "x")
        }
        return Set(values).sorted()
    }
}
