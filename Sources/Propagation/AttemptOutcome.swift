import Diagnosis
package import Federation
package import FoundationEssentials
import TrustPolicy

/// The outcome of one attempt of a watch.
package enum AttemptOutcome: Hashable, Sendable {
    /// No step failed, and the claims match the configuration.
    case works
    /// The attempt failed for a reason that may resolve by itself.
    case waits(WatchCause, Failure)
    /// The attempt failed for a reason that does not resolve by itself.
    case cannot(Failure)

    /// Classifies an attempt by its first failed step or, if no step failed, by a warning about the claims.
    ///
    /// - Parameters:
    ///   - record: The exchange.
    ///   - assigned: The time at which the app role was assigned to the identity, if known from the directory.
    ///   - timing: The propagation delays of the clouds.
    package init(_ record: ExchangeRecord, assigned: Date?, timing: PropagationTiming) {
        guard let failed = record.deviatingStep else {
            self = .works
            return
        }
        let failure =
            failed.failure
            ?? Failure(
                kind: .refused,
                code: "failed",
                message: "The step \(failed.step.rawValue) failed.",
                fix: ""
            )
        let cause: WatchCause? =
            switch failed.step {
            case .token: Self.cause(ofTokenFailure: failure)
            case .claims: Self.cause(ofClaims: failure, record.token, assigned: assigned, timing: timing)
            case .trust, .probe: .iam
            case .exchange, .assume: record.isRefusedForClock ? .trouble : Self.cause(ofRefusal: failure)
            case .caller: Self.cause(ofCallerFailure: failure)
            }
        self = cause.map { .waits($0, failure) } ?? .cannot(failure)
    }

    private static func cause(ofTokenFailure failure: Failure) -> WatchCause? {
        if failure.code == "source-unavailable" { return nil }
        if failure.kind != .refused { return .trouble }
        return ReplicationLag(code: failure.code, message: failure.message)?.cause
    }

    private static func cause(
        ofClaims failure: Failure,
        _ token: TokenFacts?,
        assigned: Date?,
        timing: PropagationTiming
    ) -> WatchCause? {
        switch failure.code {
        case "app-role-missing":
            guard let token, token.source.mayServeCachedTokens else { return .assignment }
            let isNewer = timing.isToken(issuedAt: token.claims.issuedAt, newerThanAssignmentAt: assigned)
            return isNewer ? .assignment : .cachedToken
        case "v2-token", "algorithm", "token-expired": return .cachedToken
        case "audience-mismatch" where token?.claims.version == "2.0": return .cachedToken
        case ClockComparison.code, "token-not-yet-valid": return .trouble
        default: return nil
        }
    }

    private static func cause(ofRefusal failure: Failure) -> WatchCause? {
        if failure.kind != .refused { return .trouble }
        switch failure.code {
        case "AccessDenied", "AccessDeniedException": return .iam
        case "ExpiredTokenException", "IDPRejectedClaim": return .cachedToken
        case "IDPCommunicationError": return .trouble
        case "InvalidIdentityToken":
            let text = failure.message.lowercased()
            if text.contains("no openidconnect provider") || text.contains("incorrect token audience") {
                return .iam
            }
            return text.contains("verification key") || text.contains("certificate") ? .trouble : nil
        default: return nil
        }
    }

    private static func cause(ofCallerFailure failure: Failure) -> WatchCause? {
        if failure.code == "caller-mismatch" { return nil }
        return failure.kind == .refused ? .iam : .trouble
    }
}

extension ExchangeRecord {
    /// The first failed step; without a failure, a step `claims` with a warning other than a clock difference.
    var deviatingStep: StepRecord? {
        steps.first { $0.outcome == .failed }
            ?? steps.first {
                $0.step == .claims && $0.outcome == .warn && $0.failure?.code != ClockComparison.code
            }
    }

    /// Whether a wrong clock can explain STS's refusal of the token.
    fileprivate var isRefusedForClock: Bool {
        guard clocks.verdict != .agreement,
            let failure = steps.first(where: { $0.outcome == .failed })?.failure
        else { return false }
        // STS's leeway before `nbf` and after `exp`.
        let leeway = Duration.seconds(300)
        if failure.code == "ExpiredTokenException" {
            guard clocks.differs(by: leeway) else { return false }
            return clocks.verdict == .server(.azure) || token?.claims.expiry.map { $0 > at } ?? false
        }
        guard failure.code == "InvalidIdentityToken", failure.message.contains("not a valid JWT"),
            let start = token?.claims.notBefore ?? token?.claims.issuedAt, let aws = clockOffset
        else { return false }
        return start > at + (aws.offset + leeway).seconds
    }

    /// Whether STS denied the call (AccessDenied).
    ///
    /// A missing role, an unsatisfied condition, and an organization's policy all cause the same denial.
    package var isDenied: Bool {
        guard let failed = deviatingStep, [.exchange, .assume].contains(failed.step),
            let failure = failed.failure
        else {
            return false
        }
        return failure.kind == .refused && ["AccessDenied", "AccessDeniedException"].contains(failure.code)
    }

    /// The denial that the step `trust` predicted; `nil` unless STS denied the token.
    var predictedDenial: Watch.Reason? {
        guard isDenied, let trust = steps.first(where: { $0.step == .trust }), let failure = trust.failure,
            TrustVerdict.Decision.allCases.contains(where: { $0.isDenial && $0.code == failure.code })
        else { return nil }
        return Watch.Reason(failure, in: .trust)
    }
}

extension PropagationTiming {
    /// Whether a token may have been issued after an assignment took effect; `false` if a time is unknown.
    ///
    /// Entra backdates `iat`, so the comparison adds the maximum backdating to `iat`.
    func isToken(issuedAt issued: Date?, newerThanAssignmentAt assigned: Date?) -> Bool {
        guard let issued, let assigned else { return false }
        return issued + bound(.issueBackdating).seconds >= assigned + roleClaimDelay.seconds
    }
}

/// Facts about the last token of a watch, for detecting a new token.
package struct WatchedToken: Hashable, Sendable, Codable {
    /// The token's ``AccessToken/fingerprint``.
    package let fingerprint: String
    /// The token's `uti` claim, a unique ID assigned by Entra.
    package let uniqueID: String?
    /// The token's `iat` claim.
    package let issued: Date?
    /// The token's `exp` claim.
    package let expiry: Date?
    /// The token's `roles` claim.
    package let roles: [String]
    /// The time at which the source last returned the token.
    package let received: Date
    /// The time at which this watch first received the token.
    package let firstSeen: Date
    /// Whether the source may return cached tokens.
    package let isCached: Bool

    private enum CodingKeys: String, CodingKey {
        case fingerprint
        case uniqueID
        case issued = "iat"
        case expiry
        case roles
        case received
        case firstSeen
        case isCached
    }

    /// Creates the facts about a token; `earlier` is the previous token of the watch.
    init(_ facts: TokenFacts, earlier: WatchedToken?) {
        fingerprint = facts.fingerprint
        uniqueID = facts.claims.uniqueTokenID
        issued = facts.claims.issuedAt
        expiry = facts.claims.expiry
        roles = facts.claims.roles
        received = facts.received
        isCached = facts.source.mayServeCachedTokens
        let isSame = earlier.map { $0.isSame(as: facts) } ?? false
        firstSeen = isSame ? earlier?.firstSeen ?? facts.received : facts.received
    }

    /// Whether a token is this token.
    ///
    /// The comparison is by `uti`, or by fingerprint if a `uti` is missing.
    package func isSame(as facts: TokenFacts) -> Bool {
        if let uniqueID, let other = facts.claims.uniqueTokenID { return uniqueID == other }
        return fingerprint == facts.fingerprint
    }
}
