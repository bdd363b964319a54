import Federation
import Foundation
import TrustPolicy

extension Check {
    /// Checks that the text is a JWT signed with an algorithm that STS verifies.
    static let tokenFormat = Check(
        .token,
        firstOf: [
            CheckRow(.stops) { context in
                if case .malformed(let error) = context.evidence.token { [.tokenFormat(error)] } else { [] }
            },
            CheckRow(
                "algorithm-unusual",
                .notes,
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
                    guard let algorithm = context.claims?.algorithm, context.hasUnverifiableSignature else {
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
        ]
    )

    /// Checks that the token has the claims that STS requires.
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
                fix: { _ in "Use a token whose iss is the HTTPS URL of its issuer's provider." }
            ),
        ]
    )

    private static func missingClaim(
        _ name: String,
        _ effect: CauseEffect = .blocks,
        isPresent: @escaping @Sendable (Claims) -> Bool
    ) -> CheckRow {
        CheckRow(
            "claim-missing",
            effect,
            cause: "STS requires the claim \(name); dates must be whole seconds.",
            evidence: { context in
                guard let claims = context.claims, !isPresent(claims) else { return nil }
                return claims.payload[name].map { "\(name) is \($0.compactText)" }
                    ?? "the token has no \(name)"
            },
            fix: { context in
                context.issuerKind.isEntra
                    ? "Request an Entra access token for the audience; other kinds of token lack such claims."
                    : "Request from the issuer a token that contains the claim; STS refuses tokens without it."
            }
        )
    }

    /// STS's leeway before `nbf` and after `exp`.
    fileprivate static let leeway = Duration.seconds(300)

    /// Checks that the token is valid now.
    static let tokenTimes = Check(
        .token,
        firstOf: [
            CheckRow(
                "token-not-yet-valid",
                .blocks(if: { context in
                    context.claims?.notBefore.map { $0 - leeway.seconds > context.issuerNow } ?? false
                }),
                cause: "The token is not valid yet.",
                evidence: { context in
                    guard let start = context.claims?.notBefore, start > context.issuerNow else { return nil }
                    return "nbf is \(start.text), the current time is \(context.issuerNowText)"
                },
                fix: { _ in Fix("Correct this host's clock:", commands: [DiagnosisContext.clockCommand]) }
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
                    return "exp is \(end.text), the current time is \(context.issuerNowText)"
                },
                fix: { context in
                    context.evidence.isHypothetical
                        ? "Save a new token, or evaluate the policy at a time when this one was valid with --at."
                        : "Request a new token; do not store tokens in files."
                }
            ),
        ]
    )

    /// Checks that this host's clock agrees with the clouds' clocks.
    static let clock = Check(
        .token,
        [
            CheckRow(.blocks(if: { $0.isRefusedForClock })) { context in
                guard let clock = context.remoteClock else { return [] }
                let difference = DurationText.format(
                    Duration(clampingSeconds: abs(clock.offset.seconds).rounded())
                )
                let direction = clock.offset > .zero ? "slow" : "fast"
                if let (wrong, right) = context.clockOfOneServer {
                    return [
                        Cause(
                            "clock-offset",
                            "The clock at \(wrong.place) is \(difference) "
                                + "\(clock.offset > .zero ? "fast" : "slow"); this host's clock agrees with "
                                + "\(right.place)'s.",
                            evidence:
                                "compared with this host's: \(wrong.place) \(wrong.clock), \(right.place) "
                                + "\(right.clock)",
                            fix: Fix(
                                "Look for a proxy or a different server at that address: `cambist doctor` shows the "
                                    + "endpoint and the proxy. Do not change this host's clock."
                            )
                        )
                    ]
                }
                guard context.evidence.clockOffset != nil || context.refusal != nil else {
                    return [
                        Cause(
                            "clock-offset",
                            "Azure's clock is \(difference) \(clock.offset > .zero ? "ahead of" : "behind") this host's.",
                            evidence: "Azure's clock compared with this host's: \(clock)",
                            fix: Fix(
                                "`cambist doctor` shows both clouds' clocks. Unless AWS's agrees with this host's, correct "
                                    + "this host's:",
                                commands: [DiagnosisContext.clockCommand]
                            )
                        )
                    ]
                }
                return [
                    Cause(
                        "clock-offset",
                        "This host's clock is \(difference) \(direction).",
                        evidence: "the remote clock compared with this host's: \(clock)",
                        fix: Fix(
                            "AWS rejects signed requests that are off by 15 minutes, and SDKs compare expirations with "
                                + "this clock. Correct it:",
                            commands: [DiagnosisContext.clockCommand]
                        )
                    )
                ]
            }
        ]
    )
}

extension DiagnosisContext {
    /// The clock offset from which AWS rejects signed requests.
    private static let signatureTolerance = Duration.seconds(900)

    /// Whether the clocks differ so much that AWS rejects signed requests.
    var isClockOff: Bool {
        remoteClock.map { abs($0.offset.seconds) >= Self.signatureTolerance.seconds } ?? false
    }

    /// Whether the service returned an error that a wrong clock causes.
    fileprivate var isRefusedForClock: Bool {
        if certificateFailure != nil { return isCertificateValidElsewhere }
        return switch evidence.exchange {
        case .refused(let failure):
            ["ExpiredTokenException", "clock-offset"].contains(failure.code)
                || isAheadOfAWS && failure.message.contains("not a valid JWT")
        case .callFailed(let failure, _):
            isClockOff
                && KnownError.find(.sts, code: failure.code, message: failure.message)?.id
                    == "signature-mismatch"
        case .untried, .succeeded: false
        }
    }

    /// Whether the token is not valid yet by AWS's clock, which STS reports as an invalid JWT.
    private var isAheadOfAWS: Bool {
        guard let start = claims?.notBefore ?? claims?.issuedAt, let clock = evidence.clockOffset else {
            return false
        }
        return start > now + (clock.offset + Check.leeway).seconds
    }

    /// The issuer's time for evidence, with its origin if it differs from this host's.
    fileprivate var issuerNowText: String {
        issuerNow == now ? now.text : "\(issuerNow.text) by the issuer's clock (\(now.text) by this host's)"
    }

    /// The measurement that differs and the one that agrees with this host, if the clouds' clocks disagree.
    fileprivate var clockOfOneServer:
        (
            wrong: (place: String, clock: ClockOffset), right: (place: String, clock: ClockOffset)
        )?
    {
        guard let aws = evidence.clockOffset, let azure = evidence.azureClock, aws != azure,
            aws.isNotable != azure.isNotable
        else { return nil }
        return aws.isNotable ? (("AWS", aws), ("Azure", azure)) : (("Azure", azure), ("AWS", aws))
    }

    /// The failure of a TLS connection to the token source or to STS because of the certificate's dates.
    private var certificateFailure: Failure? {
        let failures = [refusal, callFailure, tokenFailure]
        return failures.compactMap(\.self).first { $0.code == CertificateDate.failureCode }
    }

    /// Whether the certificate that this host's clock rejects is valid by a measured remote clock.
    var isCertificateValidElsewhere: Bool {
        guard let clock = remoteClock, let message = certificateFailure?.message,
            let period = CertificateDate(in: message)
        else { return false }
        return period.contains(now + clock.offset.seconds)
    }

    /// The notable offset of a remote clock, from STS's error or from a measurement.
    fileprivate var remoteClock: ClockOffset? {
        if let refusal, refusal.code == "ExpiredTokenException",
            let clock = refusal.message.firstNumber(after: "current date/time ")
                .flatMap(Instant.init(unixSeconds:))
        {
            let offset = clock.date.since(now)
            // The error may be old when it is explained.
            return abs(offset.seconds) < 300
                ? nil : ClockOffset(offset: offset, uncertainty: .milliseconds(500))
        }
        return [evidence.clockOffset, evidence.azureClock].compactMap(\.self).first(where: \.isNotable)
    }
}

extension Cause {
    static func tokenFormat(_ error: TokenFormatError) -> Cause {
        Cause("token-format", error.summary, evidence: error.description, fix: error.fix)
    }
}

extension TokenFormatError {
    fileprivate var summary: String {
        switch self {
        case .standardBase64, .padded, .notBase64URL, .notCanonical:
            "The token is malformed: it is not in base64url, the encoding of a JWT."
        case .encrypted: "The token is encrypted, so neither STS nor cambist can read it."
        case .critical: "The token requires an extension that STS does not support."
        case .repeatedMember:
            "The token has two members with the same name, so its meaning is ambiguous."
        case .wrongPartCount, .unsigned, .notJSONObject, .overLimit, .noToken, .words:
            "The token source did not return a signed JWT."
        }
    }

    fileprivate var fix: Fix {
        switch self {
        case .standardBase64, .padded:
            "Write each part in base64url (RFC 7515): - instead of +, _ instead of /, and no = at the end."
        case .critical: "Configure the issuer to issue the token without crit in its header."
        case .encrypted: "Configure the issuer to sign the token and not to encrypt it."
        case .noToken: "Name a file with a token, with its claims, or with a response that contains a token."
        case .repeatedMember: "Correct the token at its issuer, so that each member has one value."
        case .words:
            Fix(
                "Read the text: it is a message, perhaps the error of the program that should print the token. Correct "
                    + "that, then request the token again."
            )
        case .wrongPartCount, .unsigned, .notBase64URL, .notCanonical, .notJSONObject, .overLimit:
            "Send the compact JWS unchanged: three parts, no quotes, no line break."
        }
    }
}

extension String {
    fileprivate func firstNumber(after prefix: String) -> Int? {
        range(of: prefix).flatMap { Int(self[$0.upperBound...].prefix { $0.isASCII && $0.isNumber }) }
    }
}

extension DiagnosisContext {
    /// The algorithms with which STS verifies signatures.
    private static let verifiedAlgorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]

    /// Whether the token's algorithm is none, or one that STS does not verify, so that anyone may have written the token.
    var hasUnverifiableSignature: Bool {
        claims?.algorithm.map { !Self.verifiedAlgorithms.contains($0) } ?? false
    }
}
