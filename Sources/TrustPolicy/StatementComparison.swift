import Federation

// Comparison of two statements by their elements, without evaluating the statements for a request.

extension TrustStatement {
    /// The kinds of callers.
    package enum Callers: CaseIterable {
        /// Callers with a token of an OIDC provider or of a provider that is built into AWS.
        case token
        /// Other callers: AWS principals, services, and identities of SAML providers.
        case other
    }

    /// Returns whether `other` certainly matches every call by `callers` that this statement matches.
    ///
    /// The function requires two things:
    /// - The other statement includes this statement's principals and actions.
    /// - For each condition of the other statement, this statement has the same condition or a narrower one. A narrower
    ///   condition has fewer values, or more values for a negated operator.
    package func isAsNarrow(as other: TrustStatement, for callers: Callers) -> Bool {
        effect == other.effect
            && principal.isAsNarrow(as: other.principal, for: callers)
            && action.isAsNarrow(as: other.action, for: callers)
            && conditions.isAsNarrow(as: other.conditions)
    }

    /// Returns whether `other` certainly matches every call that this statement matches, for the values in `context`.
    ///
    /// Only calls by `callers` count. Conditions of `other` that succeed for the values in `context` are ignored.
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

    /// The issuer URLs of the providers that the statement names as principals.
    package var tokenIssuers: [String] {
        principal.members[.federated, default: []].compactMap { name in
            if let provider = OIDCProvider(arn: name) { return "https://\(provider.url)" }
            return name.contains(":") ? nil : "https://\(name)"
        }
    }

    /// Returns whether the statement may match ``Callers/other`` (callers without a token).
    ///
    /// - Parameter provider: The URL of a token's provider, without `https://`.
    /// - Returns: `false` if all principals need a token, or if a condition requires a claim of the provider.
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
    /// Returns the principals of one kind of caller.
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
        // Callers without a token never call AssumeRoleWithWebIdentity.
        let exempt = callers == .token ? nil : "sts:assumerolewithwebidentity"
        return names.allSatisfy { name in
            name.lowercased() == exempt
                || other.names.contains { $0.lowercased() == name.lowercased() }
                || !name.contains { "*?".contains($0) } && other.matches(name)
        }
    }
}

extension [Condition] {
    /// Returns whether each former condition is still among these conditions, with the same or narrower values.
    package func isAsNarrow(as former: [Condition]) -> Bool {
        former.allSatisfy { old in contains { $0.isAsNarrow(as: old) } }
    }

    /// Returns whether these conditions include all of `others`, ignoring the policy version.
    package func contains(all others: [Condition]) -> Bool {
        others.allSatisfy { other in
            contains {
                $0.operator == other.operator && $0.foldedKey == other.foldedKey && $0.values == other.values
            }
        }
    }
}

extension Condition {
    /// Returns whether every request that meets this condition certainly meets the other condition.
    ///
    /// The result is `false` for conditions of different policy versions if a value contains `${`.
    fileprivate func isAsNarrow(as other: Condition) -> Bool {
        guard `operator` == other.operator, foldedKey == other.foldedKey,
            version == other.version || !(values + other.values).contains(where: { $0.contains("${") })
        else { return false }
        if values == other.values { return true }
        let (own, others) = (Set(values), Set(other.values))
        return `operator`.comparison.isNegated ? own.isSuperset(of: others) : own.isSubset(of: others)
    }
}
