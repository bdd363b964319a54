import Federation
import TrustPolicy

extension Check {
    /// Whether the role's account has a provider for the token's issuer.
    static let provider = Check(.provider) { examination in
        guard let issuer = examination.claims?.issuer, let providers = examination.evidence.providers else {
            return []
        }
        if examination.choice.isOpen { return [.blocking(examination.ambiguousProvider(issuer))] }
        guard let record = examination.provider else {
            return [.blocking(examination.missingProvider(issuer: issuer, providers: providers))]
        }
        if let account = record.account, let role = examination.request.roleARN, account != role.account {
            return [.blocking(examination.providerElsewhere(account, role: role))]
        }
        return examination.choice.isAssumed ? [.notable(examination.assumedProvider(record))] : []
    }

    /// Whether the provider takes the token's audience.
    static let clientIDs = Check(.provider) { examination in
        guard let claims = examination.claims else { return [] }
        let audiences = claims.effectiveAudiences
        guard audiences.count <= 1 else {
            return [
                .blocking(
                    Cause(
                        "audience-multiple",
                        "The token has several audiences and no azp, which STS does not take.",
                        evidence: "aud is \(audiences.joined(separator: ", "))",
                        fix: "Ask for a token with one audience."
                    )
                )
            ]
        }
        guard let provider = examination.provider, let clientIDs = provider.clientIDs,
            let audience = audiences.first, !clientIDs.contains(audience)
        else { return [] }
        return [.blocking(examination.unlistedAudience(audience, claims: claims, provider: provider))]
    }
}

extension DiagnosisContext {
    fileprivate func providerElsewhere(_ account: String, role: RoleARN) -> Cause {
        Cause(
            "provider-account",
            "The provider is in another account than the role.",
            evidence: "the provider is in \(account), the role in \(role.account)",
            fix: "Create it in the role's account, or correct the role's ARN. " + providerCreation
        )
    }

    private var rivalRecords: String {
        choice.rivals.map { $0.arn ?? "\($0.url) without an ARN" }.joined(separator: ", ")
    }

    fileprivate func ambiguousProvider(_ issuer: String) -> Cause {
        Cause(
            "provider-ambiguous",
            "Several of the records are of the token's issuer, and nothing says in which account the role is.",
            evidence: "iss is \(issuer); the records are \(rivalRecords)",
            fix: "Name the role, for STS looks in its account: --role ARN."
        )
    }

    fileprivate func assumedProvider(_ record: OIDCProvider) -> Cause {
        Cause(
            "provider-assumed",
            "Several accounts have a provider of the token's issuer; the one that the policy trusts was taken.",
            evidence: "taken was \(record.arn ?? record.url); the records are \(rivalRecords)",
            fix: "Name the role to be sure, for STS looks in its account: --role ARN."
        )
    }

    fileprivate func missingProvider(issuer: String, providers: [OIDCProvider]) -> Cause {
        let wanted = OIDCProvider.hostAndPath(of: issuer)
        let evidence =
            "iss is \(issuer); the account has \(providers.isEmpty ? "none" : providers.map(\.url).joined(separator: ", "))"
        let (id, summary): (String, String)
        if providers.contains(where: { $0.url.droppingFinalSlash == wanted.droppingFinalSlash }) {
            (id, summary) = (
                "provider-slash", "The provider's URL differs from the token's issuer by the final slash."
            )
        } else if providers.contains(where: { $0.isOfEntra && $0.tenant == claims?.tenant(of: issuer) }) {
            (id, summary) = (
                "provider-version", "The provider is for the other token version of this tenant."
            )
        } else if providers.contains(where: \.isOfEntra) {
            (id, summary) = ("provider-tenant", "The account's provider is for another tenant.")
        } else {
            (id, summary) = ("no-provider", "The role's account has no OIDC provider for the token's issuer.")
        }
        let advice =
            id == "provider-version" && claims?.isVersionTwo == true
            ? "Set the application's api.requestedAccessTokenVersion to 1, or create a provider for this issuer. "
            : ""
        return Cause(id, summary, evidence: evidence, fix: advice + providerCreation)
    }

    fileprivate func unlistedAudience(_ audience: String, claims: Claims, provider: OIDCProvider) -> Cause {
        let clientIDs = provider.clientIDs ?? []
        let listed = clientIDs.isEmpty ? "none" : clientIDs.joined(separator: ", ")
        let evidence = "the token has \(audience), the provider lists \(listed)"
        let fix = "Add it: \(addition(of: audience))"
        if claims.authorizedParty != nil, clientIDs.contains(where: claims.audiences.contains) {
            return Cause(
                "audience-azp",
                "The token is of version 2, AWS compares its azp, and only its aud is registered.",
                evidence: "azp is \(evidence)",
                fix: "Have version 1 tokens issued:\n\(firstVersion)\nOr: \(fix)"
            )
        }
        if let nearMiss = clientIDs.lazy.compactMap({
            NearMiss(betweenRequired: $0, found: audience)
        }).first {
            return Cause(
                "audience-form",
                "The provider lists the audience in another form than the token's.",
                evidence: "\(evidence): \(nearMiss)",
                fix: fix
            )
        }
        return Cause(
            "audience-not-registered",
            "The provider does not list the token's audience among its client IDs.",
            evidence: evidence,
            fix: fix
        )
    }

    /// The command that has the provider take an audience.
    func addition(of audience: String) -> String {
        "aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn "
            + "\(ShellWord.posix(provider?.arn ?? federatedPrincipal ?? "PROVIDER_ARN")) --client-id "
            + ShellWord.posix(audience)
    }

    /// The command that makes the provider.
    var providerCreation: String {
        "aws iam create-open-id-connect-provider --url \(ShellWord.posix(claims?.issuer ?? "ISSUER")) --client-id-list "
            + ShellWord.posix(claims?.effectiveAudiences.first ?? "AUDIENCE")
    }
}

extension OIDCProvider {
    /// The account in its ARN.
    fileprivate var account: String? { arn.flatMap(ARN.init)?.account }

    fileprivate var isOfEntra: Bool { OIDCKey("\(url):aud")?.isOfEntra ?? false }

    /// The first part of its path, which for Entra is the tenant.
    fileprivate var tenant: String? {
        url.split(separator: "/").dropFirst().first.map(String.init)
    }
}

extension Claims {
    fileprivate func tenant(of issuer: String) -> String? {
        tenantID ?? OIDCProvider(url: issuer, clientIDs: nil).tenant
    }
}
