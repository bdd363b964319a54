package import Federation
package import FoundationEssentials

/// Compares a token's claims with the request.
///
/// After a failed finding, a call to STS is useless. If all findings are warnings, the exchange may succeed.
package struct TokenCheck: Hashable, Sendable {
    private let identity: ManagedIdentity
    private let request: RequestFacts

    package init(identity: ManagedIdentity, audience: String, appRole: String? = nil) {
        self.identity = identity
        request = RequestFacts(audience: audience, appRole: appRole)
    }

    /// Returns the differences between the claims and the request, failed findings first.
    ///
    /// - Parameters:
    ///   - claims: The token's claims.
    ///   - now: This host's clock.
    ///   - clockOffset: The offset of Azure's clock, if measured; the token's dates are compared with this clock.
    ///   - awsClock: The offset of AWS's clock, if measured.
    /// - Returns: The differences; empty for a token that is as requested.
    package func findings(
        in claims: Claims,
        at now: Date,
        clockOffset: ClockOffset? = nil,
        awsClock: ClockOffset? = nil
    ) -> [TokenFinding] {
        let context = DiagnosisContext(
            Evidence(
                request: request,
                identity: identity,
                token: .claims(claims),
                clockOffset: awsClock,
                azureClock: clockOffset,
                now: now
            )
        )
        let checks = Check.all.filter { $0.stage == .token && $0.dependency.allowsFindings(in: context) }
        let found = checks.flatMap { $0.findings(in: context) }
        return (found.filter(\.stops) + found.filter { !$0.stops }).map {
            TokenFinding($0.stops ? .failed : .warn, $0.cause)
        }
    }
}

/// A deviation of a token from the request.
package struct TokenFinding: Hashable, Sendable {
    /// `failed` or `warn`.
    package let outcome: StepOutcome
    /// The deviation, the token's values, and the advice.
    package let failure: Failure

    /// The finding for text that is not a signed JWT.
    package init(_ error: TokenFormatError) {
        self.init(.failed, .tokenFormat(error))
    }

    fileprivate init(_ outcome: StepOutcome, _ cause: Cause) {
        self.outcome = outcome
        failure = Failure(
            kind: .refused,
            code: cause.id,
            message: VisibleText.oneLine(
                "\(cause.summary.trimmingSuffix(".")): \(cause.evidence.trimmingSuffix(".")).",
                limit: 500
            ),
            fix: VisibleText.oneLine(cause.adviceNamingExplain, limit: 500)
        )
    }
}
