import Federation
import FoundationEssentials
import TrustPolicy

/// The evidence and derived facts, as input for the checks.
struct DiagnosisContext: Sendable {
    let evidence: Evidence
    let claims: Claims?
    let policy: TrustPolicy?
    let providerChoice: ProviderChoice
    /// The ARN of the token's provider, which STS compares with the policy's principals.
    ///
    /// The account in the ARN is a placeholder if ``isAccountKnown`` is `false`.
    let federatedPrincipal: String?
    /// The hop of a role chain; `nil` for the exchange of a token.
    let chain: ChainEvidence?
    /// The trust policy's verdict on the token, or on the hub's call.
    let verdict: TrustVerdict?

    init(_ evidence: Evidence) {
        self.evidence = evidence
        chain = evidence.chain
        claims = evidence.chain == nil ? evidence.token.claims : nil
        policy = if case .parsed(let policy) = evidence.policy { policy } else { nil }
        let issuer = claims?.issuer
        let role = evidence.request.roleARN
        providerChoice = ProviderChoice(
            among: evidence.providers ?? [],
            issuer: issuer,
            role: role,
            trusted: policy?.trustedProviders ?? []
        )
        federatedPrincipal =
            if let issuer, !providerChoice.isAmbiguous {
                providerChoice.reachableRecord?.arn
                    ?? Self.arn(ofIssuer: issuer, role: role, policy: policy, providers: evidence.providers)
            } else {
                nil
            }
        if let chain, let policy, let request = TrustRequest(assuming: chain.mapping, at: evidence.awsNow) {
            var call = request
            evidence.complete(&call.context)
            verdict = policy.evaluate(call, then: chain.mapping.furtherActions)
        } else if let claims, let policy, let federatedPrincipal {
            let context = Self.context(claims: claims, provider: federatedPrincipal, evidence: evidence)
            let request = TrustRequest(federatedPrincipal: federatedPrincipal, context: context)
            verdict = policy.evaluate(request)
        } else {
            verdict = nil
        }
    }

    /// Returns the verdict of another policy on the token.
    func verdict(
        of policy: TrustPolicy,
        action: String = "sts:AssumeRoleWithWebIdentity"
    ) -> TrustVerdict? {
        guard let claims, let federatedPrincipal else { return nil }
        let context = Self.context(claims: claims, provider: federatedPrincipal, evidence: evidence)
        return policy.evaluate(
            TrustRequest(action: action, federatedPrincipal: federatedPrincipal, context: context)
        )
    }

    /// Returns another policy's verdict on all callers whose tokens have the issuer, subject, and audience of `token`.
    ///
    /// The ARN of another issuer's provider is derived from the issuer's URL.
    func verdict(of policy: TrustPolicy, onCallersWith token: Claims, action: String) -> TrustVerdict? {
        guard let claims, let federatedPrincipal else { return nil }
        let provider =
            token.issuer == claims.issuer
            ? federatedPrincipal
            : Self.arn(
                ofIssuer: token.issuer ?? "",
                role: request.roleARN,
                policy: self.policy,
                providers: evidence.providers
            )
        return policy.evaluate(
            TrustRequest(action: action, federatedPrincipal: provider, context: context(ofCallersWith: token))
        )
    }

    /// Returns the condition keys of all callers whose tokens have the issuer, subject, and audience of `token`.
    func context(ofCallersWith token: Claims) -> RequestContext {
        RequestContext(claims: token, roleARN: request.roleARN).ofAnyCallerWithSubjectAndAudience
    }

    /// The verdict on the exchange, including the additional actions for session tags and a source identity.
    ///
    /// A denied action denies the exchange, even if the verdict on another action depends on unknown values.
    var decidingVerdict: TrustVerdict? {
        guard let verdict, !verdict.decision.isDenial else { return verdict }
        let further = (claims?.additionalActions ?? []).compactMap { furtherVerdict(on: $0) }
        return TrustVerdict.deciding([verdict] + further)
    }

    /// The decision of ``decidingVerdict``.
    var decision: TrustVerdict.Decision? { decidingVerdict?.decision }

    /// The tenant whose directory has the identity; `nil` if the tenant is unknown.
    var ownTenant: String? {
        evidence.identity?.tenantID ?? claims?.tenantID
            ?? claims?.issuer.flatMap { EntraIssuer(url: $0)?.tenant }
    }

    /// The ID of the identity's tenant, in lower case; `nil` if the evidence lacks this ID.
    var tenantGUID: String? {
        let issuer = claims?.issuer.flatMap { EntraIssuer(url: $0)?.tenant }
        let known = [evidence.identity?.tenantID, claims?.tenantID, issuer].compactMap(\.self)
        return known.first(where: \.isGUID)?.lowercased()
    }

    /// Whether a statement has providers, all of which belong to the identity's tenant.
    ///
    /// If the identity's tenant is unknown, all providers must belong to one tenant.
    func trustsOwnTenant(_ statement: TrustStatement) -> Bool {
        let arns = statement.principal.members[.federated, default: []]
        let tenants = arns.map { arn in
            OIDCProvider(arn: arn).flatMap { EntraIssuer(url: $0.url)?.tenant.lowercased() } ?? ""
        }
        guard Set(tenants).count == 1, let tenant = tenants.first, !tenant.isEmpty else { return false }
        return ownTenant.map { $0.lowercased() == tenant } ?? true
    }

    /// The service that issued the token; Entra if the issuer is unknown.
    var issuerKind: IssuerKind {
        guard let claims, let issuer = claims.issuer else { return .entraVersionOne }
        // The tokens of Azure DevOps service connections are issued by the tenant's Entra.
        return claims.subject?.hasPrefix("/eid1/") == true ? .azureDevOps : IssuerKind(url: issuer)
    }

    /// The noun for the caller in a sentence.
    ///
    /// For an issuer other than Entra, the noun is the token's subject, because several callers can share a subject.
    var callerNoun: String {
        if !issuerKind.isEntra { return "the token's subject" }
        return request.mapping == nil ? "the token's identity" : "the mapping's identity"
    }

    /// The evidence that Entra issued the token to a user, if any.
    var userEvidence: String? {
        guard let claims, issuerKind.isEntra else { return nil }
        if let scope = claims.payload["scp"]?.string { return "scp is \(scope)" }
        if claims.payload["idtyp"]?.string == "user" { return "idtyp is user" }
        guard let object = claims.objectID, let subject = claims.subject, object != subject else {
            return nil
        }
        return "oid and sub differ"
    }

    /// The Microsoft application for which Entra issued the token, if any.
    var microsoftResource: MicrosoftResource? {
        guard issuerKind.isEntra else { return nil }
        return claims?.audiences.first.flatMap(MicrosoftResource.init(audience:))
    }

    /// Whether the token is, or would be, for a Microsoft application.
    ///
    /// No fix and no setup may change such an application.
    var hasMicrosoftAudience: Bool {
        guard issuerKind.isEntra else { return false }
        return microsoftResource != nil
            || requestedAudience.flatMap(MicrosoftResource.init(audience:)) != nil
    }

    /// Whether the token is a user's token, is for a Microsoft application, or is a federated token.
    ///
    /// Fixes must not adapt settings to such a token.
    var needsOtherToken: Bool { userEvidence != nil || microsoftResource != nil || isFederatedToken }

    /// Whether another issuer, such as a Kubernetes cluster, issued the token for Entra.
    ///
    /// The audience in the US government and China clouds begins with the audience of the public cloud. Tokens of
    /// Azure DevOps do not count, because AWS's tools for that service send tokens with this audience to STS. Source:
    /// Microsoft, "Important considerations and restrictions for federated identity credentials".
    var isFederatedToken: Bool {
        guard let claims, !issuerKind.isEntra, issuerKind != .azureDevOps else { return false }
        return claims.audiences.contains { $0.lowercased().hasPrefix("api://azureadtokenexchange") }
    }

    /// Whether the trust policy's denial is only a consequence of a wrong token.
    ///
    /// A user's token or a federated token is not wrong if an Allow statement names the token's subject.
    var isTokenUnintended: Bool {
        microsoftResource != nil || (userEvidence != nil || isFederatedToken) && !isSubjectNamed
            || issuerDefect != nil
    }

    /// The part of the issuer's URL (for example, a query) that IAM does not accept in a provider, if any.
    var issuerDefect: ProviderURLDefect? { claims?.issuer.flatMap(ProviderURLDefect.init) }

    /// Whether an Allow statement names the token's subject.
    var isSubjectNamed: Bool {
        guard let subject = claims?.subject else { return false }
        return verdict?.statements.contains { statement in
            statement.effect == .allow
                && statement.conditions.contains {
                    $0.outcome == .yes && $0.condition.foldedKey == providerKey("sub").lowercased()
                        && $0.condition.values.contains(subject)
                        && !$0.condition.operator.comparison.isNegated
                }
        } ?? false
    }

    var now: Date { evidence.now }

    /// The time of AWS's clock; ``now`` for a saved token, or if AWS's clock was not measured.
    var awsNow: Date { evidence.awsNow }

    /// The time of the issuer's clock; without a measurement of that clock, the time of AWS's clock.
    ///
    /// Small offsets are ignored. A time that the operator supplied is unchanged.
    var issuerNow: Date {
        if evidence.hasSuppliedTime || evidence.node != nil { return now }
        let clock = evidence.azureClock ?? evidence.clockOffset
        return now + (clock.flatMap { $0.isNotable ? $0.offset : nil } ?? .zero).seconds
    }
    /// The provider whose URL equals the token's issuer.
    var provider: OIDCProvider? { providerChoice.record }
    var request: RequestFacts { evidence.request }

    /// The failure of the exchange itself.
    var refusal: Failure? {
        if case .refused(let failure) = evidence.exchange { failure } else { nil }
    }

    var tokenFailure: Failure? {
        if case .failed(let failure, _) = evidence.token { failure } else { nil }
    }

    /// The entry for STS's error in the table of known errors.
    var knownRefusal: KnownError.Row? {
        refusal.flatMap { KnownError.row(.sts, code: $0.code, message: $0.message) }
    }

    /// The wait that the failing server requested, if any.
    var retryAfter: Duration? {
        [tokenFailure, refusal, callFailure].lazy.compactMap { $0?.retryAfter }.first
    }

    /// The failure of a call with the credentials.
    var callFailure: Failure? {
        if case .callFailed(let failure, _) = evidence.exchange { failure } else { nil }
    }

    /// Whether the token source returned the same token as before.
    var isTokenRepeated: Bool {
        if case .claims(_, seenBefore: true) = evidence.token { true } else { false }
    }

    /// The source that returned the token or, if unknown, the configured source.
    var tokenSource: TokenSourceKind? { evidence.tokenSource ?? evidence.identity?.source }

    /// The latest time at which Entra can have issued the token.
    ///
    /// Entra may backdate `iat`, so this time is later than the `iat` that messages show.
    var latestIssueDate: Date? {
        claims?.issuedAt.map { $0 + bound(.issueBackdating).seconds }
    }

    /// The time after which a delay no longer explains a failure; shorter in a lab.
    func bound(_ delay: PropagationDelay) -> Duration {
        delay.bound / PropagationDelay.speed(nearest: evidence.speed)
    }

    /// Returns the trust policy's verdict on the token for an action other than the action of the exchange.
    func furtherVerdict(on action: String) -> TrustVerdict? {
        policy.flatMap { self.verdict(of: $0, action: action) }
    }

    /// The placeholder for the account in a provider's ARN if no evidence names the account.
    ///
    /// No command and no evidence may contain an ARN with this placeholder.
    private static let unknownAccount = "ACCOUNT"

    /// Whether the account of the token's provider is known.
    var isAccountKnown: Bool {
        federatedPrincipal.flatMap(ARN.init)?.account != Self.unknownAccount
    }

    /// Returns the ARN of an issuer's provider in the role's account.
    ///
    /// Without a role, the account is the first known account in this list:
    ///
    /// - the account of a provider that the policy names
    /// - the only account of the known providers
    ///
    /// If neither account is known, the ARN contains ``unknownAccount``.
    private static func arn(
        ofIssuer issuer: String,
        role: RoleARN?,
        policy: TrustPolicy?,
        providers: [OIDCProvider]?
    ) -> String {
        let named = (policy?.trustedProviders ?? []).compactMap(ARN.init)
        let own = "oidc-provider/" + OIDCProvider.hostAndPath(of: issuer)
        let records = (providers ?? []).compactMap(\.arn).compactMap(ARN.init)
        let recorded = Set(records.map(\.account)).count == 1 ? records.first : nil
        let trusted = named.first { $0.resource == own } ?? named.first ?? recorded
        return OIDCProvider.arn(
            forIssuer: issuer,
            account: role?.account ?? trusted?.account ?? unknownAccount,
            partition: role?.arn.partition ?? trusted?.partition ?? "aws"
        )
    }

    private static func context(claims: Claims, provider: String, evidence: Evidence) -> RequestContext {
        let request = evidence.request
        var context = RequestContext(
            claims: claims,
            federatedPrincipal: ARN(provider)?.account == unknownAccount ? nil : provider,
            roleARN: request.roleARN,
            sessionName: request.sessionName,
            sourceIP: request.publicSourceIP,
            region: request.region,
            at: evidence.awsNow
        )
        if let endpoint = request.endpoint {
            context["aws:SecureTransport"] = .values([String(endpoint.hasPrefix("https://"))])
        }
        evidence.complete(&context)
        return context
    }
}

/// The provider that STS finds for a token.
///
/// STS searches the role's account, which is in one partition. If the role is unknown, cambist assumes the only
/// provider of the token's issuer. If the issuer has several providers, cambist assumes the provider in the trust
/// policy. A policy usually names a provider in its own account.
struct ProviderChoice: Hashable, Sendable {
    /// The provider that STS finds or, without one, a provider in another account or partition.
    let record: OIDCProvider?
    /// Whether STS can find the provider, as far as cambist knows the role's account and partition.
    private let isReachable: Bool
    /// The providers among which only the trust policy can decide; empty for fewer than two providers.
    let alternatives: [OIDCProvider]

    init(among records: [OIDCProvider], issuer: String?, role: RoleARN?, trusted: [String]) {
        let url = issuer.map(OIDCProvider.hostAndPath)
        var seen: Set<OIDCProvider> = []
        let matching = records.filter { $0.url == url && seen.insert($0).inserted }
        let reachable = matching.filter { Self.canReach($0, from: role) }
        guard reachable.count > 1 else {
            record = reachable.first ?? matching.first
            isReachable = !reachable.isEmpty
            alternatives = []
            return
        }
        let named = reachable.filter { provider in provider.arn.map(trusted.contains) ?? false }
        record = named.count == 1 ? named.first : nil
        isReachable = named.count == 1
        alternatives = reachable
    }

    /// The provider, if STS can find it.
    var reachableRecord: OIDCProvider? { isReachable ? record : nil }
    /// Whether several providers are possible and the trust policy does not name exactly one of them.
    var isAmbiguous: Bool { record == nil && !alternatives.isEmpty }
    /// Whether several providers are possible and the trust policy names exactly one of them.
    var isAssumed: Bool { record != nil && !alternatives.isEmpty }

    private static func canReach(_ provider: OIDCProvider, from role: RoleARN?) -> Bool {
        guard let role, let arn = provider.arn.flatMap(ARN.init) else { return true }
        return arn.account == role.account && arn.partition == role.arn.partition
    }
}

extension Evidence {
    /// Adds the role's tags, if known, and the operator's values, which take precedence.
    ///
    /// `aws:SourceIp` never has a private address. If the operator supplied one, the address that AWS sees is unknown.
    func complete(_ context: inout RequestContext) {
        if case .found(let role) = self.role, let tags = role.tags { context.setRoleTags(tags) }
        for (key, values) in request.context {
            let isAddress = key.lowercased() == "aws:sourceip"
            let possible = values.filter { !isAddress || IPNetwork($0)?.isPrivate != true }
            if !possible.isEmpty || values.isEmpty { context[key] = .values(possible) }
        }
    }

    /// The time of AWS's clock; ``now`` for a saved token, or if AWS's clock was not compared with this host's.
    fileprivate var awsNow: Date {
        isHypothetical || node != nil ? now : clockOffset?.serverTime(at: now) ?? now
    }
}

extension Date {
    /// The instant as ISO 8601 in UTC.
    var text: String { formatted(.iso8601) }
}
