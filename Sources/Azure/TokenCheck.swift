package import Federation
package import Foundation

/// Compares a token's claims with what was asked for.
///
/// A failed finding means that STS need not be called; a warning means that something is not as the
/// configuration says although the exchange may succeed.
package struct TokenCheck: Hashable, Sendable {
    private let identity: ManagedIdentity
    private let audience: String
    private let appRole: String?

    /// Clocks that differ by less than this beyond the measurement's own uncertainty are as good as equal.
    private static let clockTolerance = Duration.seconds(5)

    package init(identity: ManagedIdentity, audience: String, appRole: String? = nil) {
        self.identity = identity
        self.audience = audience
        self.appRole = appRole
    }

    /// Everything that is wrong with the claims, the failed findings first; empty when all is as asked.
    ///
    /// - Parameters:
    ///   - claims: What the token says.
    ///   - now: Our clock.
    ///   - clockOffset: How far Azure's clock is from ours, where it was measured; it corrects `now`.
    /// - Returns: What differs, each with what to do.
    package func findings(
        in claims: Claims,
        at now: Date,
        clockOffset: ClockOffset? = nil
    ) -> [TokenFinding] {
        let offset = clockOffset.flatMap(Self.relevant)
        let corrected = now + (offset?.seconds ?? 0)
        let findings =
            identityFindings(claims) + [audienceFinding(claims)] + Self.timeFindings(claims, at: corrected)
            + [offset.map(Self.clockFinding), Self.versionFinding(claims), Self.algorithmFinding(claims)]
            + [Self.userFinding(claims), roleFinding(claims)]
        let present = findings.compactMap(\.self)
        return present.filter { $0.outcome == .failed } + present.filter { $0.outcome != .failed }
    }
}

/// One thing that a token has otherwise than it was asked for.
package struct TokenFinding: Hashable, Sendable {
    /// `failed` or `warn`.
    package let outcome: StepOutcome
    /// What it is, what was seen, what to do.
    package let failure: Failure

    init(_ outcome: StepOutcome, _ code: String, _ message: String, fix: String) {
        self.outcome = outcome
        failure = Failure(kind: .refused, code: code, message: message, fix: fix)
    }

    /// The finding about a text that is no signed JWT.
    package init(_ error: TokenFormatError) {
        self.init(
            .failed,
            "token-format",
            error.description,
            fix: "Check that the source gives an access token for an application with signed v1 tokens."
        )
    }
}

// Whose token it is, and for whom.
extension TokenCheck {
    private func identityFindings(_ claims: Claims) -> [TokenFinding?] {
        [
            difference("oid", found: claims.objectID, configured: identity.principalID, key: "principal_id"),
            difference("appid", found: claims.clientID, configured: identity.clientID, key: "client_id"),
            difference("tid", found: claims.tenantID, configured: identity.tenantID, key: "tenant_id"),
        ]
    }

    private func difference(_ claim: String, found: String?, configured: String?, key: String)
        -> TokenFinding?
    {
        guard let configured, found?.lowercased() != configured.lowercased() else { return nil }
        let seen = found.map(Self.shown) ?? "none"
        return TokenFinding(
            .failed,
            "identity-mismatch",
            "The token belongs to another identity: its \(claim) is \(seen), \(key) is \(configured).",
            fix:
                "Check which identity answered: the selector under identities, AZURE_CLIENT_ID, the identities "
                + "of this host; else correct \(key)."
        )
    }

    private func audienceFinding(_ claims: Claims) -> TokenFinding? {
        guard !claims.audiences.contains(audience) else { return nil }
        let found = claims.audiences.map(Self.shown).joined(separator: ", ")
        return TokenFinding(
            .failed,
            "audience-mismatch",
            "The token's aud is \(found.isEmpty ? "absent" : found), asked was \(audience).",
            fix: audienceFix(claims)
        )
    }

    private func audienceFix(_ claims: Claims) -> String {
        let found = claims.audiences.first ?? ""
        return switch true {
        case found + "/" == audience || found == audience + "/":
            "They differ by the slash at the end; write the audience as the token has it, in IAM too."
        case found.lowercased() == audience.lowercased():
            "They differ by upper and lower case; write the audience as the token has it, in IAM too."
        case claims.version == "2.0":
            "Version 2 tokens carry the application's client id: set api.requestedAccessTokenVersion of the "
                + "resource application to 1."
        case UUID(uuidString: found) != nil:
            "The token carries the application's client id: remove the optional claim use_guid, or use the id as "
                + "audience here and in IAM."
        default:
            "Check the mapping's audience and the resource application's identifier URI."
        }
    }

    private static func userFinding(_ claims: Claims) -> TokenFinding? {
        let isDelegated = claims.payload["scp"] != nil
        let isOfAnother = claims.objectID != nil && claims.objectID != claims.subject
        guard isDelegated || isOfAnother else { return nil }
        return TokenFinding(
            .warn,
            "user-token",
            isDelegated
                ? "The token was issued to a user (it has scp), not to a managed identity."
                : "The token's sub is not its oid: it was not issued to a managed identity.",
            fix:
                "Use a source of the host that owns the identity; Cloud Shell and az login give a user's token."
        )
    }

    private func roleFinding(_ claims: Claims) -> TokenFinding? {
        guard let appRole, !claims.roles.contains(appRole) else { return nil }
        let found =
            claims.roles.isEmpty
            ? "no roles" : "roles " + claims.roles.map(Self.shown).joined(separator: ", ")
        let until = claims.expiry.map { " at the latest \($0.formatted(.iso8601))" } ?? ""
        return TokenFinding(
            .warn,
            "app-role-missing",
            "The token has \(found), expected is \(appRole).",
            fix:
                "Check that the app role is assigned to the identity itself; a token that the host cached before "
                + "the assignment is replaced\(until)."
        )
    }

    /// A claim's text, which anyone may have written.
    private static func shown(_ text: String) -> String {
        VisibleText.oneLine(text, limit: 200)
    }
}

// When it holds, and what kind of token it is.
extension TokenCheck {
    private static func timeFindings(_ claims: Claims, at now: Date) -> [TokenFinding?] {
        [expiryFinding(claims, at: now), notBeforeFinding(claims, at: now)]
    }

    private static func expiryFinding(_ claims: Claims, at now: Date) -> TokenFinding? {
        guard let expiry = claims.expiry else {
            return TokenFinding(
                .failed,
                "no-expiry",
                "The token has no exp in whole seconds.",
                fix: "Check that the source gives an Entra access token."
            )
        }
        guard expiry <= now else { return nil }
        return TokenFinding(
            .failed,
            "token-expired",
            "The token expired \(expiry.formatted(.iso8601)), \(DurationText.format(now.since(expiry))) ago.",
            fix: "Ask the source again; where the token is a stored one, have it renewed; check the clock."
        )
    }

    private static func notBeforeFinding(_ claims: Claims, at now: Date) -> TokenFinding? {
        guard let start = claims.notBefore, start > now else { return nil }
        return TokenFinding(
            .warn,
            "token-not-yet-valid",
            "The token holds from \(start.formatted(.iso8601)), in \(DurationText.format(start.since(now))).",
            fix: "Check this host's clock against a time server."
        )
    }

    private static func relevant(_ offset: ClockOffset) -> Duration? {
        let limit = offset.uncertainty + clockTolerance
        return offset.offset > limit || offset.offset < .zero - limit ? offset.offset : nil
    }

    private static func clockFinding(_ offset: Duration) -> TokenFinding {
        let isBehind = offset > .zero
        let text = DurationText.format(isBehind ? offset : .zero - offset)
        return TokenFinding(
            .warn,
            "clock-offset",
            "This host's clock is \(text) \(isBehind ? "behind" : "ahead of") Azure's.",
            fix:
                "Synchronize the clock (timedatectl, chronyc tracking); AWS refuses requests that are off by 5 min."
        )
    }

    private static func versionFinding(_ claims: Claims) -> TokenFinding? {
        let isV2Issuer = claims.issuer?.hasSuffix("/v2.0") ?? false
        guard claims.version == "2.0" || isV2Issuer else { return nil }
        return TokenFinding(
            .warn,
            "v2-token",
            "This is a version 2 token (iss \(claims.issuer.map(shown) ?? "absent")); STS compares its azp with the audience.",
            fix: "Set api.requestedAccessTokenVersion of the resource application to 1."
        )
    }

    private static func algorithmFinding(_ claims: Claims) -> TokenFinding? {
        guard claims.algorithm != "RS256" else { return nil }
        return TokenFinding(
            .warn,
            "algorithm",
            "The token is signed with \(claims.algorithm.map(shown) ?? "no named algorithm"); Entra signs with RS256.",
            fix: "Check that the source gives an Entra access token."
        )
    }
}
