import Federation
import TrustPolicy

extension Check {
    /// Checks that the token was signed with a key that the issuer publishes.
    static let signingKey = Check(
        .provider,
        firstOf: [
            CheckRow(
                "key-unknown",
                cause: "The issuer does not publish the key that signed the token.",
                evidence: { context in
                    guard let key = context.claims?.keyID,
                        case .published(let published, _, _) = context.evidence.issuer,
                        !published.contains(key)
                    else { return nil }
                    return "kid is \(key); the issuer publishes \(published.joined(separator: ", "))"
                },
                fix: { _ in
                    Fix(
                        "Request a new token. AWS cannot fetch a custom signing key of the application: if the "
                            + "application has such a key, remove it or, if another client needs it, use another "
                            + "application."
                    )
                }
            ),
            CheckRow(
                "signature-invalid",
                cause: "The token was altered in transit or signed with a different key.",
                evidence: { $0.evidence.signatureProblem },
                fix: { _ in
                    "Request a new token from the source itself, and look for a file or a proxy that changes the token."
                }
            ),
        ]
    )

    /// Checks that IAM accepts a provider with the issuer's URL.
    static let issuerURL = Check(
        .provider,
        [
            CheckRow(
                "issuer-url-invalid",
                cause:
                    "IAM refuses the URL of the token's issuer, so no account can have a provider for the issuer.",
                evidence: { context in
                    guard let issuer = context.claims?.issuer, issuer.hasPrefix("https://"),
                        let defect = context.issuerDefect
                    else { return nil }
                    // Servers that imitate STS can accept such an issuer.
                    if case .succeeded = context.evidence.exchange { return nil }
                    return "iss is \(issuer); the URL contains \(defect.part)"
                },
                fix: { context in
                    Fix(
                        "Configure the issuer with a URL without \(context.issuerDefect?.part ?? "this part"), such as "
                            + "https://\(context.issuerDefect?.corrected ?? ""), and request a new token. The URL of a "
                            + "provider in IAM has only a host and a path after https://."
                    )
                }
            )
        ]
    )

    /// Checks that AWS can fetch the issuer's keys, as far as this host can determine.
    static let issuer = Check(
        .provider,
        firstOf: [
            CheckRow(
                "issuer-unreadable",
                .informs,
                cause:
                    "This host cannot read the discovery document or the keys that Entra publishes for STS.",
                evidence: { context in
                    guard context.isRefusedForIssuer, context.issuerKind.isEntra,
                        case .unreadable(let reason) = context.evidence.issuer
                    else { return nil }
                    return "\(context.refusal?.codeAndMessage ?? ""); from this host: \(reason)"
                },
                fix: { _ in
                    "This host's problem does not affect AWS, which fetches the keys itself. Look for a proxy that responds to this host in Entra's place."
                }
            ),
            CheckRow(
                "issuer-unreadable",
                .blocksIfIssuerRefused,
                cause: "The issuer's discovery document or keys do not meet the requirements of STS.",
                evidence: { context in
                    guard context.isRefusedForIssuer, case .unreadable(let reason) = context.evidence.issuer
                    else {
                        return nil
                    }
                    return
                        "\(context.refusal?.codeAndMessage ?? ""); from this host: \(reason)"
                },
                fix: { _ in
                    "Publish the document and the keys on the internet, with the token's iss as the document's issuer."
                }
            ),
            CheckRow(
                "issuer-unchecked",
                .informs,
                cause:
                    "This host cannot reach the issuer, so cambist could not compare the token's kid with the published keys.",
                evidence: { context in
                    guard context.isRefusedForIssuer, case .unreachable(let reason) = context.evidence.issuer
                    else {
                        return nil
                    }
                    return reason
                },
                fix: { _ in
                    Fix(
                        "This host's problem does not affect AWS, which fetches the keys itself; `cambist doctor` shows "
                            + "whether this host uses a proxy."
                    )
                }
            ),
            CheckRow(
                "issuer-keys-too-many",
                .blocksIfIssuerRefused,
                cause: "The issuer publishes more keys than STS reads.",
                evidence: { context in
                    guard case .published(_, let counts, _) = context.evidence.issuer else { return nil }
                    let surplus = keyTypes.filter { counts[$0, default: 0] > keyLimit }
                    guard !surplus.isEmpty else { return nil }
                    let text = surplus.map { "\(counts[$0, default: 0]) \($0) keys" }
                        .joined(separator: " and ")
                    return "the issuer publishes \(text); STS reads at most \(keyLimit) keys of each type"
                },
                fix: { _ in "Retire old keys at the issuer." }
            ),
            CheckRow(
                "issuer-slow",
                .blocksIfIssuerRefused,
                cause: "The issuer takes longer to respond than STS waits.",
                evidence: { context in
                    guard case .published(_, _, let took) = context.evidence.issuer, took > issuerLimit else {
                        return nil
                    }
                    return
                        "fetching the issuer's keys took \(DurationText.format(took)); STS waits "
                        + "about \(DurationText.format(issuerLimit))"
                },
                fix: { _ in
                    "Retry; if the error persists, cache the issuer's documents closer to AWS."
                }
            ),
        ]
    )

    /// The types of keys that STS reads, as in `kty`.
    private static let keyTypes = ["RSA", "EC"]
    /// The maximum number of keys of each type that STS reads.
    ///
    /// Source: IAM user guide, "Create an OpenID Connect (OIDC) identity provider": 100 RSA keys and 100 EC keys.
    private static let keyLimit = 100
    /// The time that STS waits for the issuer.
    private static let issuerLimit = Duration.seconds(5)

    /// Checks that the role's account has a provider for the token's issuer.
    static let provider = Check(
        .provider,
        firstOf: [
            CheckRow(
                "provider-ambiguous",
                cause:
                    "Several accounts have a provider for the token's issuer, and the role's account is unknown.",
                evidence: { context in
                    guard let issuer = context.issuerWithRecords, context.providerChoice.isAmbiguous else {
                        return nil
                    }
                    return "iss is \(issuer); the providers are \(context.alternativeRecords)"
                },
                fix: { _ in
                    "Specify the role with --role ARN, because STS looks for the provider in the role's account."
                }
            ),
            CheckRow { context in
                guard let seen = context.missingProvider, let defect = context.providerDefect else {
                    return []
                }
                return [
                    Cause(
                        "provider-url-invalid",
                        "The URL of the account's provider contains \(defect.part), which IAM refuses in a provider's URL.",
                        evidence: seen,
                        fix: .creation(in: context)
                    )
                ]
            },
            CheckRow { context in
                guard let seen = context.missingProvider, let difference = context.providerDifference else {
                    return []
                }
                return [
                    Cause(
                        "provider-\(difference.rawValue)",
                        "The URL of the account's provider \(difference.predicate).",
                        evidence: seen,
                        fix: .creation(in: context)
                    )
                ]
            },
            CheckRow(
                "no-provider",
                cause: "The role's account has no OIDC provider for the token's issuer.",
                evidence: { $0.missingProvider },
                fix: { .creation(in: $0) }
            ),
            CheckRow(
                "provider-partition",
                cause: "The provider and the role are in different AWS partitions.",
                evidence: { context in
                    guard context.issuerWithRecords != nil, let partition = context.provider?.partition,
                        let role = context.request.roleARN, partition != role.arn.partition
                    else { return nil }
                    return
                        "the provider is \(context.provider?.arn ?? ""); the role is in \(role.arn.partition)"
                },
                fix: { context in
                    Fix(
                        "Correct the role's ARN, or create the provider in the role's account and partition:",
                        commands: context.providerCreation
                    )
                }
            ),
            CheckRow(
                "provider-account",
                cause: "The provider and the role are in different accounts.",
                evidence: { context in
                    guard context.issuerWithRecords != nil, let account = context.provider?.account,
                        let role = context.request.roleARN, account != role.account
                    else { return nil }
                    return "the provider is in \(account); the role is in \(role.account)"
                },
                fix: { context in
                    Fix(
                        "Correct the role's ARN, or create the provider in the role's account:",
                        commands: context.providerCreation
                    )
                }
            ),
            CheckRow(
                "provider-assumed",
                .informs,
                cause:
                    "Several accounts have a provider for the token's issuer; cambist used the provider in the trust "
                    + "policy.",
                evidence: { context in
                    guard context.issuerWithRecords != nil, context.providerChoice.isAssumed,
                        let record = context.provider
                    else { return nil }
                    return
                        "cambist used \(record.arn ?? record.url); the providers are \(context.alternativeRecords)"
                },
                fix: { _ in
                    "To be certain, specify the role with --role ARN, because STS looks for the provider in the role's account."
                }
            ),
        ]
    )

    /// Checks that the provider's client IDs contain the token's audience.
    static let clientIDs = Check(
        .provider,
        firstOf: [
            CheckRow(
                "audience-multiple",
                cause: "The token has several audiences and no azp; STS rejects such tokens.",
                evidence: { context in
                    guard let audiences = context.claims?.effectiveAudiences, audiences.count > 1 else {
                        return nil
                    }
                    return "aud is \(audiences.joined(separator: ", "))"
                },
                fix: { _ in "Request a token with one audience." }
            ),
            CheckRow(
                "audience-azp",
                cause: "AWS compares the token's azp, but the provider lists only the token's aud.",
                evidence: { context in
                    guard let (audience, listed) = context.unlistedAudience, let claims = context.claims,
                        claims.authorizedParty != nil, listed.contains(where: claims.audiences.contains)
                    else { return nil }
                    return context.unlistedEvidence(audience, listed)
                },
                fix: { context in
                    let remark =
                        context.issuerKind.isEntra
                        ? " Version 1 tokens have no azp; they have a different issuer and need a different provider."
                        : ""
                    return context.adaptingCloud(
                        context.audienceAddition(
                            "Add the azp to the client IDs; in the trust policy, :aud is then the azp and :oaud is the "
                                + "aud.\(remark)"
                        )
                    )
                }
            ),
            CheckRow(
                "audience-unexpected",
                cause: "The provider and the trust policy expect an audience other than the token's.",
                evidence: { context in
                    context.agreedAudience.map {
                        "the token has \($0.found); the provider's client IDs and Statement[\($0.statement)] have "
                            + "\($0.expected)"
                    }
                },
                fix: { $0.adaptingCloud("") }
            ),
            CheckRow(
                "audience-form",
                cause: "The provider lists the token's audience in a different form.",
                evidence: { context in
                    guard let (audience, listed) = context.unlistedAudience,
                        let nearMiss = listed.lazy.compactMap({
                            NearMiss(betweenRequired: $0, found: audience, ofClaim: "aud")
                        }).first
                    else { return nil }
                    return "\(context.unlistedEvidence(audience, listed)): \(nearMiss)"
                },
                fix: { .addition(in: $0) }
            ),
            CheckRow(
                "audience-not-registered",
                cause: "The provider does not list the token's audience among its client IDs.",
                evidence: { context in
                    context.unlistedAudience.map { context.unlistedEvidence($0.audience, $0.listed) }
                },
                fix: { context in
                    guard context.issuerKind == .azureDevOps else { return .addition(in: context) }
                    return context.audienceAddition(
                        "Azure DevOps issues tokens of service connections only for this audience. Add the audience to the "
                            + "provider's client IDs:"
                    )
                }
            ),
        ]
    )
}

extension CauseEffect {
    fileprivate static let blocksIfIssuerRefused = CauseEffect.blocks(if: \.isRefusedForIssuer)
}

extension Fix {
    fileprivate static func creation(in context: DiagnosisContext) -> Fix {
        context.adaptingCloud(
            Fix(
                context.offeringSetup(or: "Create a provider for the token's issuer:"),
                commands: context.providerCreation
            )
        )
    }

    fileprivate static func addition(in context: DiagnosisContext) -> Fix {
        context.adaptingCloud(
            context.audienceAddition(
                context.offeringSetup(or: "Add the audience to the provider's client IDs:")
            )
        )
    }
}

extension DiagnosisContext {
    /// Whether STS could not get the issuer's key.
    fileprivate var isRefusedForIssuer: Bool {
        ["verification-key", "issuer-unreachable"].contains(knownRefusal?.error.id)
    }

    /// The token's issuer, if cambist can look for the issuer's provider in the account.
    ///
    /// `nil` in these cases:
    ///
    /// - The account's providers are unknown.
    /// - IAM can have no provider with the issuer's URL.
    /// - AWS has a built-in provider for the issuer.
    var issuerWithRecords: String? {
        if claims?.issuer.flatMap(BuiltInProvider.name(ofIssuer:)) != nil || issuerDefect != nil {
            return nil
        }
        return evidence.providers == nil
            ? nil : claims?.issuer.flatMap { $0.hasPrefix("https://") ? $0 : nil }
    }

    fileprivate var alternativeRecords: String {
        providerChoice.alternatives.map { $0.arn ?? "\($0.url) without an ARN" }.joined(separator: ", ")
    }

    /// The evidence that the account has no provider for ``issuerWithRecords``; `nil` if a provider exists.
    fileprivate var missingProvider: String? {
        guard let issuer = issuerWithRecords, provider == nil, let providers = evidence.providers else {
            return nil
        }
        guard !providers.isEmpty else { return "iss is \(issuer); the account has no OIDC providers" }
        let urls = providers.map(\.url).joined(separator: ", ")
        return "iss is \(issuer)\(issuerCloudRemark); the account's providers are \(urls)"
    }

    /// The smallest difference between a provider's URL in the account and the token's issuer.
    fileprivate var providerDifference: IssuerDifference? {
        guard let issuer = issuerWithRecords, provider == nil else { return nil }
        return .smallest(of: (evidence.providers ?? []).map(\.url), from: issuer)
    }

    /// The error in a provider's URL (for example, a query), if the corrected URL is the token's issuer.
    fileprivate var providerDefect: ProviderURLDefect? {
        let own = claims?.issuer.map(OIDCProvider.hostAndPath)
        return (evidence.providers ?? []).lazy.compactMap { ProviderURLDefect(in: $0.url) }
            .first { $0.corrected == own }
    }

    /// The token's audience and the provider's client IDs; `nil` if the client IDs contain the audience.
    fileprivate var unlistedAudience: (audience: String, listed: [String])? {
        guard let audience = claims?.effectiveAudiences.first,
            let listed = providerChoice.reachableRecord?.clientIDs, !listed.contains(audience),
            !needsOtherToken
        else { return nil }
        return (audience, listed)
    }

    fileprivate func unlistedEvidence(_ audience: String, _ listed: [String]) -> String {
        let text = listed.isEmpty ? "no client IDs" : listed.joined(separator: ", ")
        return "the token has \(audience), the provider lists \(text)"
    }
}

extension OIDCProvider {
    fileprivate var account: String? { arn.flatMap(ARN.init)?.account }
    fileprivate var partition: String? { arn.flatMap(ARN.init)?.partition }
}
