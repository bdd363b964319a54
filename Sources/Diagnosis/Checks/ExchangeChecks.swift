import Federation
import FoundationEssentials
import TrustPolicy

extension Check {
    /// Checks that the role allows the requested duration.
    static let duration = Check(
        .exchange,
        [
            CheckRow(
                "duration-over-maximum",
                cause: "The requested duration exceeds the role's maximum.",
                evidence: { context in
                    guard case .found(let role) = context.evidence.role, let maximum = role.maximumSession,
                        let requested = context.request.duration, requested > maximum
                    else { return nil }
                    return
                        "the mapping requests \(DurationText.format(requested)), the role allows \(DurationText.format(maximum))"
                },
                fix: { $0.longerSessions }
            )
        ]
    )

    /// Explains STS's error, if no earlier check does.
    static let refusal = Check(
        .exchange,
        firstOf: [
            settlingRow,
            CheckRow(
                "settling",
                .guess,
                cause: "An IAM change was made recently and may not have propagated to STS yet.",
                evidence: { $0.policy == nil ? $0.denial(after: $0.recentRoleChange) : nil },
                fix: { $0.iamWait(after: $0.recentRoleChange) },
                possibleCauses: { .denial(in: $0) }
            ),
            CheckRow(
                "denied-beyond-trust",
                .guess,
                cause: "The trust policy that cambist read allows the token, but AWS denies the call.",
                evidence: { context in
                    guard context.isAllowedByPolicy, let denial = context.denialEvidence else { return nil }
                    return "\(denial); \(context.policyOrigin) allows the token"
                },
                fix: { .denialBeyondTrust(in: $0) },
                possibleCauses: { context in
                    PossibleCauses(
                        ["a resource control policy denies the call"]
                            + (context.isPolicyCurrent
                                ? [] : ["the policy that cambist read is out of date"])
                            + ["an IAM change has not propagated yet"],
                        toFindOut:
                            "CloudTrail in the role's account has the denied event; the organization's administrator "
                            + "can read its resource control policies."
                    )
                }
            ),
            CheckRow(
                "not-authorized",
                .fallback,
                cause:
                    "The token is valid, but the role does not exist or its trust policy does not match the token.",
                evidence: { $0.denialEvidence },
                fix: { _ in
                    Fix(
                        "Configure AWS credentials that allow iam:GetRole, so that cambist can read the policy, or set "
                            + "trust_policy_file to a copy of the policy."
                    )
                },
                possibleCauses: { .denial(in: $0) }
            ),
            ownRefusalRow,
            CheckRow(
                "settling",
                .guess,
                cause: "An IAM change was made recently and has not propagated to STS yet.",
                evidence: { context in
                    guard context.isRefusedForProvider, let change = context.recentProviderChange else {
                        return nil
                    }
                    let shown = context.shownByIAM.map { "; \($0)" } ?? ""
                    return "\(context.refusalEvidence)\(shown); \(change.text)"
                },
                fix: { $0.iamWait(after: $0.recentProviderChange) },
                possibleCauses: { context in
                    context.shownByIAM == nil ? context.knownRefusal?.possibleCauses(context) : nil
                }
            ),
            missingInSTS(
                "provider-unseen",
                refusal: "no-provider",
                cause: "STS did not find the provider that exists in IAM."
            ),
            missingInSTS(
                "audience-unseen",
                refusal: "audience-not-registered",
                cause: "STS rejected the audience, although IAM lists it among the provider's client IDs."
            ),
            CheckRow(
                "verification-key",
                .fallback,
                cause: "STS could not get the issuer's key, although the issuer publishes it.",
                evidence: { context in
                    guard context.knownRefusal?.error.id == "verification-key",
                        case .published(let keyIDs, _, _) = context.evidence.issuer,
                        let key = context.claims?.keyID, keyIDs.contains(key)
                    else { return nil }
                    return "\(context.refusalEvidence); kid \(key) is published"
                },
                fix: { _ in
                    "Retry up to three times; if the error persists, make the issuer reachable from AWS."
                },
                possibleCauses: { _ in
                    PossibleCauses(
                        ["the fault is transient", "the issuer responds to this host but not to AWS"],
                        toFindOut:
                            "If one of three attempts works, the fault is transient; otherwise, fetch the "
                            + "keys from another network."
                    )
                }
            ),
            refusalRow,
            CheckRow(
                "unknown-error",
                .fallback,
                cause: "STS refused the token for a reason that cambist does not know.",
                evidence: { $0.refusal == nil ? nil : $0.refusalEvidence },
                fix: { Fix($0.refusal?.fix ?? "") }
            ),
        ]
    )

    /// A denial of a call that the policy allows, shortly after a change in IAM.
    static let settlingRow =
        CheckRow(
            "settling",
            .guess,
            cause:
                "The trust policy allows the call, but an IAM change was made recently and may not have propagated yet.",
            evidence: { $0.isAllowedByPolicy ? $0.denial(after: $0.recentRoleChange) : nil },
            fix: { $0.iamWait(after: $0.recentRoleChange) }
        )

    /// A failure that cambist itself detected, such as an unreachable endpoint.
    static let ownRefusalRow =
        CheckRow(.fallback) { context in
            guard let refusal = context.refusal, refusal.isOwnCode else { return [] }
            let (id, summary) = ownErrors[
                refusal.code,
                default: (
                    refusal.code, "STS was not called because the mapping's own settings prevent it."
                )
            ]
            let evidence = refusal.codeAndMessage.trimmingSuffix(".")
            let place = context.request.endpoint.map { "; the endpoint is \($0)" } ?? ""
            let isCertificate = refusal.code == CertificateDate.failureCode
            return [
                Cause(
                    id,
                    summary,
                    evidence: evidence + place,
                    fix: isCertificate ? .certificate(in: context) : Fix(refusal.fix),
                    possibleCauses: isCertificate ? .certificate(in: context) : nil
                )
            ]
        }

    /// A refusal in the table of known errors.
    static let refusalRow =
        CheckRow(.fallback) { context in
            context.knownRefusal.map { [$0.cause(evidence: context.refusalEvidence, in: context)] } ?? []
        }

    /// The IDs and summaries of causes, by the error codes that cambist itself assigns to STS calls.
    private static let ownErrors = [
        "not-aws": (
            "not-aws",
            "The response is not from AWS: a proxy, or a different server at the endpoint's address, sent it."
        ),
        "not-http": ("not-http", "The server at the endpoint did not respond with HTTP."),
        "canceled": ("canceled", "The call to STS was canceled."),
        "tls": ("tls", "No trusted TLS connection to STS could be established."),
        "unreachable": ("unreachable", "The STS endpoint does not respond."),
        "timed-out": ("timed-out", "STS did not respond in time."),
        "answer-too-large": ("answer-too-large", "The response is larger than any response of STS."),
        "invalid-request": ("request-invalid", "The request violates a rule of STS, so it was not sent."),
        CertificateDate.failureCode: (
            CertificateDate.failureCode,
            "According to this host's clock, the certificate of STS is not valid."
        ),
        "unusable-credentials": (
            "unusable-credentials",
            "The response has no usable credentials; a proxy or a different server probably sent it."
        ),
        "clock-offset": (
            "clock-offset", "According to this host's clock, the new credentials have already expired."
        ),
    ]

    /// A row for an object that IAM shows but STS does not find.
    private static func missingInSTS(_ id: String, refusal: String, cause: String) -> CheckRow {
        CheckRow(
            id,
            .fallback,
            cause: cause,
            evidence: { context in
                guard context.knownRefusal?.error.id == refusal, let shown = context.shownByIAM else {
                    return nil
                }
                return "\(context.refusalEvidence); \(shown)"
            },
            fix: { _ in
                Fix(
                    "If another program changed the provider recently, wait two minutes and test again. Otherwise, "
                        + "compare the account of role_arn with the account whose IAM was read (`aws sts "
                        + "get-caller-identity`)."
                )
            },
            possibleCauses: { _ in
                PossibleCauses(
                    [
                        "another program changed the provider recently",
                        "STS still has an older version of the provider",
                    ],
                    toFindOut:
                        "CloudTrail in the role's account shows the call that changed the provider, and its time."
                )
            }
        )
    }
}

extension Fix {
    /// The fix for a denial that the known trust policy does not cause.
    fileprivate static func denialBeyondTrust(in context: DiagnosisContext) -> Fix {
        guard context.isPolicyCurrent else {
            return Fix(
                "A trust policy that allows the token does not guarantee that AWS allows the call. Compare "
                    + "\(context.policyOrigin) with the policy in IAM:",
                commands: context.trustPolicyReading
            )
        }
        return Fix(
            "Do not change the trust policy; the policy in IAM allows the token. Ask the organization's administrator, "
                + "because cambist cannot read resource control policies."
        )
    }

    /// Returns the fix for a certificate that is not valid by this host's clock.
    ///
    /// If the certificate is valid by the clouds' clock, the fix is to correct this host's clock.
    static func certificate(in context: DiagnosisContext) -> Fix {
        context.isCertificateValidElsewhere
            ? Fix(
                "The certificate is valid according to the clouds' clock, but not according to this host's. Correct "
                    + "this host's clock:",
                commands: [DiagnosisContext.clockCommand]
            )
            : Fix(
                "Compare this host's clock with the certificate's dates. If the clock is right, ask the server's "
                    + "operator to renew the certificate."
            )
    }
}

extension PossibleCauses {
    /// The possible causes of a certificate that is not valid by this host's clock.
    static func certificate(in context: DiagnosisContext) -> PossibleCauses? {
        if context.isCertificateValidElsewhere { return nil }
        return PossibleCauses(
            [
                "this host's clock is wrong", "the server's certificate was not renewed",
                "a proxy presents another certificate",
            ],
            toFindOut:
                "`cambist doctor` compares the clouds' clocks with this host's clock and names the proxy."
        )
    }

    /// The possible causes of a denial while the trust policy is unknown.
    fileprivate static func denial(in context: DiagnosisContext) -> PossibleCauses {
        PossibleCauses(
            [
                "the role does not exist", "the trust policy does not match",
                "a service control policy or resource control policy denies the call",
            ],
            toFindOut:
                "Run `\(context.roleReadingText)` to see the role and its policy."
        )
    }
}

/// A change in IAM that STS may not reflect yet.
private struct RecentChange {
    let at: Date
    /// The change, the time of the change, and the source of both facts.
    let text: String
}

extension DiagnosisContext {
    fileprivate var refusalEvidence: String {
        refusal?.codeAndMessage ?? ""
    }

    fileprivate var denialEvidence: String? {
        refusal?.code == "AccessDenied" ? refusalEvidence : nil
    }

    fileprivate var isAllowedByPolicy: Bool { decision == .allow }

    fileprivate var isPolicyCurrent: Bool { evidence.policyReader != nil }

    fileprivate var policyOrigin: String {
        if let file = evidence.policyFile { return "the policy in \(file)" }
        return evidence.policyReader.map { "the policy that was read from IAM using \($0)" }
            ?? "the policy that cambist read"
    }

    fileprivate func denial(after change: RecentChange?) -> String? {
        guard let denialEvidence, let change else { return nil }
        return "\(denialEvidence); \(change.text)"
    }

    fileprivate var isRefusedForProvider: Bool {
        ["no-provider", "audience-not-registered"].contains(knownRefusal?.error.id)
    }

    /// The evidence that IAM has a provider or client ID that STS does not find.
    fileprivate var shownByIAM: String? {
        switch knownRefusal?.error.id {
        case "no-provider":
            return providerChoice.reachableRecord.map { "IAM has \($0.arn ?? $0.url)" }
        case "audience-not-registered":
            guard let audience = claims?.effectiveAudiences.first,
                providerChoice.reachableRecord?.clientIDs?.contains(audience) == true
            else { return nil }
            return "IAM lists \(audience) among the provider's client IDs"
        default: return nil
        }
    }

    /// The latest change of the role or the trust policy that STS may not reflect yet.
    fileprivate var recentRoleChange: RecentChange? {
        let created: RecentChange? =
            if case .found(let role) = evidence.role { creation("role", role.created) } else { nil }
        return latest([setupChange, created])
    }

    /// The latest change of the provider or the provider's client IDs that STS may not reflect yet.
    fileprivate var recentProviderChange: RecentChange? {
        latest([setupChange, creation("provider", providerChoice.reachableRecord?.created)])
    }

    private var setupChange: RecentChange? {
        evidence.lastChange.map { RecentChange(at: $0.at, text: $0.text) }
    }

    private func creation(_ object: String, _ date: Date?) -> RecentChange? {
        date.map {
            RecentChange(
                at: $0,
                text: "the \(object) was created at \($0.text), according to IAM's CreateDate"
            )
        }
    }

    /// Returns the latest change whose time differs from now by less than IAM's propagation delay.
    ///
    /// The time can be in the future, because clocks may differ.
    private func latest(_ changes: [RecentChange?]) -> RecentChange? {
        changes.compactMap(\.self)
            .filter { abs(now.timeIntervalSince($0.at)) < bound(.iam).seconds }
            .max { $0.at < $1.at }
    }

    fileprivate func iamWait(after change: RecentChange?) -> Fix {
        let end = (change?.at ?? now) + bound(.iam).seconds
        return Fix(
            "Wait, then test again. Most changes propagate within 2 s and some within 30 s; AWS guarantees no upper "
                + "bound. "
                + "The change should be effective by \(end.text). "
                + waitCommand
        )
    }
}

extension String {
    /// Returns the text without a suffix; unchanged if the text does not end with the suffix.
    func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
