package import Federation
package import Foundation

/// What a watch remembers of the last token: enough to tell whether the next one is news.
package struct WatchedToken: Hashable, Sendable, Codable {
    /// See ``AccessToken/fingerprint``.
    package let fingerprint: String
    /// `uti`, Entra's own number of the token.
    package let uniqueID: String?
    /// When it was made, by its `iat`.
    package let made: Date?
    /// Its `exp`.
    package let expiry: Date?
    /// Its `roles`.
    package let roles: [String]
    /// When the source last gave it.
    package let received: Date
    /// When this watch first saw it.
    package let firstSeen: Date
    /// Whether the source may serve it to its end.
    package let isCached: Bool

    /// Takes a token's facts; `earlier` is the token that was seen before it.
    init(_ facts: TokenFacts, earlier: WatchedToken?, pace: PropagationTiming) {
        fingerprint = facts.fingerprint
        uniqueID = facts.claims.uniqueTokenID
        made = facts.claims.made(pace)
        expiry = facts.claims.expiry
        roles = facts.claims.roles
        received = facts.received
        isCached = facts.source.mayServeCachedTokens
        let isSame = earlier.map { $0.isSame(as: facts) } ?? false
        firstSeen = isSame ? earlier?.firstSeen ?? facts.received : facts.received
    }

    /// Whether a token is this very one: by its `uti` where both have one, else by the fingerprint.
    package func isSame(as facts: TokenFacts) -> Bool {
        if let uniqueID, let other = facts.claims.uniqueTokenID { return uniqueID == other }
        return fingerprint == facts.fingerprint
    }
}
