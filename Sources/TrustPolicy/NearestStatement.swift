package import Federation

// A new statement for a caller must keep the conditions of the nearest existing statement. Without these conditions,
// the new statement would allow more calls.
extension TrustPolicy {
    /// Returns the Allow statement for AWS principals that is nearest to the call of a role's session.
    ///
    /// The order of preference:
    /// - A statement that includes the caller.
    /// - A statement that names another role, because policies often have special conditions for roles.
    /// - Any other statement for AWS principals.
    ///
    /// Statements that `cambist setup` added for other callers are ignored, because their conditions come from a
    /// configuration file.
    ///
    /// - Parameter verdict: The verdict of this policy on the call.
    /// - Returns: The statement's outcome; `nil` if no statement qualifies.
    package func nearestStatement(toSessionCallIn verdict: TrustVerdict) -> StatementVerdict? {
        verdict.nearestAllowStatement { outcome in
            let statement = statements[outcome.index]
            if statement.isForOthers(than: "sts:AssumeRole") { return nil }
            if outcome.matchesPrincipal { return 0 }
            guard statement.principal.members[.aws] != nil, !statement.isSetupStatement else { return nil }
            return statement.principal.namesRole ? 1 : 2
        }
    }

    /// Returns the nearest of the Allow statements that ``TrustStatement/isIntended(for:)`` selects for a token.
    ///
    /// A statement that was probably written for the token's subject is preferred, even with a small mistake in the
    /// provider or in a key. Statements that `cambist setup` added are ignored, because their conditions come from a
    /// configuration file.
    ///
    /// - Parameters:
    ///   - claims: The token's claims.
    ///   - verdict: The verdict of this policy on the token.
    /// - Returns: The statement's outcome; `nil` if no statement qualifies.
    package func nearestStatement(to claims: Claims, in verdict: TrustVerdict) -> StatementVerdict? {
        verdict.nearestAllowStatement { outcome in
            let statement = statements[outcome.index]
            guard !statement.isSetupStatement, !statement.isForOthers(than: "sts:AssumeRoleWithWebIdentity"),
                statement.isIntended(for: claims)
            else { return nil }
            return outcome.isAboutCaller ? 0 : outcome.matchesPrincipal ? 1 : 2
        }
    }

    /// Returns the statements that are for a token's caller and have ``TrustStatement/conditionsToKeep(for:)``.
    ///
    /// - Parameters:
    ///   - claims: The token's claims.
    ///   - verdict: The verdict of this policy on the token.
    /// - Returns: The outcomes of the statements, in the document's order.
    package func restrictions(on claims: Claims, in verdict: TrustVerdict) -> [StatementVerdict] {
        verdict.statements.filter {
            $0.isAboutCaller && !statements[$0.index].conditionsToKeep(for: claims).isEmpty
        }
    }

    /// Returns the nearest statement in ``restrictions(on:in:)`` that does not allow a token.
    ///
    /// Statements that `cambist setup` added are ignored. A statement without conditions to keep is also ignored.
    ///
    /// - Parameters:
    ///   - claims: The token's claims.
    ///   - verdict: The verdict of this policy on the token.
    /// - Returns: The statement's outcome; `nil` if no statement qualifies. The result is also `nil` if
    ///   ``nearestStatement(to:in:)`` allows the token or was not written for the token's caller.
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
    /// The prefix of the `Sid` in statements that `cambist setup` adds.
    package static let setupSidPrefix = "Cambist"

    /// Whether the statement's `Sid` has the prefix that `cambist setup` uses.
    package var isSetupStatement: Bool { sid?.hasPrefix(Self.setupSidPrefix) ?? false }

    /// Returns whether the statement includes every principal, but not the action.
    fileprivate func isForOthers(than action: String) -> Bool {
        principal.includesEveryone && !self.action.matches(action)
    }

    /// Returns the conditions of this statement that a new statement for a token keeps.
    ///
    /// Conditions on the subject and the audience are not kept, because the new statement requires exact values. The
    /// result is empty if this statement cannot be for the token; see ``isIntended(for:)``.
    package func conditionsToKeep(for claims: Claims) -> [Condition] {
        guard let issuer = claims.issuer, isIntended(for: claims) else { return [] }
        let provider = OIDCProvider.hostAndPath(of: issuer)
        return conditions.compactMap { $0.kept(for: claims, provider: provider) }
    }

    /// Returns whether the statement may have been written for a token.
    ///
    /// One of these conditions is sufficient:
    /// - The statement includes everyone.
    /// - The statement names the token's provider, or a provider with a similar URL.
    /// - The statement tests a claim of the token's issuer.
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

    /// Returns whether the element includes everyone, the issuer's provider, or a provider with a similar URL.
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
    /// The claims with exact values in a new statement for a token.
    private static let requiredClaims: Set<String> = ["aud", "oaud", "sub"]

    /// Whether the condition tests `aud`, `oaud`, or `sub` of any issuer.
    package var testsRequiredClaim: Bool {
        OIDCKey(key).map { Self.requiredClaims.contains($0.name.lowercased()) } ?? false
    }

    /// Returns the form of this condition in a new statement for a token; `nil` for a condition that is not kept.
    ///
    /// Some claims of Entra have no AWS condition key. Conditions on these claims are not kept, because the subject
    /// already identifies the caller.
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

    /// Returns the condition; if the token sets the tag, `aws:RequestTag` replaces `aws:PrincipalTag`.
    private func testingRequestTag(of claims: Claims) -> Condition {
        let prefix = "aws:PrincipalTag/"
        guard foldedKey.hasPrefix(prefix.lowercased()) else { return self }
        let tag = String(key.dropFirst(prefix.count))
        guard claims.sessionTags[tag] != nil else { return self }
        return Condition(operator: `operator`, key: "aws:RequestTag/\(tag)", values: values, version: version)
    }
}
