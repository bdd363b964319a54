import Federation
import TrustPolicy

/// A table of rows that look for causes in one part of an exchange.
struct Check: Sendable {
    /// The parts of an exchange, in the order of their possible failure.
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

    /// A kind of wrong token for which the rows' findings are not reported.
    ///
    /// The findings would only be consequences of the wrong token.
    enum Dependency {
        /// None: the findings are independent of the kind of the token.
        case none
        case userToken
        /// A user's token, a token for a Microsoft application, or a token that another issuer issued for Entra.
        case otherToken
        /// The tokens of ``otherToken``, if STS's error identifies the failed part of the exchange.
        case refusedOtherToken
        /// A user's token; also a token for a Microsoft application, even one that the trust policy allows.
        case foreignApplication

        /// Whether the findings are reported.
        func allowsFindings(in context: DiagnosisContext) -> Bool {
            if self == .foreignApplication, context.hasMicrosoftAudience { return false }
            // A token that the trust policy allows is not a wrong token.
            if context.verdict?.decision == .allow { return true }
            return switch self {
            case .none: true
            case .userToken, .foreignApplication: context.userEvidence == nil
            case .otherToken: !context.needsOtherToken
            case .refusedOtherToken:
                !context.needsOtherToken || context.refusal.flatMap(Stage.init(refusedBy:)) == nil
            }
        }
    }

    /// The part that the rows examine.
    ///
    /// If STS's error shows that this part failed, the causes of the rows are listed first.
    let stage: Stage
    /// Whether `cambist setup` creates the objects that the rows examine.
    private var isSettledBySetup = false
    /// The IDs of the causes that setup does not remove although it creates the objects.
    private var unsettledCauses: Set<String> = []
    /// The kind of token for which the table's findings are not reported.
    private(set) var dependency = Dependency.none
    private let rows: [CheckRow]
    private let stopsAtFirstMatch: Bool

    /// A table that reports all matching rows.
    init(_ stage: Stage, _ rows: [CheckRow]) {
        self.stage = stage
        self.rows = rows
        stopsAtFirstMatch = false
    }

    /// A table that reports only the first matching row.
    init(_ stage: Stage, firstOf rows: [CheckRow]) {
        self.stage = stage
        self.rows = rows
        stopsAtFirstMatch = true
    }

    func findings(in context: DiagnosisContext) -> [Finding] {
        let found = rows.lazy.map { $0.findings(context) }
        return stopsAtFirstMatch ? found.first { !$0.isEmpty } ?? [] : found.flatMap(\.self)
    }

    /// Returns those causes of the findings that `cambist setup` can remove, as IDs.
    ///
    /// Setup skips the role if setup cannot change the provider, because the role depends on the provider.
    func causesSettledBySetup(among findings: [Finding], in context: DiagnosisContext) -> [String] {
        guard isSettledBySetup, stage < .provider || !context.isProviderFull else { return [] }
        return findings.map(\.cause.id).filter { !unsettledCauses.contains($0) }
    }

    /// The tables for the exchange of a token, in order.
    static let all: [Check] = [
        .tokenSource, .tokenFormat, .requiredClaims, .callerKind, .callerIdentity.depending(on: .userToken),
        .tokenVersion.depending(on: .otherToken), .audience,
        .appRole.depending(on: .foreignApplication).settledBySetup(),
        .clock,
        .tokenTimes, .sessionTags, .signingKey, .issuerURL, .issuer.depending(on: .otherToken),
        .provider.depending(on: .otherToken).settledBySetup(),
        .clientIDs.depending(on: .otherToken)
            .settledBySetup(except: ["audience-multiple", "audience-azp"]),
        .statedDenial,
        .role.settledBySetup(except: ["role-path", "role-not-in-token", "partition-mismatch"]),
        .trustPolicy.settledBySetup(), .sessionActions.settledBySetup(),
        .ineffectiveDenials, .deletedSubjects,
        .duration, .refusal.depending(on: .refusedOtherToken), .credentials,
        .directory.depending(on: .userToken),
        .operatorCredentials,
    ]

    private func depending(on dependency: Dependency) -> Check {
        var check = self
        check.dependency = dependency
        return check
    }

    /// Returns a copy of the table in which all causes except these are marked as removable by `cambist setup`.
    private func settledBySetup(except causes: Set<String> = []) -> Check {
        var check = self
        check.isSettledBySetup = true
        check.unsettledCauses = causes
        return check
    }
}

/// A row of a check: a condition, and the cause to report if the condition is true.
struct CheckRow: Sendable {
    let findings: @Sendable (DiagnosisContext) -> [Finding]

    /// A row that reports one cause.
    ///
    /// - Parameters:
    ///   - id: The cause's stable name.
    ///   - effect: The effect of the cause on the exchange.
    ///   - cause: The problem, in one sentence.
    ///   - evidence: The facts that show the cause; `nil` if the row does not match.
    ///   - fix: The advice.
    ///   - possibleCauses: The possible causes that the evidence does not distinguish, if any.
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

    /// A row whose causes are computed: a cause for each claim, condition, or known error.
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

    /// The exchange cannot succeed until the cause is fixed.
    static let blocks = CauseEffect { _ in true }
    /// The exchange certainly cannot succeed, so cambist does not call STS.
    static let stops = CauseEffect { _ in
        true
    } stops: { _ in
        true
    }
    /// The exchange can still succeed.
    static let informs = CauseEffect { _ in false }
    /// Explains the service's error if no other cause does.
    static let fallback = CauseEffect(blocks: { _ in true }, isFallback: true)
    /// An unproven fallback, listed after the proven causes.
    static let guess = CauseEffect(blocks: { _ in true }, isFallback: true, isGuess: true)
    /// Blocks unless the trust policy allows the token.
    static let blocksUnlessAllowed = CauseEffect { $0.verdict?.decision != .allow }

    /// Blocks if the condition is true; informs if it is false.
    static func blocks(if condition: @escaping Condition) -> CauseEffect {
        CauseEffect(blocks: condition)
    }

    /// Blocks if the first condition is true, and stops if the second condition is true; informs if both are false.
    static func blocks(
        if condition: @escaping Condition,
        stoppingIf stops: @escaping Condition
    ) -> CauseEffect {
        CauseEffect(blocks: condition, stops: stops)
    }

    /// Stops if the condition is true; informs if it is false.
    static func stops(if condition: @escaping Condition) -> CauseEffect {
        CauseEffect(blocks: condition, stops: condition)
    }

    /// Stops in every case; also blocks if the condition is true.
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

/// A cause that a check found, and its effect on the exchange.
struct Finding: Sendable {
    let cause: Cause
    /// Whether the exchange cannot succeed until the cause is fixed.
    var blocks: Bool
    /// Whether the cause is reported only if no other cause explains the service's error.
    let isFallback: Bool
    /// Whether the cause is unproven.
    let isGuess: Bool
    /// Whether the failure is certain before a call to STS.
    let stops: Bool
}

extension Check.Stage {
    /// Creates the part of the exchange that failed according to STS's error; `nil` if the error shows no part.
    init?(refusedBy failure: Failure) {
        switch failure.code {
        case "AccessDenied": self = .trust
        case "InvalidIdentityToken":
            self =
                failure.message.contains("not a valid JWT") || failure.message.contains("required claim")
                ? .token : .provider
        case "ExpiredTokenException", "IDPRejectedClaim", "clock-offset", CertificateDate.failureCode:
            self = .token
        case "invalid-request" where failure.message.contains("is in partition"): self = .trust
        default: return nil
        }
    }
}
