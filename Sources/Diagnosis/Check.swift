import Federation
import TrustPolicy

/// One look at the evidence: a step of the decision list.
struct Check: Sendable {
    /// Where in the exchange it looks; a refusal that names the stage brings its findings to the front.
    let stage: Stage
    let find: @Sendable (DiagnosisContext) -> [Finding]

    init(_ stage: Stage, find: @escaping @Sendable (DiagnosisContext) -> [Finding]) {
        self.stage = stage
        self.find = find
    }

    /// The parts of an exchange, in the order in which they can fail.
    enum Stage: Int, Comparable {
        case source
        case token
        case provider
        case trust
        case exchange
        case credentials

        static func < (left: Stage, right: Stage) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    /// The decision list, in its order.
    static let all: [Check] = [
        .tokenSource, .tokenForm, .requiredClaims, .callerKind, .callerIdentity, .tokenVersion, .audience,
        .appRole,
        .tokenTimes, .clock, .signingKey, .issuer, .provider, .clientIDs, .role, .trustPolicy,
        .sessionActions,
        .duration,
        .refusal, .answer, .directory, .reader,
    ]
}

/// What a check found.
struct Finding: Sendable {
    let cause: Cause
    /// Whether the exchange cannot succeed before it is put right.
    let blocks: Bool
    /// Whether it only repeats what the other side said, for want of anything better.
    var isFallback = false
    /// Whether STS need not be asked, for it is about the token and leaves nothing to decide.
    private(set) var stops = false

    /// A cause that stands in the way.
    static func blocking(_ cause: Cause) -> Finding {
        Finding(cause: cause, blocks: true)
    }

    /// What the other side said, for when nothing else explains it.
    static func fallback(_ cause: Cause) -> Finding {
        Finding(cause: cause, blocks: true, isFallback: true)
    }

    /// A cause that does not stand in the way by itself.
    static func notable(_ cause: Cause) -> Finding {
        Finding(cause: cause, blocks: false)
    }

    /// The same, so that STS need not be asked.
    var stopping: Finding {
        var finding = self
        finding.stops = true
        return finding
    }
}

extension Finding {
    /// The same, of an exchange that went well all the same.
    fileprivate var withoutBlocking: Finding {
        Finding(cause: cause, blocks: false)
    }
}

extension Explanation {
    /// Explains what the evidence shows.
    package init(_ evidence: Evidence) {
        let examination = DiagnosisContext(evidence)
        let findings = Self.findings(in: examination)
        let verdict = examination.verdict
        decision = examination.decision
        statement = verdict?.decidingStatement
        condition = verdict?.decidingCondition.map(DecidingCondition.init)
        causes = findings.map(\.cause)
        lint = examination.policy?.lint(provider: examination.expectedProvider) ?? []
        isClear = !findings.contains(where: \.blocks)
        isProven = if case .succeeded = evidence.exchange { true } else { false }
        self.verdict = verdict
        provider = examination.federatedPrincipal
        knowsPolicy = examination.policy != nil
        hasToken = examination.claims != nil
    }

    /// What the checks find: what STS's refusal points at, then what else stands in the way, then the rest.
    private static func findings(in examination: DiagnosisContext) -> [Finding] {
        let refused = examination.refusal.flatMap(Check.Stage.init(refusedBy:))
        let found = Check.all.flatMap { check in
            check.find(examination).map { (stage: check.stage, finding: $0) }
        }
        if case .succeeded = examination.evidence.exchange { return found.map { $0.finding.withoutBlocking } }
        let isExplained = found.contains { stage, finding in
            finding.blocks && !finding.isFallback && (refused == nil ? stage >= .exchange : stage == refused)
        }
        let ranked = found.filter { !($0.finding.isFallback && isExplained) }.map { stage, finding in
            (rank: finding.blocks ? (stage == refused || finding.isFallback ? 0 : 1) : 2, finding: finding)
        }
        return (0...2).flatMap { rank in ranked.filter { $0.rank == rank }.map(\.finding) }
    }
}

extension DiagnosisContext {
    /// What to report as the trust policy's decision.
    fileprivate var decision: TrustVerdict.Decision {
        if let verdict { return verdict.decision }
        if case .refused = evidence.policy { return .invalid }
        if case .malformed = evidence.token { return .invalid }
        return .undetermined
    }

    /// The provider that the policy should name, where records say so.
    fileprivate var expectedProvider: String? {
        request.roleARN == nil ? provider?.arn : federatedPrincipal
    }
}

extension Check.Stage {
    /// The stage at which a refusal of STS says that the exchange stopped.
    fileprivate init?(refusedBy failure: Failure) {
        switch failure.code {
        case "AccessDenied": self = .trust
        case "InvalidIdentityToken":
            self =
                failure.message.contains("not a valid JWT") || failure.message.contains("required claim")
                ? .token : .provider
        case "ExpiredTokenException", "IDPRejectedClaim": self = .token
        case "invalid-request" where failure.message.contains("of the partition"): self = .trust
        default: return nil
        }
    }
}
