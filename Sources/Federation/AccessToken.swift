package import struct Foundation.Date

/// A request for a token: one identity, one audience.
///
/// Equal requests share one answer.
package struct TokenRequest: Hashable, Sendable {
    package let identity: ManagedIdentity
    package let audience: String

    package init(identity: ManagedIdentity, audience: String) {
        self.identity = identity
        self.audience = audience
    }
}

/// A token Entra issued to a managed identity, as it came off the wire.
package struct AccessToken: Hashable, Sendable {
    /// The compact JWS.
    package let rawValue: Secret
    /// The first 16 hexadecimal digits of its SHA-256, which identify a token without showing it.
    package let fingerprint: String
    /// The expiration in the source's answer; `nil` when only the token's `exp` has it.
    package let expiry: Date?
    /// When it was received.
    package let received: Date
    /// The source that returned it.
    package let source: TokenSourceKind
    /// The source's clock against the local one, if its answer had a `Date`.
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

/// The offset of another machine's clock from the local one (negative: behind), from an HTTP `Date`.
///
/// `Date` has whole seconds, so half a second is added to it; the uncertainty is half the round trip and
/// half a second.
package struct ClockOffset: Hashable, Sendable {
    package let offset: Duration
    package let uncertainty: Duration

    /// The largest offset that plans follow: a machine further off shows a broken clock, not the time.
    package static let believedLimit = Duration.seconds(3600)

    package init(offset: Duration, uncertainty: Duration) {
        self.offset = offset.clamped
        self.uncertainty = uncertainty.clamped
    }

    /// The offset that renewals are planned with: at most ``believedLimit`` either way.
    package var believed: Duration { min(max(offset, .zero - Self.believedLimit), Self.believedLimit) }

    /// Whether the clocks differ by more than the measurement can explain.
    package var isSignificant: Bool {
        offset > uncertainty || offset < .zero - uncertainty
    }

    /// Whether they differ by more than that and five harmless seconds.
    package var isWorthTelling: Bool {
        let limit = uncertainty + .seconds(5)
        return offset > limit || offset < .zero - limit
    }
}

extension ClockOffset: CustomStringConvertible {
    /// Signed whole seconds, the resolution of HTTP dates, with the uncertainty: `+8 s ± 0.6 s`.
    package var description: String { "\(seconds) ± \(margin)" }

    /// The short form: `+8 ± 0.6 s`.
    package var brief: String { "\(number) ± \(margin)" }

    /// The offset alone: `+8 s`.
    package var seconds: String { "\(number) s" }

    /// The rounded number; `0` without a sign.
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
