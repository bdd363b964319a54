import Federation

/// One statement of a trust policy.
package struct TrustStatement: Hashable, Sendable {
    package enum Effect: String, CaseIterable, Hashable, Sendable {
        case allow = "Allow"
        case deny = "Deny"
    }

    package let sid: String?
    package let effect: Effect
    package let principal: PrincipalElement
    package let action: ActionElement
    /// The conditions; in a parsed statement, sorted by operator and key.
    package let conditions: [Condition]

    package init(
        sid: String?,
        effect: Effect,
        principal: PrincipalElement,
        action: ActionElement,
        conditions: [Condition]
    ) {
        self.sid = sid
        self.effect = effect
        self.principal = principal
        self.action = action
        self.conditions = conditions
    }

    func evaluate(_ request: TrustRequest, index: Int) -> StatementVerdict {
        let match = principal.match(request.principal)
        let outcomes = conditions.map { $0.evaluate(in: request.context, effect: effect) }
        return StatementVerdict(
            index: index,
            sid: sid,
            effect: effect,
            principalMatch: match,
            matchesAction: action.matches(request.action),
            relation: relation(to: request, match, outcomes),
            conditions: outcomes
        )
    }
}

/// The `Principal` element of a statement; IAM refuses a trust policy with `NotPrincipal`.
package struct PrincipalElement: Hashable, Sendable {
    /// The kinds of principal that a policy can name.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        case aws = "AWS"
        case federated = "Federated"
        case service = "Service"
        case canonicalUser = "CanonicalUser"
    }

    /// The principals by kind; `"Principal": "*"` is stored as `AWS: ["*"]`.
    package let members: [Kind: [String]]
    /// Whether the principals include `*`.
    package let includesEveryone: Bool

    package init(members: [Kind: [String]]) {
        self.members = members
        includesEveryone = members[.aws]?.contains("*") ?? false
    }
}

/// The `Action` element of a statement, or the `NotAction` element, which excludes actions.
package struct ActionElement: Hashable, Sendable {
    /// Whether the element is a `NotAction`.
    package let isNegated: Bool
    /// The actions as written, possibly with `*` and `?`.
    package let names: [String]
    private let patterns: [WildcardPattern]

    package init(isNegated: Bool, names: [String]) {
        self.isNegated = isNegated
        self.names = names
        patterns = names.map { WildcardPattern($0.lowercased()) }
    }

    /// Returns whether the statement applies to an action, ignoring letter case.
    package func matches(_ action: String) -> Bool {
        let folded = action.lowercased()
        return patterns.contains { $0.matches(folded) } != isNegated
    }
}

extension TrustStatement {
    /// Returns the statement with the principals of one kind replaced; `nil` if no principal remains.
    package func keeping(_ kind: PrincipalElement.Kind, _ principals: [String]) -> TrustStatement? {
        var members = principal.members
        members[kind] = principals.isEmpty ? nil : principals
        guard !members.isEmpty else { return nil }
        return TrustStatement(
            sid: sid,
            effect: effect,
            principal: PrincipalElement(members: members),
            action: action,
            conditions: conditions
        )
    }
}
