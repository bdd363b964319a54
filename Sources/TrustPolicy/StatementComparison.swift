import Federation

// Comparison of the calls that two statements match, without evaluating the statements.

extension TrustStatement {
    /// The kinds of callers for which two statements are compared.
    package enum Callers: CaseIterable {
        /// Callers with a token of an OIDC provider or of a provider that is built into AWS.
        case token
        /// All other callers: AWS principals, services, and identities of SAML providers.
        case other
    }

    /// Whether `other` matches every call by `callers` that this statement matches.
    ///
    /// The comparison is conservative: it requires that the principals and actions are among the other statement's, and
    /// that this statement has each condition of the other statement, with the same values, with fewer, or, for a
    /// negated operator, with more.
    package func isAsNarrow(as other: TrustStatement, for callers: Callers) -> Bool {
        effect == other.effect
            && principal.isAsNarrow(as: other.principal, for: callers)
            && action.isAsNarrow(as: other.action, for: callers)
            && conditions.isAsNarrow(as: other.conditions)
    }

    /// Whether `other` matches each call by `callers` that this statement matches and that has the values in `context`.
    ///
    /// A condition of `other` that the values in `context` meet need not be in this statement.
    package func isAsNarrow(
        as other: TrustStatement,
        for callers: Callers,
        in context: RequestContext
    ) -> Bool {
        effect == other.effect
            && principal.isAsNarrow(as: other.principal, for: callers)
            && action.isAsNarrow(as: other.action, for: callers)
            && other.conditions.allSatisfy { condition in
                condition.evaluate(in: context).outcome == .yes || conditions.isAsNarrow(as: [condition])
            }
    }

    /// The issuers of the providers that the statement names as principals.
    package var tokenIssuers: [String] {
        principal.members[.federated, default: []].compactMap { name in
            if let provider = OIDCProvider(arn: name) { return "https://\(provider.url)" }
            return name.contains(":") ? nil : "https://\(name)"
        }
    }

    /// Whether the statement may match a caller of the kind ``Callers/other``.
    ///
    /// - Parameter provider: The URL of a token's provider, without `https://`.
    /// - Returns: `false` if the statement has no principal of this kind, or a condition requires a claim of the provider.
    package func mayMatchOtherCallers(thanTokensOf provider: String) -> Bool {
        guard !principal.principals(.other).isEmpty else { return false }
        let isRefused = conditions.contains { condition in
            OIDCKey(condition.key)?.provider.lowercased() == provider.lowercased()
                && condition.evaluate(in: RequestContext()).outcome == .no
        }
        return !isRefused
    }
}

extension PrincipalElement {
    /// The principals of one kind of caller.
    fileprivate func principals(_ callers: TrustStatement.Callers) -> Set<String> {
        let isToken = callers == .token
        var principals: Set<String> = []
        for (kind, names) in members {
            for name in names {
                let isProvider = kind == .federated && !name.contains(":saml-provider/")
                let isEveryone = kind == .aws && name == "*"
                if isProvider == isToken || isEveryone { principals.insert("\(kind.rawValue) \(name)") }
            }
        }
        return principals
    }

    fileprivate func isAsNarrow(as other: PrincipalElement, for callers: TrustStatement.Callers) -> Bool {
        other.includesEveryone || principals(callers).isSubset(of: other.principals(callers))
    }
}

extension ActionElement {
    fileprivate func isAsNarrow(as other: ActionElement, for callers: TrustStatement.Callers) -> Bool {
        if !isNegated, names.isEmpty { return true }
        guard !isNegated, !other.isNegated else { return self == other }
        // Only a caller with a token calls AssumeRoleWithWebIdentity.
        let exempt = callers == .token ? nil : "sts:assumerolewithwebidentity"
        return names.allSatisfy { name in
            name.lowercased() == exempt
                || other.names.contains { $0.lowercased() == name.lowercased() }
                || !name.contains { "*?".contains($0) } && other.matches(name)
        }
    }
}

extension [Condition] {
    /// Whether these conditions include each former condition, with the same or with narrower values.
    package func isAsNarrow(as former: [Condition]) -> Bool {
        former.allSatisfy { old in contains { $0.isAsNarrow(as: old) } }
    }

    /// Whether the array contains all the other conditions, ignoring the version of the policy language.
    package func contains(all others: [Condition]) -> Bool {
        others.allSatisfy { other in
            contains {
                $0.operator == other.operator && $0.foldedKey == other.foldedKey && $0.values == other.values
            }
        }
    }
}

extension Condition {
    /// Whether a request that meets this condition also meets the other condition.
    ///
    /// A value with `${` has a different meaning in each version of the policy language.
    fileprivate func isAsNarrow(as other: Condition) -> Bool {
        guard `operator` == other.operator, foldedKey == other.foldedKey,
            version == other.version || !(values + other.values).contains(where: { $0.contains("${") })
        else { return false }
        if values == other.values { return true }
        let (own, others) = (Set(values), Set(other.values))
        return `operator`.comparison.isNegated ? own.isSuperset(of: others) : own.isSubset(of: others)
    }
}
