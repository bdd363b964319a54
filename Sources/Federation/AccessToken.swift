package import struct FoundationEssentials.Date

/// A request for a token: one identity and one audience.
///
/// Equal requests share one cached token.
package struct TokenRequest: Hashable, Sendable {
    package let identity: ManagedIdentity
    package let audience: String

    package init(identity: ManagedIdentity, audience: String) {
        self.identity = identity
        self.audience = audience
    }
}

/// A token that a source returned for an identity.
package struct AccessToken: Hashable, Sendable {
    /// The compact JWS.
    package let rawValue: Secret
    /// The first 16 hexadecimal digits of the token's SHA-256, which identify the token without revealing the token.
    package let fingerprint: String
    /// The expiration that the source reported, if any.
    package let expiry: Date?
    /// The local time at which the token was received.
    package let received: Date
    package let source: TokenSourceKind
    /// The source's clock minus the local clock; `nil` if the response had no `Date` header.
    package let clockOffset: ClockOffset?

    package init(
        rawValue: Secret,
        fingerprint: String,
        expiry: Date?,
        received: Date,
        source: TokenSourceKind,
        clockOffset: ClockOffset? = nil
    ) {
        self.rawValue = rawValue
        self.fingerprint = fingerprint
        self.expiry = expiry
        self.received = received
        self.source = source
        self.clockOffset = clockOffset
    }
}

/// The offset of a server's clock from the local clock, derived from an HTTP `Date` header.
///
/// Negative if the server's clock is behind. `Date` has a resolution of one second, so half a second is added to
/// `Date`. The uncertainty is half the round-trip time plus half a second.
package struct ClockOffset: Hashable, Sendable {
    package let offset: Duration
    package let uncertainty: Duration

    package init(offset: Duration, uncertainty: Duration) {
        self.offset = offset.clamped
        self.uncertainty = uncertainty.clamped
    }

    /// Whether the offset exceeds the uncertainty.
    package var isSignificant: Bool {
        offset > uncertainty || offset < .zero - uncertainty
    }

    /// Whether the offset exceeds the uncertainty by more than five seconds, the threshold for display.
    package var isNotable: Bool {
        let limit = uncertainty + .seconds(5)
        return offset > limit || offset < .zero - limit
    }
}

extension ClockOffset: CustomStringConvertible {
    /// The offset with its sign in whole seconds (the resolution of HTTP dates), and the uncertainty: `+8 s ± 0.6 s`.
    package var description: String { "\(seconds) ± \(margin)" }

    /// The short form: `+8 ± 0.6 s`.
    package var brief: String { "\(number) ± \(margin)" }

    /// The offset and the uncertainty; without a notable offset, only the uncertainty: `±0.6 s`.
    package var notable: String { isNotable ? description : "±\(margin)" }

    /// The offset alone: `+8 s`.
    package var seconds: String { "\(number) s" }

    /// The rounded number of seconds with its sign; zero has no sign.
    private var number: String {
        let whole = Int(saturating: offset.seconds.rounded())
        if whole == 0 { return "0" }
        return whole < 0 ? "−\(whole.magnitude)" : "+\(whole)"
    }

    private var margin: String {
        let tenths = Int(saturating: (uncertainty.seconds * 10).rounded(.up))
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
