import Foundation

/// A token as Entra issued it.
struct IssuedToken: Hashable, Sendable {
    /// The compact JWS.
    let compact: String
    /// What it was asked for.
    let resource: String
    /// The client id of whom it names.
    let clientID: String
    /// When it was made: later than its `iat`, which is set back five minutes.
    let made: Date
    /// `nbf` and `iat`.
    let notBefore: Date
    /// `exp`.
    let expiry: Date

    /// Whole seconds until its end.
    func secondsLeft(at date: Date) -> Int {
        max(0, Int(expiry.timeIntervalSince(date)))
    }

    /// `expires_on`: its end in seconds since 1970.
    var expirySeconds: String {
        String(Int(expiry.timeIntervalSince1970))
    }

    /// `not_before`, in seconds since 1970.
    var notBeforeSeconds: String {
        String(Int(notBefore.timeIntervalSince1970))
    }
}
