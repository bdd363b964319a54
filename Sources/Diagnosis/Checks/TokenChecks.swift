import Federation
import FoundationEssentials
import TrustPolicy

extension Check {
    /// Checks that the text is a signed JWT whose length and algorithm STS accepts.
    static let tokenFormat = Check(
        .token,
        firstOf: [
            CheckRow(.stops) { context in
                if case .malformed(let error) = context.evidence.token {
                    [.tokenFormat(error, isSaved: true)]
                } else {
                    []
                }
            },
            CheckRow(
                "token-too-long",
                cause: "The token is longer than STS accepts.",
                evidence: { context in
                    guard context.claims?.isTooLong == true else { return nil }
                    return "the token has more than \(Claims.maximumTokenLength) characters"
                },
                fix: { _ in
                    "Configure the issuer to put fewer claims into the token, such as the list of the user's groups."
                }
            ),
            CheckRow(
                "algorithm-unusual",
                .informs,
                cause: "Entra signs with RS256, but this token uses a different algorithm.",
                evidence: { context in
                    guard let algorithm = context.claims?.algorithm, algorithm != "RS256",
                        context.issuerKind.isEntra, !context.hasUnverifiableSignature
                    else { return nil }
                    return "alg is \(algorithm)"
                },
                fix: { _ in "Check that the source returns an Entra access token." }
            ),
            CheckRow(
                "algorithm-unsupported",
                cause: "STS does not verify signatures with this algorithm.",
                evidence: { context in
                    guard let algorithm = context.claims?.algorithm, context.hasUnverifiableAlgorithm else {
                        return nil
                    }
                    return algorithm.lowercased() == "none"
                        ? "alg is \(algorithm), so the token is not signed" : "alg is \(algorithm)"
                },
                fix: { context in
                    context.issuerKind.isEntra
                        ? "Check that the source returns an Entra access token, which Entra signs with RS256."
                        : "Configure the issuer to sign with RS256 or ES256."
                }
            ),
            CheckRow(
                "signature-missing",
                cause: "The token has no signature that STS could verify.",
                evidence: { context in
                    guard let claims = context.claims, claims.isUnsigned else { return nil }
                    guard let algorithm = claims.algorithm else {
                        return claims.header["alg"].map { "alg is \($0.compactText)" }
                            ?? "the header has no alg"
                    }
                    return "alg is \(algorithm), and the signature is empty"
                },
                fix: { _ in
                    "Request the token again from its source, and pass it on unchanged, with header and signature."
                }
            ),
        ]
    )

    /// Checks that the token has all claims that STS requires, and that the issuer is an HTTPS URL.
    static let requiredClaims = Check(
        .token,
        [
            missingClaim("aud", .stops) { !$0.audiences.isEmpty },
            missingClaim("exp", .stops) { $0.expiry != nil },
            missingClaim("iat") { $0.issuedAt != nil },
            missingClaim("iss") { $0.issuer != nil },
            missingClaim("sub") { $0.subject != nil },
            CheckRow(
                "issuer-not-url",
                cause: "The issuer is not an HTTPS URL.",
                evidence: { context in
                    context.claims?.issuer.flatMap { $0.hasPrefix("https://") ? nil : "iss is \($0)" }
                },
                fix: { context in
                    context.claims?.issuer?.lowercased().hasPrefix("http://") == true
                        ? "The URL of a provider in IAM must begin with https://. Serve the issuer over HTTPS, configure that URL as its iss, and request a new token."
                        : "Use a token of an issuer with an HTTPS URL."
                }
            ),
        ]
    )

    private static func missingClaim(
        _ name: String,
        _ effect: CauseEffect = .blocks,
        isPresent: @escaping @Sendable (Claims) -> Bool
    ) -> CheckRow {
        let form = ["exp", "iat"].contains(name) ? " as a whole number of seconds" : ""
        return CheckRow(
            "claim-missing",
            effect,
            cause: "STS requires the claim \(name)\(form).",
            evidence: { context in
                guard let claims = context.claims, !isPresent(claims) else { return nil }
                return claims.payload[name].map { "\(name) is \($0.compactText)" }
                    ?? "the token has no \(name)"
            },
            fix: { context in
                if !form.isEmpty, let seconds = context.claims?.secondsOfMilliseconds(in: name) {
                    return Fix(
                        "\(name) is in milliseconds, but STS expects seconds: \(seconds). Correct the program that "
                            + "writes the claims, and request a new token."
                    )
                }
                return context.issuerKind.isEntra
                    ? "Request an Entra access token for the audience: it contains this claim."
                    : "Request a token with this claim from the issuer; STS refuses tokens without the claim."
            }
        )
    }

    /// Checks that STS accepts the session tags in the token.
    static let sessionTags = Check(
        .token,
        [
            CheckRow(
                "session-tags-invalid",
                cause: "STS does not accept the session tags in the token.",
                evidence: { $0.claims?.sessionTagDefect.map { "in https://aws.amazon.com/tags, \($0)" } },
                fix: { _ in
                    Fix(
                        "Correct the claim at the issuer. principal_tags has at most 50 keys. A key has at most 128 "
                            + "characters and does not begin with aws:. The value of a key is a list of one string of at "
                            + "most 256 characters. transitive_tag_keys lists only keys of principal_tags."
                    )
                }
            ),
            CheckRow(
                "source-identity-invalid",
                cause: "STS does not accept the source identity in the token.",
                evidence: { context in
                    guard let name = context.claims?.sourceIdentity,
                        !RoleSessionName.isValid(name)
                    else { return nil }
                    return "https://aws.amazon.com/source_identity is \(name)"
                },
                fix: { _ in
                    Fix("Correct the claim at the issuer: a source identity has \(RoleSessionName.accepted).")
                }
            ),
        ]
    )

    private static let timeAdvice: Fix = "Evaluate the policy at a time when this token is valid: --at TIME."

    /// STS's leeway before `nbf` and after `exp`.
    fileprivate static let leeway = Duration.seconds(300)

    /// Checks that the token is valid at the time of the evaluation.
    static let tokenTimes = Check(
        .token,
        firstOf: [
            CheckRow(
                "token-not-yet-valid",
                .blocks(if: { !$0.isStartTolerated }),
                cause: "The token is not valid yet.",
                evidence: { context in
                    guard let start = context.claims?.notBefore, start > context.issuerNow else { return nil }
                    return "nbf is \(start.text), \(context.issuerNowText)"
                        + (context.isStartTolerated ? "; STS accepts a token five minutes before nbf" : "")
                },
                fix: { context in
                    if context.evidence.hasSuppliedTime { return timeAdvice }
                    if context.isStartTolerated { return "Change nothing: STS accepts the token." }
                    return context.clocks.verdict == .agreement
                        ? Fix(
                            "Compare this host's clock with the clouds' clocks (`cambist doctor`). If they agree, wait "
                                + "until nbf."
                        )
                        : Fix(context.clocks)
                }
            ),
            CheckRow(
                "token-expired",
                .stops(blockingIf: { context in
                    guard let end = context.claims?.expiry else { return false }
                    return end + leeway.seconds <= context.issuerNow && !context.evidence.isHypothetical
                }),
                cause: "The token has expired.",
                evidence: { context in
                    guard let end = context.claims?.expiry, end <= context.issuerNow else { return nil }
                    return "exp is \(end.text), \(context.issuerNowText)"
                },
                fix: { context in
                    if context.evidence.hasSuppliedTime { return timeAdvice }
                    return context.evidence.isHypothetical
                        ? "Save a new token, or evaluate the policy at a time when this token was valid: --at TIME."
                        : "Request a new token; do not store tokens in files."
                }
            ),
        ]
    )

    /// Checks that this host's clock agrees with the clouds' clocks.
    static let clock = Check(
        .token,
        [
            CheckRow(.blocks(if: { $0.isClockDecisive }, stoppingIf: { $0.areTokenDatesDisputed })) {
                context in
                // For a federated token, the check of the token source reports the wrong clock.
                context.isAssertionDisputed ? [] : Cause(context.clocks).map { [$0] } ?? []
            }
        ]
    )
}

extension Cause {
    /// Creates the cause for a wrong clock; `nil` if the clocks agree.
    init?(_ clocks: ClockComparison) {
        guard let summary = clocks.summary else { return nil }
        self.init(ClockComparison.code, summary, evidence: clocks.evidence, fix: Fix(clocks))
    }
}

extension Fix {
    /// Creates the fix for a wrong clock.
    init(_ clocks: ClockComparison) {
        let (advice, command) = clocks.fix
        self.init(advice, commands: command.map { [$0] } ?? [])
    }
}

extension DiagnosisContext {
    /// The minimum clock offset at which AWS rejects signed requests.
    private static let signatureTolerance = Duration.seconds(900)

    /// Whether AWS rejects signed requests because the clocks differ.
    ///
    /// This host's clock is compared with AWS's clock or, if AWS's clock is not measured, with Azure's clock.
    var isClockOff: Bool {
        guard let offset = measuredClocks.notable.first?.offset.offset else { return false }
        return abs(offset.seconds) >= Self.signatureTolerance.seconds
    }

    /// The comparison of the clouds' clocks with this host's clock.
    var clocks: ClockComparison {
        ClockComparison(
            aws: measuredClocks.aws,
            azure: measuredClocks.azure,
            isHostRefuted: isCertificateValidElsewhere
        )
    }

    /// The comparison of the measured clock offsets, without the evidence of a certificate's dates.
    private var measuredClocks: ClockComparison {
        ClockComparison(aws: evidence.clockOffset ?? clockOfRefusal, azure: evidence.azureClock)
    }

    /// Whether a wrong clock explains the failure of the exchange or the token's dates.
    fileprivate var isClockDecisive: Bool {
        if certificateFailure != nil { return isCertificateValidElsewhere }
        if areTokenDatesDisputed { return true }
        return switch evidence.exchange {
        case .refused(let failure):
            failure.code == ClockComparison.code
                || failure.code == "ExpiredTokenException" && isExpirationDisputed
                || isAheadOfAWS && failure.message.contains("not a valid JWT")
                || isClockOff && knownRefusal?.error.id == "signature-mismatch"
        case .callFailed(let failure, _):
            isClockOff
                && KnownError.find(.sts, code: failure.code, message: failure.message)?.id
                    == "signature-mismatch"
        case .untried, .succeeded: false
        }
    }

    /// Whether the token's `nbf` is in the past, or so little in the future that STS accepts the token.
    fileprivate var isStartTolerated: Bool {
        claims?.notBefore.map { $0 - Check.leeway.seconds <= issuerNow } ?? true
    }

    /// Whether the token is valid by this host's clock, but invalid by the issuer's clock by more than STS's leeway.
    ///
    /// Below the leeway, the offset does not matter, because only a new token helps after the expiration.
    fileprivate var areTokenDatesDisputed: Bool {
        guard let claims, !evidence.isHypothetical else { return false }
        let leeway = Check.leeway.seconds
        let isExpired = claims.expiry.map { $0 > now && $0 + leeway <= issuerNow } ?? false
        let isEarly = claims.notBefore.map { $0 <= now && $0 - leeway > issuerNow } ?? false
        return isExpired || isEarly
    }

    /// Whether a wrong clock explains why STS reports the token as expired.
    ///
    /// STS reports the expiration only after the leeway, so a smaller offset explains nothing.
    private var isExpirationDisputed: Bool {
        guard clocks.differs(by: Check.leeway) else { return false }
        guard let end = claims?.expiry else { return true }
        let now = hostNow
        // The token's dates are by Azure's clock.
        let azureNow = now + (evidence.azureClock?.offset ?? .zero).seconds
        return switch clocks.verdict {
        case .agreement: false
        case .host, .server(.aws): end > now
        case .server(.azure): end > azureNow
        case .undecided: end > now || end > azureNow
        }
    }

    /// This host's time; for an exchange of another host, the time of the exchange by the other host's clock.
    ///
    /// The offsets of an exchange are measured with the clock of its host.
    private var hostNow: Date { evidence.node == nil ? now : evidence.exchanged ?? now }

    /// Whether the token is not valid yet by AWS's clock; STS reports such a token as an invalid JWT.
    private var isAheadOfAWS: Bool {
        guard let start = claims?.notBefore ?? claims?.issuedAt, let clock = measuredClocks.aws else {
            return false
        }
        return start > hostNow + (clock.offset + Check.leeway).seconds
    }

    /// The issuer's time as a clause of evidence; the clause mentions the clock if it differs from this host's clock.
    fileprivate var issuerNowText: String {
        if evidence.hasSuppliedTime { return "the time of --at is \(now.text)" }
        let hosts = issuerNow == now ? "" : " by the issuer's clock (\(now.text) by this host's)"
        return "the current time is \(issuerNow.text)\(hosts)"
    }

    /// The failure of a TLS connection to the token source or to STS because of the certificate's dates.
    private var certificateFailure: Failure? {
        let failures = [refusal, callFailure, tokenFailure]
        return failures.compactMap(\.self).first { $0.code == CertificateDate.failureCode }
    }

    /// Whether a certificate that is invalid by this host's clock is valid by AWS's or Azure's measured clock.
    ///
    /// A clock that is known to be wrong does not count.
    var isCertificateValidElsewhere: Bool {
        guard let message = certificateFailure?.message, let period = CertificateDate(in: message) else {
            return false
        }
        let clocks = measuredClocks
        let isPossible =
            switch clocks.verdict {
            case .agreement, .server: false
            case .host: true
            case .undecided: clocks.aws == nil || clocks.azure == nil
            }
        return isPossible && clocks.notable.contains { period.contains(hostNow + $0.offset.offset.seconds) }
    }

    /// The offset of AWS's clock according to the time in STS's error; `nil` if the offset is less than 300 s.
    ///
    /// If the time of the exchange is unknown, the error may be old. The offset is certain in that case only if AWS's
    /// clock is ahead of this host's clock.
    private var clockOfRefusal: ClockOffset? {
        guard let refusal, refusal.code == "ExpiredTokenException",
            let clock = refusal.message.firstNumber(after: "current date/time ")
                .flatMap(Instant.init(unixSeconds:))
        else { return nil }
        let offset = clock.date.since(evidence.exchanged ?? now)
        let isCertain = evidence.exchanged != nil || offset > .zero
        return isCertain && abs(offset.seconds) >= 300
            ? ClockOffset(offset: offset, uncertainty: .milliseconds(500)) : nil
    }
}

extension Claims {
    /// The first defect of the claim with session tags; `nil` if there is none.
    ///
    /// Source: IAM user guide, "Passing session tags using AssumeRoleWithWebIdentity".
    fileprivate var sessionTagDefect: String? {
        guard let claim = sessionTagClaim else { return nil }
        if let tags = claim["principal_tags"], tags.members == nil {
            return "principal_tags is not an object"
        }
        let tags = claim["principal_tags"]?.members ?? [:]
        if tags.count > 50 { return "principal_tags has \(tags.count) keys" }
        var keys: Set<String> = []
        for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
            guard (1...128).contains(key.unicodeScalars.count) else {
                return "a key of principal_tags has \(key.unicodeScalars.count) characters"
            }
            if key.lowercased().hasPrefix("aws:") { return "the key \(key) begins with aws:" }
            guard case .array(let values) = value, values.count == 1, let text = values[0].string else {
                return "the value of the tag \(key) is \(value.compactText), not a list of one string"
            }
            guard text.unicodeScalars.count <= 256 else {
                return "the value of the tag \(key) has \(text.unicodeScalars.count) characters"
            }
            guard keys.insert(key.lowercased()).inserted else {
                return "two keys of principal_tags differ only in letter case: \(key)"
            }
        }
        return transitiveTagKeys.first { !keys.contains($0.lowercased()) }.map {
            "transitive_tag_keys lists \($0), which is not a key of principal_tags"
        }
    }
}

extension Cause {
    /// The cause for text that is not a signed JWT.
    ///
    /// - Parameters:
    ///   - error: The defect.
    ///   - isSaved: Whether the operator supplied the text, which may then consist of only the claims.
    /// - Returns: The cause.
    static func tokenFormat(_ error: TokenFormatError, isSaved: Bool = false) -> Cause {
        Cause(
            "token-format",
            error.summary(isSaved: isSaved),
            evidence: error.description,
            fix: error.fix(isSaved: isSaved)
        )
    }
}

extension TokenFormatError {
    fileprivate func summary(isSaved: Bool) -> String {
        switch self {
        case .standardBase64, .padded, .notBase64URL, .notCanonical:
            "The token is malformed: it is not in base64url, the encoding of a JWT."
        case .encrypted: "The token is encrypted, so neither STS nor cambist can read it."
        case .critical: "The token requires an extension that STS does not support."
        case .repeatedMember:
            "The token has two members with the same name, so its meaning is ambiguous."
        case .wrongPartCount, .unsigned, .notJSONObject, .notClaims, .overLimit, .noToken, .words,
            .errorOfAWS:
            isSaved
                ? "The text contains neither a signed JWT nor the claims of a token."
                : "The token source did not return a signed JWT."
        }
    }

    fileprivate func fix(isSaved: Bool) -> Fix {
        switch self {
        case .standardBase64, .padded:
            "Encode each part in base64url (RFC 7515): - instead of +, _ instead of /, and no = at the end."
        case .critical: "Configure the issuer to issue the token without crit in its header."
        case .encrypted: "Configure the issuer to sign the token and not to encrypt it."
        case .repeatedMember: "Correct the token at its issuer, so that each member has one value."
        case .words:
            Fix(
                "The text is a message, perhaps an error of the program that should print the token. Correct the "
                    + "error, then request the token again."
            )
        case .errorOfAWS:
            Fix("Supply the token that the call sent, or its claims as JSON. \(SavedAWSError.advice)")
        case .wrongPartCount, .unsigned, .notBase64URL, .notCanonical, .notJSONObject, .notClaims, .overLimit,
            .noToken:
            isSaved
                ? "Supply the token unchanged (three parts without a line break), its claims as JSON, or a response that contains the token."
                : "Send the compact JWS unchanged: three parts, no quotes, no line break."
        }
    }
}

extension String {
    fileprivate func firstNumber(after prefix: String) -> Int? {
        firstRange(of: prefix).flatMap { Int(self[$0.upperBound...].prefix { $0.isASCII && $0.isNumber }) }
    }
}

extension DiagnosisContext {
    /// The algorithms with which STS verifies signatures.
    private static let verifiedAlgorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]

    /// Whether the token's algorithm is `none` or another algorithm that STS does not verify.
    fileprivate var hasUnverifiableAlgorithm: Bool {
        claims?.algorithm.map { !Self.verifiedAlgorithms.contains($0) } ?? false
    }

    /// Whether STS cannot verify the token's signature; anyone may have written such a token.
    var hasUnverifiableSignature: Bool { hasUnverifiableAlgorithm || claims?.isUnsigned == true }
}

extension Claims {
    /// Returns the number of seconds if a claim has a time in milliseconds; `nil` for any other claim.
    ///
    /// Source: RFC 7519, section 2, NumericDate: seconds since 1970. Read as seconds, a number of milliseconds is a
    /// time after the year 9999.
    fileprivate func secondsOfMilliseconds(in name: String) -> Int? {
        guard let value = payload[name]?.integer, value > 0, Instant(unixSeconds: value) == nil,
            Instant(unixSeconds: value / 1000) != nil
        else { return nil }
        return value / 1000
    }
}
