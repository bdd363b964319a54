package import Federation
package import Foundation
import TrustPolicy

/// What one attempt of a watch showed.
package enum AttemptOutcome: Hashable, Sendable {
    /// No step failed, and the claims are as configured.
    case works
    /// It does not work yet, for this reason.
    case waits(WatchCause, Failure)
    /// Time alone does not help.
    case cannot(Failure)

    /// Reads an attempt; the first step that is not as it should be decides, a failure before a warning.
    ///
    /// - Parameters:
    ///   - record: The exchange.
    ///   - assigned: When the app role was assigned to the identity, where the directory told.
    ///   - pace: How fast the clouds are.
    package init(_ record: ExchangeRecord, assigned: Date?, pace: PropagationTiming) {
        guard let bad = record.badStep else {
            self = .works
            return
        }
        let failure = bad.failure ?? Self.silent(bad.step)
        let judgement: Judgement =
            switch bad.step {
            case .token: Self.judgeToken(failure)
            case .claims: Self.judgeClaims(failure, record.token, assigned: assigned, pace: pace)
            case .trust: .waits(.iam)
            case .exchange: Self.judgeExchange(failure)
            case .caller: Self.judgeCaller(failure)
            case .probe: .waits(.iam)
            }
        switch judgement {
        case .waits(let cause): self = .waits(cause, failure)
        case .cannot: self = .cannot(failure)
        }
    }

    private enum Judgement {
        case waits(WatchCause)
        case cannot
    }

    private static func silent(_ step: ExchangeStep) -> Failure {
        Failure(kind: .refused, code: "failed", message: "The step \(step.rawValue) failed.", fix: "")
    }
}

// How the failures of each step are judged; the codes are those of the references.
extension AttemptOutcome {
    private static func judgeToken(_ failure: Failure) -> Judgement {
        if failure.code == "source-unavailable" { return .cannot }
        if failure.kind != .refused { return .waits(.trouble) }
        let missing = ReplicationLag(code: failure.code, message: failure.message)
        return missing.map { .waits($0.cause) } ?? .cannot
    }

    private static func judgeClaims(
        _ failure: Failure,
        _ token: TokenFacts?,
        assigned: Date?,
        pace: PropagationTiming
    ) -> Judgement {
        switch failure.code {
        case "app-role-missing":
            guard let token, token.source.mayServeCachedTokens else { return .waits(.assignment) }
            guard let assigned, let made = token.claims.made(pace) else { return .waits(.cachedToken) }
            let isNewer = made >= assigned + pace.mintDelay.seconds
            return .waits(isNewer ? .assignment : .cachedToken)
        case "v2-token", "algorithm", "token-expired": return .waits(.cachedToken)
        case "audience-mismatch" where token?.claims.version == "2.0": return .waits(.cachedToken)
        case "clock-offset", "token-not-yet-valid": return .waits(.trouble)
        default: return .cannot
        }
    }

    private static func judgeExchange(_ failure: Failure) -> Judgement {
        if failure.kind != .refused { return .waits(.trouble) }
        switch failure.code {
        case "AccessDenied", "AccessDeniedException": return .waits(.iam)
        case "ExpiredTokenException", "IDPRejectedClaim": return .waits(.cachedToken)
        case "IDPCommunicationError": return .waits(.trouble)
        case "InvalidIdentityToken":
            let text = failure.message.lowercased()
            if text.contains("no openidconnect provider") || text.contains("incorrect token audience") {
                return .waits(.iam)
            }
            return text.contains("verification key") || text.contains("certificate")
                ? .waits(.trouble) : .cannot
        default: return .cannot
        }
    }

    private static func judgeCaller(_ failure: Failure) -> Judgement {
        if failure.code == "caller-mismatch" { return .cannot }
        return .waits(failure.kind == .refused ? .iam : .trouble)
    }
}

extension ExchangeRecord {
    /// The first step that is not as it should be, a failure before a warning of the claims.
    var badStep: StepRecord? {
        steps.first { $0.outcome == .failed } ?? steps.first { $0.step == .claims && $0.outcome == .warn }
    }

    /// Whether STS did not let the token in without saying why: a role that is not there, a condition, a limit of
    /// the organization all look alike.
    package var isDenied: Bool {
        guard let bad = badStep, bad.step == .exchange, let failure = bad.failure else { return false }
        return failure.kind == .refused && ["AccessDenied", "AccessDeniedException"].contains(failure.code)
    }

    /// The denial that the step *trust* foretold and STS gave.
    var foretoldDenial: Watch.Reason? {
        guard isDenied, let trust = steps.first(where: { $0.step == .trust }), let failure = trust.failure,
            TrustVerdict.Decision.allCases.contains(where: { $0.isDenial && $0.code == failure.code })
        else { return nil }
        return Watch.Reason(failure, in: .trust)
    }
}

extension Claims {
    /// When the token was made: Entra dates `iat` five minutes before.
    package func made(_ pace: PropagationTiming) -> Date? {
        issuedAt.map { $0 + pace.backdating.seconds }
    }
}
