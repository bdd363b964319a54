import Federation
import Foundation
import TrustPolicy

/// The evidence and what follows from it, as the checks read it.
struct DiagnosisContext: Sendable {
    let evidence: Evidence
    let claims: Claims?
    let policy: TrustPolicy?
    /// The record of the token's provider.
    let choice: ProviderChoice
    /// The ARN that STS compares with the policy's principals.
    let federatedPrincipal: String?
    /// The trust policy's verdict on the token.
    let verdict: TrustVerdict?

    init(_ evidence: Evidence) {
        self.evidence = evidence
        claims = evidence.token.claims
        policy = if case .parsed(let policy) = evidence.policy { policy } else { nil }
        let issuer = claims?.issuer
        let role = evidence.request.roleARN
        choice = ProviderChoice(
            among: evidence.providers ?? [],
            issuer: issuer,
            role: role,
            trusted: policy?.trustedProviders ?? []
        )
        federatedPrincipal =
            if let issuer, !choice.isAmbiguous {
                choice.reached?.arn ?? Self.arn(ofIssuer: issuer, role: role, policy: policy)
            } else {
                nil
            }
        if let claims, let policy, let federatedPrincipal {
            let context = Self.context(claims: claims, provider: federatedPrincipal, evidence: evidence)
            let request = TrustRequest(federatedPrincipal: federatedPrincipal, context: context)
            verdict = policy.evaluate(request)
        } else {
            verdict = nil
        }
    }

    /// The verdict of another policy on the token, or on other claims in its place.
    ///
    /// The provider of other claims is the one of their issuer, in the same account.
    func verdict(
        of policy: TrustPolicy,
        for other: Claims? = nil,
        action: String = "sts:AssumeRoleWithWebIdentity"
    ) -> TrustVerdict? {
        guard let claims, let federatedPrincipal else { return nil }
        let token = other ?? claims
        let provider =
            token.issuer == claims.issuer
            ? federatedPrincipal
            : Self.arn(ofIssuer: token.issuer ?? "", role: request.roleARN, policy: policy)
        let context = Self.context(claims: token, provider: provider, evidence: evidence)
        return policy.evaluate(
            TrustRequest(action: action, federatedPrincipal: provider, context: context)
        )
    }

    /// The decision on the exchange: session tags and a source identity need actions of their own.
    var decision: TrustVerdict.Decision? {
        guard let verdict, verdict.decision == .allow else { return verdict?.decision }
        return claims?.furtherActions.lazy.compactMap(decision(forAction:)).first { $0 != .allow } ?? .allow
    }

    /// The service that issued the token; Entra without one.
    var issuerKind: IssuerKind {
        guard let claims, let issuer = claims.issuer else { return .entraVersionOne }
        // Service connections of Azure DevOps have tokens of the tenant's Entra.
        return claims.subject?.hasPrefix("/eid1/") == true ? .azureDevOps : IssuerKind(url: issuer)
    }

    /// The evidence that the token is a user's; `nil` for an application's or another issuer's.
    var userEvidence: String? {
        guard let claims, issuerKind.isEntra else { return nil }
        if let scope = claims.payload["scp"]?.string { return "scp is \(scope)" }
        if claims.payload["idtyp"]?.string == "user" { return "idtyp is user" }
        guard let object = claims.objectID, let subject = claims.subject, object != subject else {
            return nil
        }
        return "oid and sub differ"
    }

    /// Microsoft's application that Entra issued the token for.
    var microsoftResource: MicrosoftResource? {
        guard issuerKind.isEntra else { return nil }
        return claims?.audiences.first.flatMap(MicrosoftResource.init(audience:))
    }

    /// Whether another token is needed, so that the settings must not be fitted to this one.
    var needsOtherToken: Bool { userEvidence != nil || microsoftResource != nil }

    var now: Date { evidence.now }

    /// The time by the issuer's clock, as far as it was measured, else AWS's, else this host's.
    var issuerNow: Date {
        let clock = evidence.azureClock ?? evidence.clockOffset
        return now + (clock.flatMap { $0.isNotable ? $0.offset : nil } ?? .zero).seconds
    }
    /// The record whose URL equals the token's issuer.
    var provider: OIDCProvider? { choice.record }
    var request: RequestFacts { evidence.request }

    /// The failure of the exchange itself.
    var refusal: Failure? {
        if case .refused(let failure) = evidence.exchange { failure } else { nil }
    }

    /// The row of the table of errors for STS's refusal.
    var knownRefusal: KnownError.Row? {
        refusal.flatMap { KnownError.row(.sts, code: $0.code, message: $0.message) }
    }

    /// The failure of a call with the credentials.
    var callFailure: Failure? {
        if case .callFailed(let failure, _) = evidence.exchange { failure } else { nil }
    }

    /// Whether the token source returned the same token as before.
    var isTokenRepeated: Bool {
        if case .claims(_, seenBefore: true) = evidence.token { true } else { false }
    }

    /// When Entra issued the token.
    var issueDate: Date? {
        claims?.issuedAt.map { $0 + bound(.issueBackdating).seconds }
    }

    /// The time after which a delay no longer explains a failure, in a lab the shorter one of its clouds.
    func bound(_ delay: PropagationDelay) -> Duration { delay.bound / max(evidence.speed, 0.01) }

    /// The trust policy's decision on the token for another action than the exchange's own.
    func decision(forAction action: String) -> TrustVerdict.Decision? {
        guard let claims, let policy, let federatedPrincipal else { return nil }
        let context = Self.context(claims: claims, provider: federatedPrincipal, evidence: evidence)
        return policy.evaluate(
            TrustRequest(action: action, federatedPrincipal: federatedPrincipal, context: context)
        )
        .decision
    }

    /// The provider's ARN in the role's account or, without a role, in the account that the policy trusts.
    private static func arn(ofIssuer issuer: String, role: RoleARN?, policy: TrustPolicy?) -> String {
        let named = (policy?.trustedProviders ?? []).compactMap(ARN.init)
        let own = "oidc-provider/" + OIDCProvider.hostAndPath(of: issuer)
        let trusted = named.first { $0.resource == own } ?? named.first
        return OIDCProvider.arn(
            forIssuer: issuer,
            account: role?.account ?? trusted?.account ?? "ACCOUNT",
            partition: role?.arn.partition ?? trusted?.partition ?? "aws"
        )
    }

    private static func context(claims: Claims, provider: String, evidence: Evidence) -> RequestContext {
        let request = evidence.request
        var context = RequestContext(
            claims: claims,
            federatedPrincipal: provider,
            roleARN: request.roleARN,
            sessionName: request.sessionName,
            sourceIP: request.sourceIP,
            region: request.region,
            at: evidence.now
        )
        if let endpoint = request.endpoint {
            context["aws:SecureTransport"] = .values([String(endpoint.hasPrefix("https://"))])
        }
        for (key, values) in request.context { context[key] = .values(values) }
        return context
    }
}

/// The record of the provider that STS finds for a token.
///
/// STS looks in the role's account. Without a role, the only record is assumed; of several in different accounts, the
/// record that the trust policy trusts, because a policy usually names a provider of its own account.
struct ProviderChoice: Hashable, Sendable {
    /// The record; one of another account than the role's when no better one exists.
    let record: OIDCProvider?
    /// Whether STS can find the record: the role's account is the record's, or unknown.
    private let isReached: Bool
    /// The records among which only the policy decided, or nothing did; empty for one record.
    let rivals: [OIDCProvider]

    init(among records: [OIDCProvider], issuer: String?, role: RoleARN?, trusted: [String]) {
        let url = issuer.map(OIDCProvider.hostAndPath)
        var seen: Set<OIDCProvider> = []
        let matching = records.filter { $0.url == url && seen.insert($0).inserted }
        let reachable = matching.filter { Self.canReach($0, from: role) }
        guard reachable.count > 1 else {
            record = reachable.first ?? matching.first
            isReached = !reachable.isEmpty
            rivals = []
            return
        }
        let named = reachable.filter { provider in provider.arn.map(trusted.contains) ?? false }
        record = named.count == 1 ? named.first : nil
        isReached = named.count == 1
        rivals = reachable
    }

    /// The record, where STS can find it.
    var reached: OIDCProvider? { isReached ? record : nil }
    /// Whether several records are left and nothing decides between them.
    var isAmbiguous: Bool { record == nil && !rivals.isEmpty }
    /// Whether the policy alone decided between several.
    var isAssumed: Bool { record != nil && !rivals.isEmpty }

    private static func canReach(_ provider: OIDCProvider, from role: RoleARN?) -> Bool {
        guard let role, let arn = provider.arn.flatMap(ARN.init) else { return true }
        return arn.account == role.account
    }
}

extension Date {
    /// The instant as ISO 8601 in UTC.
    var text: String { formatted(.iso8601) }
}
