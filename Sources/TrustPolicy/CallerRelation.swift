package import Federation

// A statement that names the caller of a request can have further conditions, such as a source address. A new statement
// for the same caller must keep these conditions.

/// The relation of an Allow statement to the caller of a request.
struct CallerRelation: Hashable, Sendable {
    static let none = CallerRelation(isAboutCaller: false, namesCaller: false)

    /// Whether the statement is about the caller in particular, even if the statement does not allow the request.
    ///
    /// An Allow statement with conditions is about a token in two cases:
    /// - It names the token's subject: exactly, by a pattern, by a policy variable whose value the caller chooses, or
    ///   with a small mistake in the key or the value.
    /// - It trusts a federated principal, and its conditions on claims do not refuse the token, except by a small
    ///   mistake.
    ///
    /// A statement is about a role's session if it names the role, this session, or another session of the role.
    let isAboutCaller: Bool
    /// Whether a condition of the statement names the token's subject: to allow it, perhaps with a small mistake, or to
    /// exclude it.
    let namesCaller: Bool
}

extension TrustStatement {
    /// Returns the statement's relation to the caller of a request.
    ///
    /// `match` and `outcomes` are the results of the statement's principals and conditions for the request.
    func relation(
        to request: TrustRequest,
        _ match: PrincipalMatch,
        _ outcomes: [ConditionVerdict]
    ) -> CallerRelation {
        guard effect == .allow else { return .none }
        switch request.principal {
        case .federated:
            guard !outcomes.isEmpty, let claims = request.context.claims, let issuer = claims.issuer,
                isMeant(for: request.action), match != .none || isIntended(for: claims)
            else { return .none }
            return relation(toTokenOf: claims, issuer: issuer, outcomes, in: request.context)
        case .session(let session):
            let isNamed = !principal.includesEveryone && match == .direct
            let isAboutSession =
                isNamed && action.matches(request.action)
                || !principal.sessionNames(of: session.roleARN).isEmpty
            return CallerRelation(isAboutCaller: isAboutSession, namesCaller: false)
        case .user: return .none
        }
    }

    /// Whether the statement includes the action or lacks it by mistake.
    ///
    /// The lack is not a mistake if the action, or every action of the statement, is a ``SessionAction``.
    private func isMeant(for action: String) -> Bool {
        if self.action.matches(action) { return true }
        return !SessionAction.contains(action) && !self.action.names.allSatisfy(SessionAction.contains)
    }

    private func relation(
        toTokenOf claims: Claims,
        issuer: String,
        _ outcomes: [ConditionVerdict],
        in context: RequestContext
    ) -> CallerRelation {
        lazy var provider = OIDCProvider.hostAndPath(of: issuer)
        var namesSubject = false
        var excludesSubject = false
        var restrictsClaims = false
        var isAboutAnother = false
        for outcome in outcomes {
            let comparison = outcome.condition.operator.comparison
            let isPositive = !comparison.isNegated && comparison != .null
            if outcome.outcome == .yes, !outcome.found.isEmpty {
                // Of the claims that identify one caller, AWS has a key only for sub.
                if isPositive, outcome.condition.foldedKey.hasSuffix(":sub") { namesSubject = true }
                continue
            }
            if outcome.refusedClaim?.identifiesCaller == true {
                // A condition that names another identity by a misspelled key is not about this token.
                guard outcome.isIgnoredExclusion else { return .none }
                isAboutAnother = true
            }
            guard let claim = outcome.condition.claim(ofTokensFrom: provider)?.lowercased() else { continue }
            if !isPositive {
                if outcome.outcome == .no {
                    if outcome.condition.testsRequiredClaim { isAboutAnother = true }
                    restrictsClaims = true
                }
                if comparison.isNegated, Condition.identityClaims.contains(claim),
                    outcome.outcome == .no || outcome.isIgnoredExclusion
                {
                    excludesSubject = true
                }
            } else if Condition.identityClaims.contains(claim) {
                if outcome.condition.names(claims, as: claim, in: context) {
                    namesSubject = true
                } else {
                    isAboutAnother = true
                }
            } else if outcome.outcome == .no, outcome.nearMiss == nil {
                restrictsClaims = true
            }
        }
        let isForProvidersTokens = principal.members[.federated] != nil
        return CallerRelation(
            isAboutCaller: !isAboutAnother && (namesSubject || !restrictsClaims && isForProvidersTokens),
            namesCaller: namesSubject || excludesSubject
        )
    }
}

/// The actions that a call needs in addition if it sets session tags, a source identity, or an identity context.
private enum SessionAction {
    private static let names: Set = ["sts:tagsession", "sts:setsourceidentity", "sts:setcontext"]

    static func contains(_ action: String) -> Bool { names.contains(action.lowercased()) }
}

extension Condition {
    /// The claims that identify one caller at an issuer, whether or not AWS has a condition key for them.
    static let identityClaims: Set<String> = ["sub", "oid", "appid", "azp", "client_id"]

    /// The claims with which policies name a caller by mistake instead of `sub`.
    static let namesOfCaller: Set<String> = [
        "email", "preferred_username", "unique_name", "upn", "xms_mirid",
    ]

    /// Returns the claim that the key tests or is intended to test, if any.
    ///
    /// The form of a key is the provider's URL, a colon, and the claim. A key that lacks the URL, or has a slash
    /// instead of the colon, is intended to test the claim, but does not.
    package func claim(ofTokensFrom provider: String) -> String? {
        if let key = OIDCKey(key) { return key.name }
        // The names of AWS's own keys contain a colon, and those of claims do not.
        if key.utf8.contains(UInt8(ascii: ":")) { return nil }
        if IssuerKind(url: provider).supports(claim: key) { return key }
        guard let slash = key.lastIndex(of: "/") else { return nil }
        let url = String(key[..<slash]).droppingTrailingSlash.lowercased()
        return url == provider.droppingTrailingSlash.lowercased()
            ? String(key[key.index(after: slash)...]) : nil
    }

    /// Whether a value of the condition names the token's subject, possibly with a mistake.
    fileprivate func names(_ claims: Claims, as claim: String, in context: RequestContext) -> Bool {
        guard let subject = claims.subject else { return false }
        if values.contains(subject) { return true }
        let ids = [subject, claims.clientID ?? subject].map { $0.lowercased() }
        let names = values.map(\.withoutBlanks)
        if names.contains(where: { ids.contains($0.trimmingDecoration.lowercased()) }) { return true }
        guard claim == "sub", let issuer = claims.issuer else { return false }
        let others = values.compactMap { claims.claim(withValue: String($0.trimmingDecoration)) }
        if !Self.namesOfCaller.isDisjoint(with: others) { return true }
        let meant = Condition(
            operator: `operator`,
            key: "\(OIDCProvider.hostAndPath(of: issuer)):sub",
            values: values,
            version: version
        )
        .evaluate(in: context.withAnyChosenValues)
        return meant.outcome != .no || meant.nearMiss?.isOfSubject == true
    }
}

extension NearMiss {
    /// Whether the value with the small difference is intended for the token's subject.
    ///
    /// The value of another claim, and a policy variable without a value, can be intended for another caller.
    fileprivate var isOfSubject: Bool {
        switch self {
        case .otherClaim, .variableAbsent: false
        default: true
        }
    }
}

extension PrincipalElement {
    /// The session names in the ARNs of sessions of a role.
    package func sessionNames(of role: RoleARN) -> [String] {
        let prefix = RoleSessionPrincipal(roleARN: role, sessionName: "").arn
        return members[.aws, default: []].filter { $0.hasPrefix(prefix) }.map {
            String($0.dropFirst(prefix.count))
        }
    }
}

extension TrustPolicy {
    /// Returns the index of the first Allow statement that names a session of a role, and the session's name.
    ///
    /// - Parameters:
    ///   - role: The role of the calling session.
    ///   - verdict: The verdict of this policy on the call.
    /// - Returns: `nil` if no Allow statement names a session of the role, if an Allow statement includes the caller
    ///   and the action, or if the policy does not deny the call.
    package func requiredSession(
        of role: RoleARN,
        in verdict: TrustVerdict
    ) -> (index: Int, name: String)? {
        let allowing = verdict.statements.filter { $0.effect == .allow }
        guard verdict.decision.isDenial,
            !allowing.contains(where: { $0.matchesPrincipal && $0.matchesAction })
        else { return nil }
        return allowing.lazy.compactMap { outcome in
            statements[outcome.index].principal.sessionNames(of: role).first.map { (outcome.index, $0) }
        }.first
    }
}

extension String {
    /// The text without white space, braces, quotation marks, and slashes at both ends.
    var trimmingDecoration: Substring {
        let decoration = { (character: Character) in
            character.isWhitespace || "{}\"'/".contains(character)
        }
        var text = drop(while: decoration)
        while let last = text.last, decoration(last) { text.removeLast() }
        return text
    }
}
