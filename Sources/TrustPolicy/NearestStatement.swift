package import Federation

// The statement whose conditions a new statement for a caller must keep; without these conditions, the new statement
// would allow calls that the conditions refuse.
extension TrustPolicy {
    /// Returns the Allow statement for AWS principals that is nearest to the call of a role's session.
    ///
    /// A statement that includes the caller is nearest, then a statement that names another role, then any other
    /// statement for AWS principals: policies often exempt an account's users from the conditions for roles. A
    /// statement that `cambist setup` added for another caller is ignored, because its conditions come from a
    /// configuration file.
    ///
    /// - Parameter verdict: The verdict of this policy on the call.
    /// - Returns: The statement's outcome; `nil` without such a statement.
    package func nearestStatement(toSessionCallIn verdict: TrustVerdict) -> StatementVerdict? {
        verdict.nearestAllowStatement { outcome in
            let statement = statements[outcome.index]
            if statement.isForOthers(than: "sts:AssumeRole") { return nil }
            if outcome.matchesPrincipal { return 0 }
            guard statement.principal.members[.aws] != nil, !statement.isSetupStatement else { return nil }
            return statement.principal.namesRole ? 1 : 2
        }
    }

    /// Returns the Allow statement that is nearest to a token, among the statements that are intended for the token.
    ///
    /// ``TrustStatement/isIntended(for:)`` selects the statements. A statement about the token's subject is nearest,
    /// even if the statement has a small mistake in its provider or its keys. The statements that `cambist setup` added
    /// are ignored, because their conditions come from a configuration file.
    ///
    /// - Parameters:
    ///   - claims: The token's claims.
    ///   - verdict: The verdict of this policy on the token.
    /// - Returns: The statement's outcome; `nil` without such a statement.
    package func nearestStatement(to claims: Claims, in verdict: TrustVerdict) -> StatementVerdict? {
        verdict.nearestAllowStatement { outcome in
            let statement = statements[outcome.index]
            guard !statement.isSetupStatement, !statement.isForOthers(than: "sts:AssumeRoleWithWebIdentity"),
                statement.isIntended(for: claims)
            else { return nil }
            return outcome.isAboutCaller ? 0 : outcome.matchesPrincipal ? 1 : 2
        }
    }

    /// Returns the outcomes of the statements about a token whose conditions a new statement for the token must keep.
    ///
    /// ``TrustStatement/conditionsToKeep(for:)`` returns these conditions.
    ///
    /// - Parameters:
    ///   - claims: The token's claims.
    ///   - verdict: The verdict of this policy on the token.
    /// - Returns: The outcomes, in the document's order.
    package func restrictions(on claims: Claims, in verdict: TrustVerdict) -> [StatementVerdict] {
        verdict.statements.filter {
            $0.isAboutCaller && !statements[$0.index].conditionsToKeep(for: claims).isEmpty
        }
    }

    /// Returns the nearest of the ``restrictions(on:in:)`` that do not allow a token.
    ///
    /// A statement about the token that has no further conditions, but does not allow the token because of a mistake,
    /// does not lift the conditions of the other statements. The statements that `cambist setup` added are ignored.
    ///
    /// - Parameters:
    ///   - claims: The token's claims.
    ///   - verdict: The verdict of this policy on the token.
    /// - Returns: The statement's outcome; `nil` without such a statement, or if ``nearestStatement(to:in:)`` allows
    ///   the token or is not about the token.
    package func nearestRestriction(on claims: Claims, in verdict: TrustVerdict) -> StatementVerdict? {
        guard let nearest = nearestStatement(to: claims, in: verdict), nearest.isAboutCaller,
            nearest.outcome != .yes
        else { return nil }
        let restrictions = Set(restrictions(on: claims, in: verdict).map(\.index))
        return verdict.nearestAllowStatement { outcome in
            let isRestriction = restrictions.contains(outcome.index) && outcome.outcome != .yes
            return isRestriction && !statements[outcome.index].isSetupStatement ? 0 : nil
        }
    }
}

extension TrustStatement {
    /// The beginning of the `Sid` of the statements that setup adds.
    package static let setupSidPrefix = "Cambist"

    /// Whether the statement's `Sid` begins like those of the statements that setup adds.
    package var isSetupStatement: Bool { sid?.hasPrefix(Self.setupSidPrefix) ?? false }

    /// Whether the statement includes every principal, but not the action.
    fileprivate func isForOthers(than action: String) -> Bool {
        principal.includesEveryone && !self.action.matches(action)
    }

    /// Returns the conditions of this statement that a new statement for a token keeps.
    ///
    /// The new statement requires the exact subject and audience, so it replaces the conditions on these claims. It
    /// keeps no condition of a statement that is not intended for the token; see ``isIntended(for:)``.
    package func conditionsToKeep(for claims: Claims) -> [Condition] {
        guard let issuer = claims.issuer, isIntended(for: claims) else { return [] }
        let provider = OIDCProvider.hostAndPath(of: issuer)
        return conditions.compactMap { $0.kept(for: claims, provider: provider) }
    }

    /// Whether the statement can be intended for a token.
    ///
    /// Such a statement includes everyone, names the token's provider or a provider with a similar URL, or tests a
    /// claim of the token's issuer.
    package func isIntended(for claims: Claims) -> Bool {
        guard let issuer = claims.issuer else { return false }
        let provider = OIDCProvider.hostAndPath(of: issuer)
        return principal.isIntended(forTokensOf: issuer)
            || conditions.contains { OIDCKey($0.key)?.provider == provider }
    }
}

extension PrincipalElement {
    /// Whether the element names a role or a session of a role.
    fileprivate var namesRole: Bool {
        members[.aws, default: []].contains { text in
            RoleARN(text) != nil || ARN(text)?.resource.hasPrefix("assumed-role/") == true
        }
    }

    /// Whether the element includes everyone, or names the issuer's provider or a provider with a similar URL.
    fileprivate func isIntended(forTokensOf issuer: String) -> Bool {
        includesEveryone
            || members[.federated, default: []].compactMap(OIDCProvider.init(arn:)).contains { provider in
                guard provider.url != OIDCProvider.hostAndPath(of: issuer) else { return true }
                let difference = IssuerDifference(of: provider.url, from: issuer)
                return difference != nil && difference != .tenant && difference != .path
            }
    }
}

extension Condition {
    /// The claims that a new statement for a token requires exactly.
    private static let requiredClaims: Set<String> = ["aud", "oaud", "sub"]

    /// Whether the condition tests a claim, of any issuer, that a new statement for a token requires exactly.
    package var testsRequiredClaim: Bool {
        OIDCKey(key).map { Self.requiredClaims.contains($0.name.lowercased()) } ?? false
    }

    /// Returns the form of the condition in a new statement for a token; `nil` if the new statement does not keep it.
    ///
    /// For Entra's tokens, a condition on a claim for which AWS has no condition key is dropped, because the condition
    /// on the subject already identifies the identity.
    fileprivate func kept(for claims: Claims, provider: String) -> Condition? {
        guard let claim = claim(ofTokensFrom: provider) else { return testingRequestTag(of: claims) }
        if Self.requiredClaims.contains(claim.lowercased()) { return nil }
        let kind = IssuerKind(url: provider)
        if kind.isEntra, !kind.supports(claim: claim) { return nil }
        return Condition(
            operator: `operator`,
            key: "\(provider):\(claim)",
            values: values,
            version: version
        )
    }

    /// The condition, with `aws:RequestTag` instead of `aws:PrincipalTag` if the token sets the tag.
    private func testingRequestTag(of claims: Claims) -> Condition {
        let prefix = "aws:PrincipalTag/"
        guard foldedKey.hasPrefix(prefix.lowercased()) else { return self }
        let tag = String(key.dropFirst(prefix.count))
        guard claims.sessionTags[tag] != nil else { return self }
        return Condition(operator: `operator`, key: "aws:RequestTag/\(tag)", values: values, version: version)
    }
}
