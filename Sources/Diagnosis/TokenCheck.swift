package import Federation
package import Foundation

/// Compares a token's claims with what was asked for: the checks of the decision list that look at the token.
///
/// A failed finding means that STS need not be called; a warning means that something is not as the
/// configuration says although the exchange may succeed.
package struct TokenCheck: Hashable, Sendable {
    private let identity: ManagedIdentity
    private let request: RequestFacts

    package init(identity: ManagedIdentity, audience: String, appRole: String? = nil) {
        self.identity = identity
        request = RequestFacts(audience: audience, appRole: appRole)
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
        let correction = clockOffset.flatMap { $0.isWorthTelling ? $0.offset : nil } ?? .zero
        return Self.findings(
            Evidence(
                request: request,
                identity: identity,
                token: .claims(claims),
                clockOffset: clockOffset,
                now: now + correction.seconds
            )
        )
    }

    fileprivate static func findings(_ evidence: Evidence) -> [TokenFinding] {
        let examination = DiagnosisContext(evidence)
        let found = Check.all.filter { $0.stage == .token }.flatMap { $0.find(examination) }
        return (found.filter(\.stops) + found.filter { !$0.stops }).map(TokenFinding.init)
    }
}

/// One thing that a token has otherwise than it was asked for.
package struct TokenFinding: Hashable, Sendable {
    /// `failed` or `warn`.
    package let outcome: StepOutcome
    /// What it is, what was seen, what to do.
    package let failure: Failure

    /// The finding about a text that is no signed JWT.
    package init(_ error: TokenFormatError) {
        self.init(.tokenForm(error))
    }

    init(_ finding: Finding) {
        outcome = finding.stops ? .failed : .warn
        let cause = finding.cause
        let advice = cause.fix.split(separator: "\n")
        let more = advice.count > 1 ? " `cambist explain MAPPING` has the commands." : ""
        failure = Failure(
            kind: .refused,
            code: cause.id,
            message: VisibleText.oneLine(
                "\(cause.summary.trimmingSuffix(".")): \(cause.evidence.trimmingSuffix(".")).",
                limit: 500
            ),
            fix: VisibleText.oneLine(String(advice.first ?? ""), limit: 500) + more
        )
    }
}

extension String {
    /// The text without a suffix that it has.
    func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
