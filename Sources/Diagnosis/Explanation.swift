import Federation
package import TrustPolicy

/// Why an exchange works or fails: the decision, the causes in the order to act on them, and the policy's weaknesses.
package struct Explanation: Hashable, Sendable {
    /// The trust policy's decision, which does not guarantee what AWS does.
    package let decision: TrustVerdict.Decision
    /// The statement that decided, from 0.
    package let statement: Int?
    package let condition: DecidingCondition?
    /// The blocking causes first, then what else was found.
    package let causes: [Cause]
    package let lint: [LintFinding]
    /// Whether no cause is known to block the exchange.
    package let isClear: Bool
    /// Whether the exchange was run and succeeded.
    package let isProven: Bool
    /// The outcome of each statement; `nil` without a token and a policy.
    package let verdict: TrustVerdict?
    /// The ARN of the token's provider, which STS compares with the policy's principals.
    package let provider: String?
    /// Whether a trust policy was available.
    package let knowsPolicy: Bool
    /// Whether a token was available.
    package let hasToken: Bool

    /// Explains the evidence.
    package init(_ evidence: Evidence) {
        let context = DiagnosisContext(evidence)
        let findings = Self.findings(in: context)
        let verdict = context.verdict
        decision = context.reportedDecision
        statement = verdict?.decidingStatement
        condition = verdict?.decidingCondition.map(DecidingCondition.init)
        let commands = CommandCompletion(context)
        causes = findings.map { $0.cause.mapCommands(commands.complete).hedged(in: context) }
        lint = context.policy?.lint(provider: context.expectedProvider) ?? []
        isClear = !findings.contains(where: \.blocks)
        isProven = if case .succeeded = evidence.exchange { true } else { false }
        self.verdict = verdict
        provider = context.federatedPrincipal
        knowsPolicy = context.policy != nil
        hasToken = context.claims != nil
    }

    /// The object ids that the evidence's trust policy requires as subject, other than the token's.
    package static func otherSubjects(in evidence: Evidence) -> Set<String> {
        DiagnosisContext(evidence).otherSubjects
    }

    /// The possible causes of all causes, in their order.
    package var possibleCauses: [PossibleCauses] { causes.compactMap(\.possibleCauses) }

    /// Runs the checks: first what STS's refusal is about, then what else was proved to block, then the rest.
    private static func findings(in context: DiagnosisContext) -> [Finding] {
        let refused = context.refusal.flatMap(Check.Stage.init(refusedBy:))
        let found = Check.all.flatMap { check in
            check.findings(in: context).map { (stage: check.stage, finding: $0) }
        }
        if case .succeeded = context.evidence.exchange {
            return found.map { _, finding in
                var finding = finding
                finding.blocks = false
                return finding
            }
        }
        let isExplained = found.contains { stage, finding in
            finding.blocks && !finding.isFallback && (refused == nil ? stage >= .exchange : stage == refused)
        }
        let ranked = found.filter { !($0.finding.isFallback && isExplained) }.map { stage, finding in
            (rank: rank(of: finding, isRefusedStage: stage == refused), finding: finding)
        }
        return (0...3).flatMap { rank in ranked.filter { $0.rank == rank }.map(\.finding) }
    }

    /// The position: the subject of the refusal, other proved causes, guesses, then the rest.
    private static func rank(of finding: Finding, isRefusedStage: Bool) -> Int {
        guard finding.blocks else { return 3 }
        if finding.isGuess { return 2 }
        return isRefusedStage || finding.isFallback ? 0 : 1
    }
}

extension DiagnosisContext {
    /// The trust policy's decision to report.
    fileprivate var reportedDecision: TrustVerdict.Decision {
        if let decision { return decision }
        if case .refused = evidence.policy { return .invalid }
        if case .malformed = evidence.token { return .invalid }
        return .undetermined
    }

    /// The provider that the policy should name, where the account's records show it.
    fileprivate var expectedProvider: String? {
        request.roleARN == nil ? provider?.arn : federatedPrincipal
    }
}

/// The condition that decided, as written in the policy, with the request's values.
package struct DecidingCondition: Hashable, Sendable, Encodable {
    package let `operator`: String
    package let key: String
    package let required: [String]
    package let found: [String]

    init(_ verdict: ConditionVerdict) {
        `operator` = verdict.condition.operator.description
        key = verdict.condition.key
        required = verdict.condition.values
        found = verdict.found
    }
}

/// A reason for a failure, or a deviation worth knowing.
package struct Cause: Hashable, Sendable {
    /// A short stable name: `condition-key-slash`.
    package let id: String
    /// The problem, one sentence.
    package let summary: String
    /// The observed facts.
    package let evidence: String
    /// The advice without the commands.
    package let advice: String
    /// The commands of the fix, in the order to run them.
    package let commands: [String]
    /// The causes among which the evidence does not decide; `nil` when the cause is certain.
    package let possibleCauses: PossibleCauses?

    /// The advice, followed by the commands, each on a line of its own.
    package var fix: String { ([advice] + commands).joined(separator: "\n") }

    init(
        _ id: String,
        _ summary: String,
        evidence: String,
        fix: Fix,
        possibleCauses: PossibleCauses? = nil
    ) {
        self.id = id
        self.summary = summary
        self.evidence = evidence
        advice = fix.text
        commands = fix.commands
        self.possibleCauses = possibleCauses
    }

    /// The cause with the advice to wait first, where a change that is not visible yet would look the same.
    func hedged(in context: DiagnosisContext) -> Cause {
        guard let delay = PropagationDelay.hiding[id], context.evidence.lastChange == nil else { return self }
        // In a fast lab the delay is over before the advice is read.
        guard context.bound(delay) >= .seconds(5) else { return self }
        let bound = DurationText.format(context.bound(delay))
        return Cause(
            id,
            summary,
            evidence: evidence,
            fix: Fix(
                "Not visible yet? If you changed it less than \(bound) ago, wait and explain again. "
                    + "Otherwise: \(advice)",
                commands: commands
            ),
            possibleCauses: possibleCauses
        )
    }

    /// The cause with changed commands.
    func mapCommands(_ change: (String) -> String) -> Cause {
        Cause(
            id,
            summary,
            evidence: evidence,
            fix: Fix(advice, commands: commands.map(change)),
            possibleCauses: possibleCauses
        )
    }
}

/// The advice on a cause.
struct Fix: ExpressibleByStringInterpolation {
    let text: String
    /// Commands to run, in their order.
    let commands: [String]

    init(_ text: String, commands: [String] = []) {
        self.text = text
        self.commands = commands
    }

    init(stringLiteral text: String) {
        self.init(text)
    }
}

/// Causes among which the evidence does not decide.
package struct PossibleCauses: Hashable, Sendable, Encodable {
    /// The causes, a few words each.
    package let causes: [String]
    /// A command or place that shows which cause it is.
    package let toFindOut: String

    init(_ causes: [String], toFindOut: String) {
        self.causes = causes
        self.toFindOut = toFindOut
    }

    private enum CodingKeys: String, CodingKey {
        case causes
        case toFindOut = "tell"
    }
}

extension Cause: Encodable {
    private enum CodingKeys: String, CodingKey {
        case id
        case summary
        case evidence
        case fix
        case commands
        case possibleCauses = "openQuestion"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(summary, forKey: .summary)
        try container.encode(evidence, forKey: .evidence)
        try container.encode(fix, forKey: .fix)
        try container.encode(commands, forKey: .commands)
        try container.encodeIfPresent(possibleCauses, forKey: .possibleCauses)
    }
}

extension Explanation: Encodable {
    private enum CodingKeys: String, CodingKey {
        case version
        case decision
        case statement
        case condition
        case causes
        case lint
        case openQuestions
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(1, forKey: .version)
        try container.encode(decision, forKey: .decision)
        try container.encode(statement, forKey: .statement)
        try container.encode(condition, forKey: .condition)
        try container.encode(causes, forKey: .causes)
        try container.encode(lint, forKey: .lint)
        try container.encode(possibleCauses, forKey: .openQuestions)
    }
}
