import AWS
package import Azure
import Diagnosis
package import Federation
import Foundation

/// The steps of one mapping's exchange.
struct ExchangeSteps: Sendable {
    let mapping: RoleMapping
    let identity: ManagedIdentity
    let endpoints: Endpoints
    let endpointVariant: AWSEndpoint.Variant
    let options: ExchangeOptions
    let context: ExchangeContext

    /// Runs the steps in order until one fails.
    func run(number: Int, report: @escaping @Sendable (StepRecord) -> Void) async -> Exchange {
        let began = context.time.now
        var run = ExchangeRun(time: context.time, report: report)
        var facts: TokenFacts?
        var role: AWSAnswer<AssumedRole>?
        let entry = await run.perform(.token) { await token() }
        if let entry {
            let decoded = Result { () throws(TokenFormatError) in try TokenFacts(entry) }
            facts = try? decoded.get()
            _ = await run.perform(.claims) { claims(decoded) }
        }
        if let entry, let facts, !run.hasFailed {
            _ = await run.perform(.trust) { await trust(of: facts.claims) }
            role = await run.perform(.exchange) { await assumeRole(with: entry.token) }
        }
        if let credentials = role?.value.credentials, options.verifies {
            _ = await run.perform(.caller) { await caller(credentials) }
            if !run.hasFailed { _ = await run.perform(.probe) { await probe(credentials) } }
        }
        run.finish()
        let record = record(number: number, began: began, steps: run.steps, facts: facts, role: role)
        return Exchange(record: record, credentials: role?.value.credentials, token: entry?.token)
    }

    private func record(
        number: Int,
        began: Date,
        steps: [StepRecord],
        facts: TokenFacts?,
        role: AWSAnswer<AssumedRole>?
    ) -> ExchangeRecord {
        let credentials = role?.value.credentials
        return ExchangeRecord(
            id: number,
            at: began,
            mapping: mapping.id,
            identity: identity.id,
            roleARN: mapping.roleARN,
            steps: steps,
            token: facts,
            credentialExpiry: credentials?.expiration,
            accessKeyID: credentials?.accessKeyID,
            assumedRoleARN: credentials?.assumedRoleARN,
            clockOffset: role?.clockOffset,
            answer: role.map(\.value).map {
                AnswerFacts(subject: $0.subject, roleID: $0.roleID, packedPolicySize: $0.packedPolicySize)
            }
        )
    }

    private func token() async -> StepResult<TokenCache.Entry> {
        let request = TokenRequest(identity: identity, audience: mapping.audience)
        do throws(TokenSourceError) {
            let entry =
                if let age = options.tokenAge {
                    try await context.tokens.token(for: request, noOlderThan: age)
                } else {
                    try await context.tokens.token(for: request, force: options.forcesToken)
                }
            return .ok(entry, note: Self.note(on: entry, wasForced: options.asksAnew))
        } catch {
            return .failed(error.failure)
        }
    }

    /// Describes whether the token is new, and whether its host can be forced to renew a cached one.
    private static func note(on entry: TokenCache.Entry, wasForced: Bool) -> String {
        let source = entry.token.source
        guard entry.seenBefore else { return "\(source.rawValue) returned a new token." }
        let reason =
            wasForced && source.isCachedByPlatform
            ? ": the host caches it for about 24 h and cannot be forced to renew it" : ""
        return "\(source.rawValue) returned the same token as before\(reason)."
    }

    private func claims(_ decoded: Result<TokenFacts, TokenFormatError>) -> StepResult<Void> {
        let facts: TokenFacts
        do throws(TokenFormatError) {
            facts = try decoded.get()
        } catch {
            return .failed(TokenFinding(error).failure.naming(mapping.id))
        }
        let check = TokenCheck(identity: identity, audience: mapping.audience, appRole: mapping.appRole)
        let findings = check.findings(in: facts.claims, at: context.time.now, clockOffset: facts.clockOffset)
        guard let first = findings.first else { return .ok((), note: "The claims are as configured.") }
        let failure = first.failure.naming(mapping.id)
        return first.outcome == .failed ? .failed(failure) : .warning((), failure)
    }
}

extension TokenFacts {
    /// Creates the facts that may be stored about a token; the token itself is a secret.
    ///
    /// - Throws: ``TokenFormatError`` if the token is not a signed JWT.
    package init(_ entry: TokenCache.Entry) throws(TokenFormatError) {
        self.init(
            fingerprint: entry.token.fingerprint,
            claims: try entry.claims.get(),
            source: entry.token.source,
            received: entry.token.received,
            seenBefore: entry.seenBefore,
            clockOffset: entry.token.clockOffset
        )
    }
}
