package import Federation

// A statement that was written for the caller of a request may still not allow the request. The statement can have
// other conditions, such as a source address. A new statement for the caller must keep the other conditions.

/// The relation of an Allow statement to the caller of a request.
struct CallerRelation: Hashable, Sendable {
    static let none = CallerRelation(isAboutCaller: false, namesCaller: false)

    /// Whether the statement was probably written for this caller.
    ///
    /// For a role's session, the statement names the role or any session of the role.
    ///
    /// For a token, the statement has conditions, and one of these cases applies:
    /// - The statement names the token's subject exactly or by a pattern.
    /// - The statement names the subject by a policy variable whose value the caller chooses (for example,
    ///   `${sts:RoleSessionName}`).
    /// - The statement names the subject with a small difference (for example, in letter case).
    /// - The statement trusts a federated principal, and no condition on claims refuses the token. A condition that
    ///   fails by a small difference (for example, in letter case) does not count.
    let isAboutCaller: Bool
    /// Whether a condition allows or excludes the token's subject, perhaps with a small difference in the subject.
    let namesCaller: Bool
}

extension TrustStatement {
    /// Returns the statement's relation to the caller of a request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - match: The result for the statement's principals.
    ///   - outcomes: The results of the statement's conditions.
    /// - Returns: The relation to the caller.
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

    /// Whether the statement includes the action, or probably lacks the action by mistake.
    ///
    /// Lacking a ``SessionAction`` is not a mistake. A statement that has only session actions lacks all others on
    /// purpose.
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
                // AWS has a key only for `sub`, not for the other claims that identify one caller.
                if isPositive, outcome.condition.foldedKey.hasSuffix(":sub") { namesSubject = true }
                continue
            }
            if outcome.refusedClaim?.identifiesCaller == true {
                // The condition requires another identity, but the request does not have the condition's key.
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

/// The additional actions of a call that sets session tags, a source identity, or an identity context.
enum SessionAction {
    private static let names: Set = ["sts:tagsession", "sts:setsourceidentity", "sts:setcontext"]

    static func contains(_ action: String) -> Bool { names.contains(action.lowercased()) }
}

extension Condition {
    /// The claims that identify one caller at an issuer; AWS has a condition key only for `sub`.
    static let identityClaims: Set<String> = ["sub", "oid", "appid", "azp", "client_id"]

    /// Claims that policies use by mistake instead of `sub`.
    static let namesOfCaller: Set<String> = [
        "email", "preferred_username", "unique_name", "upn", "xms_mirid",
    ]

    /// Returns the claim in the condition's key, if any; also accepts malformed keys.
    ///
    /// A correct key is the provider's URL, a colon, and the claim. A malformed key lacks the URL, or has a slash
    /// instead of the colon.
    package func claim(ofTokensFrom provider: String) -> String? {
        if let key = OIDCKey(key) { return key.name }
        // A key of AWS, such as aws:SourceIp, contains a colon. A claim does not.
        if key.utf8.contains(UInt8(ascii: ":")) { return nil }
        if IssuerKind(url: provider).supports(claim: key) { return key }
        guard let slash = key.lastIndex(of: "/") else { return nil }
        let url = String(key[..<slash]).droppingTrailingSlash.lowercased()
        return url == provider.droppingTrailingSlash.lowercased()
            ? String(key[key.index(after: slash)...]) : nil
    }

    /// Whether a value identifies the token's caller, even if the value is wrong (for example, the email address).
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
    /// Whether the value with the small difference was probably written for the token's subject.
    ///
    /// The result is `false` for the value of another claim, and for a policy variable without a value.
    fileprivate var isOfSubject: Bool {
        switch self {
        case .otherClaim, .variableAbsent: false
        default: true
        }
    }
}

extension PrincipalElement {
    /// Returns the names of the role's sessions among the principals.
    package func sessionNames(of role: RoleARN) -> [String] {
        let prefix = RoleSessionPrincipal(roleARN: role, sessionName: "").arn
        return members[.aws, default: []].filter { $0.hasPrefix(prefix) }.map {
            String($0.dropFirst(prefix.count))
        }
    }
}

extension TrustPolicy {
    /// Returns the session name that the policy requires for a denied call of a role's session.
    ///
    /// - Parameters:
    ///   - role: The role of the calling session.
    ///   - verdict: The verdict of this policy on the call.
    /// - Returns: The index of the first Allow statement that names a session of the role, and the session's name. The
    ///   result is `nil` in these cases:
    ///   - No Allow statement names a session of the role.
    ///   - An Allow statement already includes the caller and the action.
    ///   - The policy does not deny the call.
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
