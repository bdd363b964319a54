import AWS
package import Azure
import Diagnosis
package import Federation
import FoundationEssentials
import Transport
import TrustPolicy

/// The steps of one mapping's exchange.
struct ExchangeSteps: Sendable {
    let mapping: RoleMapping
    let identity: ManagedIdentity
    let endpoints: Endpoints
    let endpointVariant: AWSEndpoint.Variant
    let options: ExchangeOptions
    let context: ExchangeContext
    let hubs: HubSessions
    /// Whether other mappings use this mapping's credentials.
    let isHub: Bool

    /// Runs the steps in order until one fails.
    func run(number: Int, report: @escaping @Sendable (StepRecord) -> Void) async -> Exchange {
        let began = context.time.now
        let session = isHub ? await publish(report) : await obtain(report)
        let isChained = mapping.hub != nil
        var run = ExchangeRun(time: context.time, isChained: isChained, steps: session.steps, report: report)
        if let credentials = session.credentials, !run.hasFailed, options.verifies {
            _ = await run.perform(.caller) { await caller(credentials) }
            if !run.hasFailed { _ = await run.perform(.probe) { await probe(credentials) } }
        }
        run.finish()
        let record = record(number: number, began: began, steps: run.steps, session)
        return Exchange(record: record, credentials: session.credentials, token: session.token)
    }

    private func publish(_ report: @escaping @Sendable (StepRecord) -> Void) async -> ObtainedSession {
        await hubs.publish(HubSessions.Key(mapping, identity)) { await obtain(report) }
    }

    /// Runs the steps up to and including the step that obtains the credentials.
    func obtain(_ report: @escaping @Sendable (StepRecord) -> Void) async -> ObtainedSession {
        if case .hub(let hub, let parameters) = mapping.assumption {
            return await obtain(through: hub, parameters, report)
        }
        var run = ExchangeRun(time: context.time, report: report)
        var facts: TokenFacts?
        var role: AWSAnswer<AssumedRole>?
        let entry = await run.perform(.token) { await token() }
        // The claims step and the comparison below use the same offset. A later reading could differ, because the trust
        // step may read IAM and measure AWS's clock again.
        let awsClock = stsClock
        if let entry {
            let decoded = Result { () throws(TokenFormatError) in try TokenFacts(entry) }
            facts = try? decoded.get()
            _ = await run.perform(.claims) { claims(decoded, awsClock) }
        }
        if let entry, let facts, !run.hasFailed {
            let hasWarned = run.steps.last?.failure?.code == ClockComparison.code
            let earlier = hasWarned ? ClockComparison(aws: awsClock, azure: facts.clockOffset).verdict : nil
            _ = await run.perform(.trust) { await trust(of: facts.claims) }
            let wasDenied = run.steps.last?.predictsDenial ?? false
            role = await run.perform(.exchange) {
                await assumeRole(with: entry.token, facts, after: earlier, contradicting: wasDenied)
            }
        }
        return session(run.steps, facts, entry?.token, role)
    }

    /// Returns the session that the steps obtained, with the current time.
    func session(
        _ steps: [StepRecord],
        _ facts: TokenFacts?,
        _ token: AccessToken?,
        _ role: AWSAnswer<AssumedRole>?
    ) -> ObtainedSession {
        ObtainedSession(
            steps: steps,
            at: context.time.uptime,
            facts: facts,
            token: token,
            credentials: role?.value.credentials,
            clockOffset: role?.clockOffset ?? stsClock,
            answer: role.map(\.value).map {
                AnswerFacts(subject: $0.subject, roleID: $0.roleID, packedPolicySize: $0.packedPolicySize)
            }
        )
    }

    private func record(
        number: Int,
        began: Date,
        steps: [StepRecord],
        _ session: ObtainedSession
    ) -> ExchangeRecord {
        ExchangeRecord(
            id: number,
            at: began,
            mapping: mapping.id,
            identity: identity.id,
            roleARN: mapping.roleARN,
            steps: steps,
            token: session.facts,
            credentialExpiry: session.credentials?.expiration,
            accessKeyID: session.credentials?.accessKeyID,
            assumedRoleARN: session.credentials?.assumedRoleARN,
            clockOffset: session.clockOffset,
            answer: session.answer
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
            return .ok(entry, note: Self.note(on: entry, wasForced: options.bypassesCache))
        } catch {
            return .failed(error.failure)
        }
    }

    /// Returns a note on whether the token is new.
    private static func note(on entry: TokenCache.Entry, wasForced: Bool) -> String {
        let source = entry.token.source
        guard entry.seenBefore else { return "\(source.rawValue) returned a new token." }
        let reason =
            wasForced && source.isCachedByPlatform
            ? ": the host caches it for about 24 h and cannot be forced to renew it" : ""
        return "\(source.rawValue) returned the same token as before\(reason)."
    }

    private func claims(
        _ decoded: Result<TokenFacts, TokenFormatError>,
        _ awsClock: ClockOffset?
    ) -> StepResult<Void> {
        let facts: TokenFacts
        do throws(TokenFormatError) {
            facts = try decoded.get()
        } catch {
            return .failed(TokenFinding(error).failure.naming(mapping.id))
        }
        let check = TokenCheck(identity: identity, audience: mapping.audience, appRole: mapping.appRole)
        // If STS's clock is not known yet, the *exchange* step compares the clocks after the response of STS.
        let findings = check.findings(
            in: facts.claims,
            at: context.time.now,
            clockOffset: facts.clockOffset,
            awsClock: awsClock
        ).filter { awsClock != nil || $0.outcome == .failed || $0.failure.code != ClockComparison.code }
        guard let first = findings.first else { return .ok((), note: "The claims match the configuration.") }
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

extension StepRecord {
    /// Whether this is a *trust* step that predicts a denial.
    var predictsDenial: Bool {
        step == .trust
            && TrustVerdict.Decision.allCases.contains { $0.isDenial && $0.code == failure?.code }
    }
}

// The steps that call AWS, and the trust step, which predicts the response.
extension ExchangeSteps {
    /// Evaluates the trust policy, if any.
    ///
    /// The verdict is only a prediction, so this step never ends the exchange.
    func trust(of claims: Claims) async -> StepResult<Void> {
        guard let (evidence, place) = await knownPolicy(issuer: claims.issuer) else {
            return .skipped("The trust policy is unknown.")
        }
        switch evidence {
        case .unknown:
            return .warning((), Self.unreadable(place))
        case .refused(let error):
            return .warning((), Self.malformed(place, error))
        case .parsed(let policy):
            let verdict = policy.evaluate(trustRequest(claims), then: claims.additionalActions)
            switch verdict.decision {
            case .allow: return .ok((), note: "The trust policy allows the token.")
            case .undetermined:
                return .ok((), note: "The trust policy depends on values that cambist does not know.")
            case .deny, .explicitDeny, .invalid: return .warning((), predicted(verdict, place))
            }
        }
    }

    /// Returns the role's cached trust policy; without a cached policy, the policy in the mapping's file, if any.
    ///
    /// `place` is the policy's origin. If the file cannot be read, `place` is the error.
    func knownPolicy(issuer: String?) async -> (policy: PolicyEvidence, place: String)? {
        if options.readsTrust { _ = await context.trust?.inspection(of: mapping, issuer: issuer) }
        if let known = await context.trust?.policy(of: mapping.roleARN) { return known }
        guard let file = mapping.trustPolicyFile else { return nil }
        do throws(FileReadError) {
            return (PolicyEvidence(document: try PolicyFile.read(file), of: mapping.roleARN), file)
        } catch {
            return (.unknown, "\(error)")
        }
    }

    /// AWS's clock minus the local clock, from the latest response of STS, if any.
    var stsClock: ClockOffset? {
        (try? stsEndpoint()).flatMap { context.transport.clockOffset(of: $0.url) }
    }

    /// The current time by AWS's clock or, if AWS's clock is unknown, by this host's clock.
    ///
    /// STS evaluates conditions with AWS's clock.
    var awsNow: Date { stsClock?.serverTime(at: context.time.now) ?? context.time.now }

    /// Assumes the role, and warns of a clock difference that the *claims* step has not reported.
    ///
    /// - Parameters:
    ///   - token: The token.
    ///   - facts: The facts about the token.
    ///   - earlier: The clock verdict in a warning of the *claims* step, if any.
    ///   - prediction: Whether the *trust* step predicted a denial.
    /// - Returns: The response of STS.
    func assumeRole(
        with token: AccessToken,
        _ facts: TokenFacts,
        after earlier: ClockComparison.Verdict?,
        contradicting prediction: Bool
    ) async -> StepResult<AWSAnswer<AssumedRole>> {
        var result = await assumeRole(with: token)
        if prediction, let answer = result.value {
            let note = "STS returned credentials, so the trust policy that was read is out of date."
            result = .ok(answer, note: note, requestID: answer.requestID)
        }
        let clocks = ClockComparison(aws: result.value?.clockOffset ?? stsClock, azure: facts.clockOffset)
        guard clocks.verdict != earlier, let warning = clocks.warning(requestID: result.value?.requestID)
        else {
            return result
        }
        if case .failed(let failure) = result.result {
            return .failed(failure.prefacing(fix: "\(clocks.summary ?? "") \(warning.fix)"))
        }
        guard let answer = result.value else { return result }
        return .warning(answer, warning)
    }

    func assumeRole(with token: AccessToken) async -> StepResult<AWSAnswer<AssumedRole>> {
        do {
            let request = AssumeRoleWithWebIdentityRequest(
                session: try sessionRequest(),
                token: token.rawValue
            )
            let answer = try await stsClient().assumeRoleWithWebIdentity(request)
            return .ok(answer, note: "STS returned credentials.", requestID: answer.requestID)
        } catch {
            return .failed(failure(of: error))
        }
    }

    /// The parameters of the role session, from the mapping.
    func sessionRequest() throws -> RoleSessionRequest {
        RoleSessionRequest(
            roleARN: mapping.roleARN,
            name: mapping.sessionName,
            duration: mapping.duration,
            policyARNs: mapping.policyARNs,
            policy: try sessionPolicy()
        )
    }

    /// The failure of a step that assumes a role.
    func failure(of error: any Error) -> Failure {
        switch error {
        case let error as CloudError: error.failure.naming(mapping.id)
        case let error as AWSEndpointError: Self.configuration("unknown-endpoint", error.description)
        default: Self.configuration("unreadable-policy", "policy_file: \(error).")
        }
    }

    func caller(_ credentials: SessionCredentials) async -> StepResult<Void> {
        do {
            let answer = try await stsClient().callerIdentity(SigningCredentials(credentials))
            guard answer.value.arn == credentials.assumedRoleARN else {
                return .failed(Self.callerMismatch(answer.value.arn, expected: credentials.assumedRoleARN))
            }
            return .ok((), note: answer.value.arn, requestID: answer.requestID)
        } catch let error as CloudError {
            if let code = error.unknownOperation {
                return .skipped("The endpoint does not support GetCallerIdentity (\(code)).")
            }
            return .failed(error.failure)
        } catch {
            return .failed(Self.configuration("unknown-endpoint", "\(error)"))
        }
    }

    func probe(_ credentials: SessionCredentials) async -> StepResult<Void> {
        let probe = Probe(command: mapping.probe, environment: context.environment)
        return await probe.run(with: credentials, region: mapping.region, time: context.time)
    }

    private func stsEndpoint() throws(AWSEndpointError) -> AWSEndpoint {
        try AWSEndpoint.sts(region: mapping.region, variant: endpointVariant, override: endpoints.sts)
    }

    func stsClient() throws(AWSEndpointError) -> STSClient {
        STSClient(
            transport: context.transport,
            endpoint: try stsEndpoint(),
            time: context.time,
            quota: context.quota
        )
    }

    func sessionPolicy() throws -> String? {
        try mapping.policyFile.map { try PolicyFile.read($0) }
    }

    private func trustRequest(_ claims: Claims) -> TrustRequest {
        let provider = OIDCProvider.arn(
            forIssuer: claims.issuer ?? "",
            account: mapping.roleARN.account,
            partition: mapping.roleARN.partition.rawValue
        )
        let context = RequestContext(
            claims: claims,
            federatedPrincipal: provider,
            roleARN: mapping.roleARN,
            sessionName: mapping.sessionName,
            region: mapping.region,
            at: awsNow
        )
        return TrustRequest(federatedPrincipal: provider, context: context)
    }
}

// The failures and warnings of the steps.
extension ExchangeSteps {
    static func unreadable(_ problem: String) -> Failure {
        Failure(
            kind: .refused,
            code: PolicyError.unreadableCode,
            message: "trust_policy_file: \(problem).",
            fix: "Correct trust_policy_file of the mapping, or remove it."
        )
    }

    static func malformed(_ place: String, _ error: PolicyError) -> Failure {
        Failure(
            kind: .refused,
            code: error.code,
            message: "\(place) is not a trust policy that IAM accepts: \(error.message)",
            fix: "Use the document that `aws iam get-role` prints."
        )
    }

    func predicted(_ verdict: TrustVerdict, _ place: String) -> Failure {
        let caller = mapping.hub.map { "the role of \($0.id)" } ?? "this token"
        var source = place
        if place == mapping.trustPolicyFile {
            let change = PolicyFile.lastChange(of: place).map { ", last changed at \($0.utcText)" }
            source = "policy from \(place)\(change ?? "")"
        }
        return Failure(
            kind: .refused,
            code: verdict.decision.code,
            message: "\(verdict.denialText(of: caller)) (\(source)).",
            fix: "`cambist explain \(ShellWord.posix(mapping.id))` shows the statement and the fix."
        )
    }

    private static func callerMismatch(_ arn: String, expected: String) -> Failure {
        Failure(
            kind: .refused,
            code: "caller-mismatch",
            message: "GetCallerIdentity returned \(arn), but STS issued the credentials for \(expected).",
            fix: "Different servers responded to the two calls; check AWS_ENDPOINT_URL_STS and endpoints.sts."
        )
    }

    private static func configuration(_ code: String, _ message: String) -> Failure {
        Failure(kind: .refused, code: code, message: message, fix: "Correct the mapping's configuration.")
    }
}
