import Federation
import TrustPolicy

// The fixes that replace a token if the role is set up for a different version or audience.
//
// No fix makes a cloud accept the present token, because that change would be wrong for the new token.
extension DiagnosisContext {
    /// The reason to keep a version 2 token from Entra.
    enum VersionTwoSetup {
        case allowed
        case trusted
        case registered
        /// The trust policy names the issuer of version 1, but the account also has a provider for version 2.
        case available
        case requested
        /// Neither the trust policy nor a provider is for version 1 of the tenant's tokens.
        case unprepared

        /// The reason, as a sentence.
        var text: String {
            switch self {
            case .allowed: "The trust policy allows this token, so the role is set up for version 2"
            case .trusted:
                "The trust policy names the issuer of version 2, so the role is set up for version 2"
            case .registered: "The account has a provider for version 2, so the role is set up for version 2"
            case .available:
                "The account also has a provider for version 2, so a second statement in the trust policy is "
                    + "sufficient, and the tokens of the application's other clients do not change"
            case .requested:
                "The mapping's audience is an application ID, which is the aud of version 2 tokens"
            case .unprepared:
                "Nothing in the account is set up for this tenant's version 1 tokens, so version 1 needs as many changes as "
                    + "version 2"
            }
        }
    }

    /// The token version that fits the setup of the role.
    enum ExpectedVersion {
        case one
        case two(VersionTwoSetup)
        /// Neither the trust policy nor the providers were read.
        case unknown
    }

    /// The token version for which the role is set up.
    ///
    /// `nil` unless the token is a version 2 token from Entra for an application that is not Microsoft's. These facts
    /// decide, in this order:
    /// - the trust policy, but a provider for this token in the account overrides a policy for version 1
    /// - the account's providers
    /// - the form of the requested audience
    ///
    /// The version applies to the tokens of all clients of the application. A fix changes the version only if the role
    /// is set up for version 1 of the same tenant's tokens.
    var expectedVersion: ExpectedVersion? {
        guard let claims, let issuer = claims.issuer, claims.isVersionTwo, issuerKind.isEntra,
            microsoftResource == nil
        else { return nil }
        if verdict?.decision == .allow { return .two(.allowed) }
        let trusted = (policy?.trustedProviders ?? []).compactMap { OIDCProvider(arn: $0)?.url }
        if let version = version(among: trusted, issuer: issuer, .trusted) {
            if case .one = version, providerChoice.reachableRecord != nil { return .two(.available) }
            return version
        }
        let registered = (evidence.providers ?? []).map(\.url)
        if let version = version(among: registered, issuer: issuer, .registered) { return version }
        if request.audience?.isGUID == true { return .two(.requested) }
        return policy == nil && evidence.providers == nil ? .unknown : .two(.unprepared)
    }

    /// Whether the trust policy names the issuer of version 1, but the account has a provider for version 2.
    var hasProviderOfVersionTwo: Bool {
        if case .two(.available) = expectedVersion { true } else { false }
    }

    /// Whether version 2 is the expected version, but the account has no provider for the token.
    var lacksProviderOfVersionTwo: Bool {
        guard case .two = expectedVersion, evidence.providers != nil else { return false }
        return providerChoice.reachableRecord == nil
    }

    private func version(
        among urls: [String],
        issuer: String,
        _ setup: VersionTwoSetup
    ) -> ExpectedVersion? {
        let own = OIDCProvider.hostAndPath(of: issuer)
        let differences = urls.map { IssuerDifference(of: $0, from: issuer) }
        if urls.contains(where: { OIDCProvider.hostAndPath(of: $0) == own })
            || differences.contains(.slash) || differences.contains(.letterCase)
        {
            return .two(setup)
        }
        if differences.contains(.version) { return isAuthorizedPartyExpected ? .two(setup) : .one }
        return urls.contains { EntraIssuer(url: $0)?.kind == .entraVersionTwo } ? .two(setup) : nil
    }

    /// Whether the trust policy or a provider lists the token's azp as an audience.
    ///
    /// Only version 2 tokens need such an audience.
    private var isAuthorizedPartyExpected: Bool {
        guard let party = claims?.authorizedParty else { return false }
        return preparedAudiences.contains(party)
    }

    /// The audiences in the trust policy's conditions and in the providers' lists.
    private var preparedAudiences: [String] {
        let conditions = (policy?.statements ?? []).flatMap(\.conditions)
        let required = conditions.filter { OIDCKey($0.key)?.name.lowercased() == "aud" }.flatMap(\.values)
        return required + (evidence.providers ?? []).flatMap { $0.clientIDs ?? [] }
    }

    /// An identifier URI that the role expects; `nil` unless all of these URIs belong to other applications.
    private var audienceOfOtherApplication: String? {
        guard let found = claims?.audiences.first, found.isGUID else { return nil }
        let uris = preparedAudiences.filter { $0.hasPrefix("api://") }
        return uris.allSatisfy { $0.isURI(ofApplicationOtherThan: found) } ? uris.min() : nil
    }

    /// The fix that replaces the token; `nil` unless the role is set up for another version or audience.
    var tokenReplacement: Fix? {
        guard let expectedVersion else { return audienceReplacement ?? agreedAudienceReplacement }
        return if case .one = expectedVersion { versionOne } else { nil }
    }

    /// The effect of another token version on the application's other clients, as a sentence.
    static let versionEffect =
        "The new version has another iss and aud in the tokens of all clients of the application, so roles and "
        + "services that expect version 2 will refuse the tokens."

    /// A sentence about cached tokens with a leading space; empty if the token's source returns no cached tokens.
    var cacheRemark: String {
        tokenSource?.mayServeCachedTokens == false
            ? "" : " Cached tokens remain unchanged for up to 24 hours."
    }

    /// The fix that makes Entra issue version 1 tokens.
    private var versionOne: Fix {
        if let audience = audienceOfOtherApplication {
            return Fix(
                "Request a token for \(audience), which the role expects. The token is for another application: do not "
                    + "change that application."
            )
        }
        return Fix(
            "Set the application's api.requestedAccessTokenVersion to 1 (portal: App registrations, the application, "
                + "Manifest); its identifier URI must then contain the tenant or application ID. "
                + "\(Self.versionEffect)\(cacheRemark)",
            commands: [versionOneCommand].compactMap(\.self)
        )
    }

    /// The fix for a token with another audience, if the provider lists the requested audience but not the token's.
    private var audienceReplacement: Fix? {
        guard let (found, requested) = otherAudience, let listed = provider?.clientIDs,
            listed.contains(requested), !listed.contains(found)
        else { return nil }
        return found.isGUID && issuerKind.isEntra
            ? Fix(
                "Remove use_guid from the application's optional claims (portal: Token "
                    + "configuration).\(cacheRemark)"
            )
            : Fix(
                "The provider lists the mapping's audience, so the source must return a token for that audience: check "
                    + "the file, the command, or the variables that supply the token."
            )
    }

    /// The audience that both the provider and the trust policy expect instead of the token's, if any.
    ///
    /// The policy expects an audience if only conditions on `aud` prevent a statement from allowing the token. Tokens
    /// from Azure DevOps are excluded, because their audience is fixed.
    var agreedAudience: (expected: String, found: String, statement: Int)? {
        guard let claims, expectedVersion == nil, claims.authorizedParty == nil,
            let found = claims.audiences.first,
            claims.audiences.count == 1, issuerKind != .azureDevOps, !needsOtherToken,
            let listed = providerChoice.reachableRecord?.clientIDs, !listed.contains(found),
            let verdict, verdict.decision == .deny
        else { return nil }
        for statement in verdict.statements
        where statement.effect == .allow && statement.matchesPrincipal && statement.matchesAction {
            let failed = statement.conditions.filter { $0.outcome == .no }.map(\.condition)
            guard failed.allSatisfy({ $0.foldedKey == providerKey("aud").lowercased() }) else { continue }
            let required = failed.map { $0.operator.comparison.isNegated ? [] : Set($0.values) }
            guard let first = required.first else { continue }
            let agreed = required.dropFirst().reduce(first) { $0.intersection($1) }.intersection(listed)
            // A value that differs only slightly (for example, in letter case) is a misspelling of the token's
            // audience.
            let others = agreed.filter { NearMiss(betweenRequired: $0, found: found) == nil }
            if let expected = others.min() { return (expected, found, statement.index) }
        }
        return nil
    }

    private var agreedAudienceReplacement: Fix? {
        agreedAudience.map { audience in
            let change =
                request.audience == audience.found
                ? "Set audience of \(request.mapping.map { "`\($0)`" } ?? "the mapping") to \(audience.expected) "
                    + "(`cambist config edit`)."
                : "Request a token for \(audience.expected): set the audience (resource) of the token's source."
            return Fix(
                "\(change) The provider and the trust policy agree on this audience. If the role must accept tokens for "
                    + "\(audience.found), add that audience to the provider's client IDs and to the trust policy instead."
            )
        }
    }

    /// The token's audience and the requested audience, if the token lacks the requested audience.
    var otherAudience: (found: String, requested: String)? {
        guard let claims, let found = claims.audiences.first, let requested = request.audience,
            !claims.audiences.contains(requested)
        else { return nil }
        return (found, requested)
    }

    /// Returns ``tokenReplacement`` or, without one, `fix`, which makes a cloud accept the token.
    func adaptingCloud(_ fix: Fix) -> Fix { tokenReplacement ?? fix }
}
