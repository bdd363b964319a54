import Federation
import Foundation

/// A web identity token whose shape STS accepts; its signature and its times are not checked yet.
struct WebIdentityToken: Sendable {
    /// The compact JWS.
    let text: Secret
    let claims: Claims
    let issuer: String
    let subject: String
    let expiry: Date
    let notBefore: Date?
    /// `azp` where the token has one, else `aud`.
    let audiences: [String]

    /// Parses a token and looks for the claims that STS needs.
    init(_ text: Secret) throws(AWSFault) {
        self.text = text
        do {
            claims = try Claims(decoding: text)
        } catch {
            throw .notAToken
        }
        guard text.reveal().split(separator: ".").last.flatMap({ Data(base64URL: $0) }) != nil else {
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

    /// How long STS takes a token after its expiry and before its beginning, for the sake of clocks.
    private static let leeway: TimeInterval = 300

    /// Checks the token's times.
    func checkTimes(at now: Date) throws(AWSFault) {
        guard now.timeIntervalSince(expiry) < Self.leeway else {
            let (seen, end) = (Int(now.timeIntervalSince1970), Int(expiry.timeIntervalSince1970))
            let message =
                "Token expired: current date/time \(seen) must be before the expiration date/time \(end)"
            throw AWSFault(400, "ExpiredTokenException", message)
        }
        if let notBefore, notBefore.timeIntervalSince(now) > Self.leeway { throw .notAToken }
    }

    /// Checks that the token was made for one of a provider's client IDs.
    ///
    /// A token with several audiences and no `azp` is made for none.
    func checkAudience(_ clientIDs: [String]) throws(AWSFault) {
        guard audiences.count == 1, let audience = audiences.first, clientIDs.contains(audience) else {
            throw .invalidToken("Incorrect token audience")
        }
    }

    /// Checks the role against the issuer's own list of them, if the token has one.
    func checkRoles(_ role: String) throws(AWSFault) {
        let hasRoles = claims.payload["https://aws.amazon.com/roles"] != nil
        guard hasRoles, !claims.authorizedRoles.contains(role) else { return }
        throw .invalidToken("The target role ARN is not present in the roles claim of the identity token")
    }
}

extension AWSFault {
    /// A text that is no token at all, or one whose claims have the wrong form.
    static let notAToken = invalidToken(
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
    )

    /// A token of an issuer that the account of the role does not know.
    static func noProvider(for issuer: String) -> AWSFault {
        invalidToken("No OpenIDConnect provider found in your account for \(issuer)")
    }

    /// A token that STS does not take.
    static func invalidToken(_ message: String) -> AWSFault {
        AWSFault(400, "InvalidIdentityToken", message)
    }
}
