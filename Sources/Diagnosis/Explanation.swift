package import TrustPolicy

/// Why an exchange works or does not: the decision, the causes in the order to act on them, and what is weak.
package struct Explanation: Hashable, Sendable {
    /// What the trust policy says; it never says what AWS will do.
    package let decision: TrustVerdict.Decision
    /// The statement that decided, from 0.
    package let statement: Int?
    package let condition: DecidingCondition?
    /// What stands in the way comes first, then what else was found.
    package let causes: [Cause]
    package let lint: [LintFinding]
    /// What of the causes cannot be told apart from here, and what would tell, in the order of the causes.
    package var openQuestions: [OpenQuestion] { causes.compactMap(\.openQuestion) }

    /// Whether nothing is known to stand in the way.
    package let isClear: Bool
    /// Whether the exchange was run and went well.
    package let isProven: Bool
    /// How each statement came out; `nil` without a token and a policy.
    package let verdict: TrustVerdict?
    /// The ARN of the token's provider, which STS compares with the policy's principals.
    package let provider: String?
    /// Whether there was a trust policy to evaluate.
    package let knowsPolicy: Bool
    /// Whether there was a token to evaluate it for.
    package let hasToken: Bool
}

/// The condition that decided, as the policy has it, and what the request carried.
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

/// One reason for a failure, or one thing that is not as it should be.
package struct Cause: Hashable, Sendable, Encodable {
    /// A short stable name: `condition-key-slash`.
    package let id: String
    /// What is wrong, one sentence.
    package let summary: String
    /// What was seen.
    package let evidence: String
    /// What to do, with the command or the document.
    package let fix: String
    /// What may be behind it and cannot be told apart from here; `nil` when the cause is all there is to know.
    package private(set) var openQuestion: OpenQuestion?

    init(_ id: String, _ summary: String, evidence: String, fix: String) {
        self.id = id
        self.summary = summary
        self.evidence = evidence
        self.fix = fix
    }

    /// The same with what it leaves open.
    func leavingOpen(_ question: OpenQuestion?) -> Cause {
        var cause = self
        cause.openQuestion = question
        return cause
    }
}

/// Causes that cannot be told apart from here.
package struct OpenQuestion: Hashable, Sendable, Encodable {
    /// What it may be, a few words each.
    package let causes: [String]
    /// Where to look.
    package let tell: String
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
        try container.encode(openQuestions, forKey: .openQuestions)
    }
}
