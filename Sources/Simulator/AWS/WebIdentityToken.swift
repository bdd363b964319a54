import Federation
import FoundationEssentials

/// A well-formed web identity token; STS verifies its signature and times later.
struct WebIdentityToken: Sendable {
    /// The compact JWS.
    let text: Secret
    let claims: Claims
    let issuer: String
    let subject: String
    let expiry: Date
    let notBefore: Date?
    /// The `azp` claim, or the `aud` claim if the token has no `azp`.
    let audiences: [String]

    /// Parses a token and checks the claims that STS requires.
    init(_ text: Secret) throws(AWSFault) {
        self.text = text
        do {
            claims = try Claims(decoding: text)
        } catch {
            throw .notAToken
        }
        let payload = claims.payload
        for name in ["iss", "aud", "exp", "iat", "sub"] where payload[name] == nil {
            throw .invalidToken("Missing a required claim: \(name)")
        }
        guard let issuer = claims.issuer, let subject = claims.subject, !claims.audiences.isEmpty,
            let expiry = claims.expiry, claims.issuedAt != nil,
            payload["nbf"] == nil || claims.notBefore != nil
        else { throw .notAToken }
        guard issuer.hasPrefix("https://"), URL(string: issuer)?.host() != nil else {
            throw .invalidToken("Issuer must be a valid URL")
        }
        self.issuer = issuer
        self.subject = subject
        self.expiry = expiry
        notBefore = claims.notBefore
        audiences = claims.effectiveAudiences
    }

    /// The clock skew that STS tolerates after `exp` and before `nbf`, in seconds.
    private static let leeway: TimeInterval = 300

    /// Checks the token's `exp` and `nbf` claims.
    func checkTimes(at now: Date) throws(AWSFault) {
        guard now.timeIntervalSince(expiry) < Self.leeway else {
            let seen = Int(saturating: now.timeIntervalSince1970)
            let end = Int(saturating: expiry.timeIntervalSince1970)
            let message =
                "Token expired: current date/time \(seen) must be before the expiration date/time \(end)"
            throw AWSFault(400, "ExpiredTokenException", message)
        }
        if let notBefore, notBefore.timeIntervalSince(now) > Self.leeway { throw .notAToken }
    }

    /// Checks that the token's audience is one of the provider's client IDs.
    ///
    /// STS refuses a token that has several audiences but no `azp`.
    func checkAudience(_ clientIDs: [String]) throws(AWSFault) {
        guard audiences.count == 1, let audience = audiences.first, clientIDs.contains(audience) else {
            throw .invalidToken("Incorrect token audience")
        }
    }

    /// Checks the role against the token's `https://aws.amazon.com/roles` claim, if present.
    func checkRoles(_ role: String) throws(AWSFault) {
        let hasRoles = claims.payload["https://aws.amazon.com/roles"] != nil
        guard hasRoles, !claims.authorizedRoles.contains(role) else { return }
        throw .invalidToken("The target role ARN is not present in the roles claim of the identity token")
    }
}

extension AWSFault {
    /// The error for invalid text, malformed claims, or a future `nbf`.
    static let notAToken = invalidToken(
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
    )

    /// The error for a token whose issuer has no provider in the role's account.
    static func noProvider(for issuer: String) -> AWSFault {
        invalidToken("No OpenIDConnect provider found in your account for \(issuer)")
    }

    /// The error for a token that STS refuses.
    static func invalidToken(_ message: String) -> AWSFault {
        AWSFault(400, "InvalidIdentityToken", message)
    }
}
