import Federation

extension Check {
    /// Whether the issuer publishes the key that signed the token.
    static let signingKey = Check(.provider) { examination in
        guard let key = examination.claims?.keyID,
            case .published(let published, _) = examination.evidence.issuer,
            !published.contains(key)
        else { return examination.evidence.signatureProblem.map { [.foreignSignature($0)] } ?? [] }
        return [
            .blocking(
                Cause(
                    "key-unknown",
                    "The issuer does not publish the key that signed the token.",
                    evidence: "kid is \(key), published are \(published.joined(separator: ", "))",
                    fix:
                        "Fetch a new token; take a custom signing key off the application, for AWS cannot find it."
                )
            )
        ]
    }

    /// Whether AWS can have the issuer's keys, as far as it shows from here.
    static let issuer = Check(.provider) { examination in
        guard let cause = examination.issuerFault else { return [] }
        return [examination.isRefusedForIssuer ? .blocking(cause) : .notable(cause)]
    }
}

extension DiagnosisContext {
    /// STS reads so many keys of a kind and no more.
    private static let keyLimit = 100
    /// STS does not wait longer for the issuer.
    private static let issuerLimit = Duration.seconds(5)

    fileprivate var issuerFault: Cause? {
        switch evidence.issuer {
        case .unknown: nil
        case .unreadable(let reason):
            Cause(
                "issuer-unreadable",
                "The issuer's discovery document, or its keys, cannot be had from here.",
                evidence: reason,
                fix: "Let the issuer publish both on the internet, with the token's iss as issuer."
            )
        case .published(let keyIDs, _) where keyIDs.count > Self.keyLimit:
            Cause(
                "issuer-keys-too-many",
                "The issuer publishes more keys than STS reads.",
                evidence: "it publishes \(keyIDs.count), STS reads \(Self.keyLimit) of a kind",
                fix: "Have the issuer retire old keys."
            )
        case .published(_, let took) where took > Self.issuerLimit:
            Cause(
                "issuer-slow",
                "The issuer answers more slowly than STS waits.",
                evidence:
                    "its keys took \(DurationText.format(.seconds(took.components.seconds))), STS waits about 5 s",
                fix: "Try again; if it stays, have the issuer's documents cached nearer to AWS."
            )
        case .published: nil
        }
    }

    /// Whether STS says that it has no key of the issuer's.
    fileprivate var isRefusedForIssuer: Bool {
        guard let refusal else { return false }
        let known = KnownError.find(.sts, code: refusal.code, message: refusal.message)
        return ["verification-key", "issuer-unreachable"].contains(known?.id)
    }
}

extension Finding {
    fileprivate static func foreignSignature(_ problem: String) -> Finding {
        .blocking(
            Cause(
                "signature-invalid",
                "The token was changed on its way, or another one signed it.",
                evidence: problem,
                fix: "Fetch a new token from the source itself; look for what rewrites it: a file, a proxy."
            )
        )
    }
}
