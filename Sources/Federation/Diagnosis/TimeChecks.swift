import Foundation

extension Check {
    /// How much STS forgives before `nbf` and after `exp`.
    private static let leeway = Duration.seconds(300)

    /// Whether the token is valid now.
    static let tokenTimes = Check(.token) { examination in
        guard let claims = examination.claims else { return [] }
        let now = examination.now
        if let start = claims.notBefore, start - leeway.seconds > now {
            return [
                .blocking(
                    Cause(
                        "token-not-yet-valid",
                        "The token is not valid yet.",
                        evidence: "nbf is \(start.text), now is \(now.text)",
                        fix: "Correct this host's clock: timedatectl set-ntp true."
                    )
                )
            ]
        }
        guard let end = claims.expiry, end <= now else { return [] }
        let cause = Cause(
            "token-expired",
            "The token has ended.",
            evidence: "exp is \(end.text), now is \(now.text)",
            fix: "Fetch a new one; do not keep tokens in files."
        )
        let blocks = end + leeway.seconds <= now && !examination.evidence.isHypothetical
        return [blocks ? .blocking(cause) : .notable(cause)]
    }

    /// Whether this host's clock is right.
    static let clock = Check(.token) { examination in
        guard let offset = examination.clockOffset, abs(offset.seconds) >= leeway.seconds else { return [] }
        let seconds = Int(abs(offset.seconds).rounded())
        let cause = Cause(
            "clock-offset",
            "This host's clock is \(DurationText.format(.seconds(seconds))) \(offset > .zero ? "slow" : "fast").",
            evidence: "the other side's clock against ours: \(offset > .zero ? "+" : "-")\(seconds) s",
            fix: "Correct it: timedatectl set-ntp true."
        )
        return [examination.refusal?.code == "ExpiredTokenException" ? .blocking(cause) : .notable(cause)]
    }

    /// Whether the issuer publishes the key that signed the token.
    static let signingKey = Check(.provider) { examination in
        guard let key = examination.claims?.keyID, let published = examination.evidence.publishedKeyIDs,
            !published.contains(key)
        else { return [] }
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
}

extension Examination {
    /// How far the other side's clock is ahead of ours: measured, or as STS says in its refusal.
    fileprivate var clockOffset: Duration? {
        if let refusal, refusal.code == "ExpiredTokenException",
            let clock = refusal.message.firstNumber(after: "current date/time ")
        {
            return Date(timeIntervalSince1970: TimeInterval(clock)).since(now)
        }
        guard let measured = evidence.clockOffset, measured.isSignificant else { return nil }
        return measured.offset
    }
}

extension String {
    fileprivate func firstNumber(after prefix: String) -> Int? {
        range(of: prefix).flatMap { Int(self[$0.upperBound...].prefix { $0.isASCII && $0.isNumber }) }
    }
}
