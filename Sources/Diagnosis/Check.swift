import Federation
import TrustPolicy

/// A table of the decision list: the rows that examine one part of an exchange.
struct Check: Sendable {
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

    /// The part that the rows examine; a refusal that names the part moves its causes to the front.
    let stage: Stage
    private let rows: [CheckRow]
    private let takesFirstMatch: Bool

    /// A table whose matching rows all count.
    init(_ stage: Stage, _ rows: [CheckRow]) {
        self.stage = stage
        self.rows = rows
        takesFirstMatch = false
    }

    /// A table whose first matching row counts.
    init(_ stage: Stage, firstOf rows: [CheckRow]) {
        self.stage = stage
        self.rows = rows
        takesFirstMatch = true
    }

    func findings(in context: DiagnosisContext) -> [Finding] {
        let found = rows.lazy.map { $0.findings(context) }
        return takesFirstMatch ? found.first { !$0.isEmpty } ?? [] : found.flatMap(\.self)
    }

    /// The decision list, in its order.
    static let all: [Check] = [
        .tokenSource, .tokenFormat, .requiredClaims, .callerKind, .callerIdentity, .tokenVersion, .audience,
        .appRole, .clock, .tokenTimes, .signingKey, .issuer, .provider, .clientIDs, .role, .trustPolicy,
        .sessionActions, .deadSubjects, .duration, .refusal, .credentials, .directory, .operatorCredentials,
    ]
}

/// A row of a check: what it recognizes, and the cause that it reports.
struct CheckRow: Sendable {
    let findings: @Sendable (DiagnosisContext) -> [Finding]

    /// A row that reports one cause.
    ///
    /// - Parameters:
    ///   - id: The cause's stable name.
    ///   - effect: What the cause means for the exchange.
    ///   - cause: What is wrong, one sentence.
    ///   - evidence: What was seen; `nil` when the row does not match.
    ///   - fix: What to do.
    ///   - possibleCauses: The causes among which the evidence does not decide, if any.
    init(
        _ id: String,
        _ effect: CauseEffect = .blocks,
        cause: String,
        evidence: @escaping @Sendable (DiagnosisContext) -> String?,
        fix: @escaping @Sendable (DiagnosisContext) -> Fix,
        possibleCauses: @escaping @Sendable (DiagnosisContext) -> PossibleCauses? = { _ in nil }
    ) {
        findings = { context in
            guard let seen = evidence(context) else { return [] }
            let cause = Cause(
                id,
                cause,
                evidence: seen,
                fix: fix(context),
                possibleCauses: possibleCauses(context)
            )
            return [effect.finding(cause, in: context)]
        }
    }

    /// A row whose causes are computed: one for each claim, condition or known error.
    init(_ effect: CauseEffect = .blocks, causes: @escaping @Sendable (DiagnosisContext) -> [Cause]) {
        findings = { context in causes(context).map { effect.finding($0, in: context) } }
    }
}

/// The effect of a cause on the exchange.
struct CauseEffect: Sendable {
    typealias Condition = @Sendable (DiagnosisContext) -> Bool

    private let blocks: Condition
    private let stops: Condition
    private let isFallback: Bool
    private let isGuess: Bool

    private init(
        blocks: @escaping Condition,
        stops: @escaping Condition = { _ in false },
        isFallback: Bool = false,
        isGuess: Bool = false
    ) {
        self.blocks = blocks
        self.stops = stops
        self.isFallback = isFallback
        self.isGuess = isGuess
    }

    /// The exchange cannot succeed before the cause is fixed.
    static let blocks = CauseEffect { _ in true }
    /// The same, and STS need not be called to know it.
    static let stops = CauseEffect { _ in
        true
    } stops: { _ in
        true
    }
    /// The exchange can succeed nevertheless.
    static let notes = CauseEffect { _ in false }
    /// The service's own words, which count only where no other cause explains them.
    static let fallback = CauseEffect(blocks: { _ in true }, isFallback: true)
    /// A fallback that nothing proves, which follows every cause that was proved locally.
    static let guess = CauseEffect(blocks: { _ in true }, isFallback: true, isGuess: true)
    /// The exchange cannot succeed unless the trust policy allows the token nevertheless.
    static let blocksUnlessAllowed = CauseEffect { $0.verdict?.decision != .allow }

    /// Blocks under a condition, and only notes otherwise.
    static func blocks(if condition: @escaping Condition) -> CauseEffect {
        CauseEffect(blocks: condition)
    }

    /// Stops under a condition, and only notes otherwise.
    static func stops(if condition: @escaping Condition) -> CauseEffect {
        CauseEffect(blocks: condition, stops: condition)
    }

    /// Makes calling STS needless in any case, and blocks under a condition.
    static func stops(blockingIf condition: @escaping Condition) -> CauseEffect {
        CauseEffect(blocks: condition, stops: { _ in true })
    }

    func finding(_ cause: Cause, in context: DiagnosisContext) -> Finding {
        Finding(
            cause: cause,
            blocks: blocks(context),
            isFallback: isFallback,
            isGuess: isGuess,
            stops: stops(context)
        )
    }
}

/// A cause that a check found, and what it means for the exchange.
struct Finding: Sendable {
    let cause: Cause
    /// Whether the exchange cannot succeed before the cause is fixed.
    var blocks: Bool
    /// Whether it only repeats the service's words.
    let isFallback: Bool
    /// Whether nothing proves it.
    let isGuess: Bool
    /// Whether the token alone shows it, so that STS need not be called.
    let stops: Bool
}

extension Check.Stage {
    /// The part of the exchange that a refusal by STS is about, if it names one.
    init?(refusedBy failure: Failure) {
        switch failure.code {
        case "AccessDenied": self = .trust
        case "InvalidIdentityToken":
            self =
                failure.message.contains("not a valid JWT") || failure.message.contains("required claim")
                ? .token : .provider
        case "ExpiredTokenException", "IDPRejectedClaim", "clock-offset": self = .token
        case "invalid-request" where failure.message.contains("of the partition"): self = .trust
        default: return nil
        }
    }
}
