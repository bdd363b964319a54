import Federation
import Foundation
import TrustPolicy

/// The evidence with what follows from it, as the checks read it.
struct DiagnosisContext: Sendable {
    let evidence: Evidence
    let claims: Claims?
    let policy: TrustPolicy?
    /// Which record is the token's provider.
    let choice: ProviderChoice
    /// The ARN that STS compares with the policy's principals.
    let federatedPrincipal: String?
    /// What the policy says of the token.
    let verdict: TrustVerdict?

    init(_ evidence: Evidence) {
        self.evidence = evidence
        claims = if case .claims(let claims, _) = evidence.token { claims } else { nil }
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
            if let issuer, !choice.isOpen {
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

    var now: Date { evidence.now }
    /// The record whose URL is exactly the token's issuer.
    var provider: OIDCProvider? { choice.record }
    var request: RequestFacts { evidence.request }

    /// The failure of the exchange itself.
    var refusal: Failure? {
        if case .refused(let failure) = evidence.exchange { failure } else { nil }
    }

    /// What the policy says of the token for another action than the exchange's own.
    func decision(forAction action: String) -> TrustVerdict.Decision? {
        guard let claims, let policy, let federatedPrincipal else { return nil }
        let context = Self.context(claims: claims, provider: federatedPrincipal, evidence: evidence)
        return policy.evaluate(
            TrustRequest(action: action, federatedPrincipal: federatedPrincipal, context: context)
        )
        .decision
    }

    /// The provider's ARN in the role's account or, where no role is named, in the account that the policy trusts.
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
        for (key, values) in request.context { context[key] = .values(values) }
        return context
    }
}

extension Date {
    /// The instant as an operator reads it everywhere: ISO 8601 in UTC.
    var text: String { formatted(.iso8601) }
}
