import Federation
import Foundation

extension Check {
    /// How much STS forgives before `nbf` and after `exp`.
    private static let leeway = Duration.seconds(300)

    /// Whether the token is valid now.
    static let tokenTimes = Check(.token) { examination in
        guard let claims = examination.claims else { return [] }
        let now = examination.now
        if let start = claims.notBefore, start > now {
            let cause = Cause(
                "token-not-yet-valid",
                "The token is not valid yet.",
                evidence: "nbf is \(start.text), now is \(now.text)",
                fix: "Correct this host's clock: timedatectl set-ntp true."
            )
            return [start - leeway.seconds > now ? .blocking(cause) : .notable(cause)]
        }
        guard let end = claims.expiry, end <= now else { return [] }
        let cause = Cause(
            "token-expired",
            "The token has ended.",
            evidence: "exp is \(end.text), now is \(now.text)",
            fix: "Fetch a new one; do not keep tokens in files."
        )
        let blocks = end + leeway.seconds <= now && !examination.evidence.isHypothetical
        return [(blocks ? .blocking(cause) : Finding.notable(cause)).stopping]
    }

    /// Whether this host's clock is right.
    static let clock = Check(.token) { examination in
        guard let clock = examination.otherClock else { return [] }
        let isBehind = clock.offset > .zero
        let text = DurationText.format(.seconds(Int(abs(clock.offset.seconds).rounded())))
        let cause = Cause(
            "clock-offset",
            "This host's clock is \(text) \(isBehind ? "slow" : "fast").",
            evidence: "the other side's clock against ours: \(clock)",
            fix:
                "Correct it: timedatectl set-ntp true. AWS refuses signed requests that are off by five minutes."
        )
        return [examination.isRefusedForClock ? .blocking(cause) : .notable(cause)]
    }
}

extension DiagnosisContext {
    /// So far may clocks differ before AWS refuses what is signed.
    private static let tolerance = Duration.seconds(300)

    /// Whether clocks differ by more than AWS bears in a signed request.
    var isClockOff: Bool {
        otherClock.map { abs($0.offset.seconds) >= Self.tolerance.seconds } ?? false
    }

    /// Whether the other side's answer is one that a wrong clock gets.
    fileprivate var isRefusedForClock: Bool {
        switch evidence.exchange {
        case .refused(let failure): failure.code == "ExpiredTokenException"
        case .callFailed(let failure, _):
            isClockOff
                && KnownError.find(.sts, code: failure.code, message: failure.message)?.id
                    == "signature-mismatch"
        case .untried, .succeeded: false
        }
    }

    /// How far the other side's clock is from ours, where that matters: as STS says in its refusal, or measured.
    fileprivate var otherClock: ClockOffset? {
        if let refusal, refusal.code == "ExpiredTokenException",
            let clock = refusal.message.firstNumber(after: "current date/time ")
        {
            let offset = Date(timeIntervalSince1970: TimeInterval(clock)).since(now)
            // The refusal may be an earlier one, looked at later.
            return abs(offset.seconds) < 300
                ? nil : ClockOffset(offset: offset, uncertainty: .milliseconds(500))
        }
        return evidence.clockOffset.flatMap { $0.isWorthTelling ? $0 : nil }
    }
}

extension String {
    fileprivate func firstNumber(after prefix: String) -> Int? {
        range(of: prefix).flatMap { Int(self[$0.upperBound...].prefix { $0.isASCII && $0.isNumber }) }
    }
}
