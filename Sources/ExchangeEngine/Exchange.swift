package import Federation

/// What came of an exchange: what may be kept of it, and what may not.
package struct Exchange: Sendable {
    package let record: ExchangeRecord
    /// The credentials, when STS gave them, even if a later step failed.
    package let credentials: SessionCredentials?
    /// The token, when a source gave one.
    package let token: AccessToken?

    package init(record: ExchangeRecord, credentials: SessionCredentials?, token: AccessToken?) {
        self.record = record
        self.credentials = credentials
        self.token = token
    }
}

/// How far an exchange goes.
package struct ExchangeOptions: Hashable, Sendable {
    /// Whether the token is asked for anew, whatever is cached here.
    package var forcesToken: Bool
    /// Whether the credentials are tried: GetCallerIdentity and the probe.
    package var verifies: Bool

    /// How old the token source's answer may be, a refusal too; `nil` leaves it to the cache.
    package var tokenAge: Duration?

    /// Whether the source is asked, unless it was asked just now.
    var asksAnew: Bool { forcesToken || tokenAge != nil }

    package init(forcesToken: Bool = false, verifies: Bool = true, tokenAge: Duration? = nil) {
        self.forcesToken = forcesToken
        self.verifies = verifies
        self.tokenAge = tokenAge
    }
}
