import Diagnosis
package import Federation
package import Foundation
import TrustPolicy

/// The outcome of one attempt of a watch.
package enum AttemptOutcome: Hashable, Sendable {
    /// No step failed, and the claims are as configured.
    case works
    /// The attempt failed for a reason that can pass.
    case waits(WatchCause, Failure)
    /// The attempt failed for a reason that does not pass by itself.
    case cannot(Failure)

    /// Judges an attempt by its first failed step, or by a warning about the claims if no step failed.
    ///
    /// - Parameters:
    ///   - record: The exchange.
    ///   - assigned: When the app role was assigned to the identity, if the directory shows it.
    ///   - timing: The clouds' delays.
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
            case .exchange: Self.cause(ofRefusal: failure)
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
            guard let assigned, let issued = token.claims.issueDate(timing) else { return .cachedToken }
            return issued >= assigned + timing.roleClaimDelay.seconds ? .assignment : .cachedToken
        case "v2-token", "algorithm", "token-expired": return .cachedToken
        case "audience-mismatch" where token?.claims.version == "2.0": return .cachedToken
        case "clock-offset", "token-not-yet-valid": return .trouble
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
    /// The first failed step, or a step *claims* that warned.
    var deviatingStep: StepRecord? {
        steps.first { $0.outcome == .failed } ?? steps.first { $0.step == .claims && $0.outcome == .warn }
    }

    /// Whether STS denied the token without a reason.
    ///
    /// A missing role, a condition and a policy of the organization all look alike.
    package var isDenied: Bool {
        guard let failed = deviatingStep, failed.step == .exchange, let failure = failed.failure else {
            return false
        }
        return failure.kind == .refused && ["AccessDenied", "AccessDeniedException"].contains(failure.code)
    }

    /// The denial that the step *trust* predicted, if STS then denied the token.
    var predictedDenial: Watch.Reason? {
        guard isDenied, let trust = steps.first(where: { $0.step == .trust }), let failure = trust.failure,
            TrustVerdict.Decision.allCases.contains(where: { $0.isDenial && $0.code == failure.code })
        else { return nil }
        return Watch.Reason(failure, in: .trust)
    }
}

extension Claims {
    /// When Entra issued the token, which is later than `iat`.
    package func issueDate(_ timing: PropagationTiming) -> Date? {
        issuedAt.map { $0 + timing.bound(.issueBackdating).seconds }
    }
}

/// The facts of the last token that a watch saw, which show whether the next one is new.
package struct WatchedToken: Hashable, Sendable, Codable {
    /// See ``AccessToken/fingerprint``.
    package let fingerprint: String
    /// `uti`, Entra's identifier of the token.
    package let uniqueID: String?
    /// When Entra issued it, derived from its `iat`.
    package let issued: Date?
    /// Its `exp`.
    package let expiry: Date?
    /// Its `roles`.
    package let roles: [String]
    /// When the source last returned it.
    package let received: Date
    /// When this watch first saw it.
    package let firstSeen: Date
    /// Whether the source caches tokens until they expire.
    package let isCached: Bool

    private enum CodingKeys: String, CodingKey {
        case fingerprint
        case uniqueID
        case issued = "made"
        case expiry
        case roles
        case received
        case firstSeen
        case isCached
    }

    /// Creates the facts of a token; `earlier` is the token that the watch saw before.
    init(_ facts: TokenFacts, earlier: WatchedToken?, timing: PropagationTiming) {
        fingerprint = facts.fingerprint
        uniqueID = facts.claims.uniqueTokenID
        issued = facts.claims.issueDate(timing)
        expiry = facts.claims.expiry
        roles = facts.claims.roles
        received = facts.received
        isCached = facts.source.mayServeCachedTokens
        let isSame = earlier.map { $0.isSame(as: facts) } ?? false
        firstSeen = isSame ? earlier?.firstSeen ?? facts.received : facts.received
    }

    /// Whether a token is this one: by `uti` if both have one, else by the fingerprint.
    package func isSame(as facts: TokenFacts) -> Bool {
        if let uniqueID, let other = facts.claims.uniqueTokenID { return uniqueID == other }
        return fingerprint == facts.fingerprint
    }
}
