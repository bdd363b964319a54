import Federation
package import TrustPolicy

/// The reasons that an exchange works or fails.
package struct Explanation: Hashable, Sendable {
    /// The predicted decision of the trust policy; AWS may decide differently.
    ///
    /// For a malformed token, the decision is `invalid`. If the policy allows the exchange, ``causes`` may contain
    /// other reasons for a failure, such as an expired token.
    package let decision: TrustVerdict.Decision
    /// The index of the deciding statement, from 0.
    package let statement: Int?
    package let condition: DecidingCondition?
    /// The causes in the order in which to fix them; blocking causes are first.
    package let causes: [Cause]
    /// The IDs of the causes that `cambist setup apply` can remove.
    package let settledBySetup: Set<String>
    package let lint: [LintFinding]
    /// Whether no cause of a failure was found; if `false`, the first cause is a cause of a failure.
    package let isClear: Bool
    /// Whether the exchange was attempted and succeeded.
    package let isProven: Bool
    /// The outcome of each statement; `nil` if no policy was evaluated.
    package let verdict: TrustVerdict?
    /// The ARN that STS compares with the policy's principals, if known: the token's provider, or the hub's role.
    package let provider: String?
    /// Whether a valid trust policy was available.
    package let hasPolicy: Bool
    /// Whether IAM has no role with the requested ARN.
    package let isRoleAbsent: Bool
    /// Whether a token or, for a role chain, a hub was available.
    package let hasToken: Bool
    /// Whether the credentials of another mapping assume the role.
    package let isChained: Bool
    /// Whether the mapping is configured only on another host.
    package let isRemote: Bool

    package init(_ evidence: Evidence) {
        let context = DiagnosisContext(evidence)
        let (findings, settled) = Self.findings(in: context)
        settledBySetup =
            context.distrust == nil && context.isSetupUseful && context.agreedAudience == nil
                && StatedDecision(in: context) == nil
            ? settled : []
        let verdict = context.verdict
        decision = context.reportedDecision
        let deciding = context.decidingVerdict
        statement = deciding?.decidingStatement
        condition = deciding.flatMap(DecidingCondition.init)
        let completion = CommandCompletion(context)
        let hub = evidence.spoke.map { [completion.complete(Cause(hubOf: $0, in: context))] } ?? []
        var references = FixReferences(after: hub.count)
        let found = findings.map { finding in
            let cause = references.withoutRepetition(finding.cause.withoutChanges(context.distrust))
            let current = cause.consideringRefusal(in: context).consideringDelay(in: context)
            return completion.complete(current).onNode(evidence.node)
        }
        causes = hub + found
        lint = context.policy?.lint(provider: context.expectedProvider) ?? []
        isProven = if case .succeeded = evidence.exchange { true } else { false }
        isClear = isProven || !findings.contains { $0.blocks || $0.stops }
        self.verdict = verdict
        provider =
            context.chain?.hub.roleARN.description
            ?? (context.isAccountKnown ? context.federatedPrincipal : nil)
        hasPolicy = context.policy != nil
        isRoleAbsent =
            switch evidence.role {
            case .missing, .atOtherPath: true
            case .unknown, .found: false
            }
        isChained = context.chain != nil
        isRemote = evidence.node != nil
        hasToken = context.claims != nil || context.chain != nil
    }

    /// Returns ``DiagnosisContext/otherSubjects`` for the evidence.
    package static func otherSubjects(in evidence: Evidence) -> Set<String> {
        DiagnosisContext(evidence).otherSubjects
    }

    /// The first cause to fix; skips `hub-failed`, which only refers to the next causes.
    package var firstFixableCause: Cause? {
        causes.first { !$0.isHubFailure } ?? causes.first
    }

    /// The possible causes of all ``causes``, in the same order.
    package var possibleCauses: [PossibleCauses] { causes.compactMap(\.possibleCauses) }

    /// Runs the checks and sorts the findings by ``Rank``.
    ///
    /// - Returns: The findings, and the IDs of the causes that setup can remove.
    private static func findings(in context: DiagnosisContext) -> ([Finding], settled: Set<String>) {
        let refused = context.refusal.flatMap(Check.Stage.init(refusedBy:))
        var settled: Set<String> = []
        let checks = context.chain == nil ? Check.all : Check.chained
        let found = checks.flatMap { check in
            let findings = check.dependency.allowsFindings(in: context) ? check.findings(in: context) : []
            settled.formUnion(check.causesSettledBySetup(among: findings, in: context))
            return findings.map { (stage: check.stage, finding: $0) }
        }
        if case .succeeded = context.evidence.exchange {
            let notes = found.map { _, finding in
                var finding = finding
                finding.blocks = false
                return finding
            }
            return (notes, settled)
        }
        let isExplained = found.contains { stage, finding in
            finding.blocks && !finding.isFallback && (refused == nil ? stage >= .exchange : stage == refused)
        }
        // STS evaluates the role after the token and its provider, and reports the first check that fails.
        let isStated = context.refusal.map { !$0.isOwnCode } ?? false
        let ranked = found.filter { !($0.finding.isFallback && isExplained) }.map { stage, finding in
            let isLater = stage >= .trust && (refused.map { stage > $0 } ?? (stage == .trust))
            return (
                rank: Rank(of: finding, isRefusedStage: stage == refused, isUnconfirmed: isStated && isLater),
                finding: finding
            )
        }
        return (Rank.allCases.flatMap { rank in ranked.filter { $0.rank == rank }.map(\.finding) }, settled)
    }

    /// The ranks of findings in an explanation, first to last.
    private enum Rank: CaseIterable {
        /// Explains STS's error.
        case refusal
        /// Another proven cause.
        case proven
        /// A guess, or an error of a service that does not distinguish several causes.
        case guess
        /// A defect of the role that STS's error does not confirm; cambist's data may be out of date.
        case unconfirmed
        /// Predicts a failure.
        case prediction
        case note

        init(of finding: Finding, isRefusedStage: Bool, isUnconfirmed: Bool) {
            self =
                if !finding.blocks {
                    finding.stops ? .prediction : .note
                } else if finding.isGuess || finding.isFallback && finding.cause.possibleCauses != nil {
                    .guess
                } else if isRefusedStage || finding.isFallback {
                    .refusal
                } else {
                    isUnconfirmed ? .unconfirmed : .proven
                }
        }
    }
}

extension DiagnosisContext {
    fileprivate var reportedDecision: TrustVerdict.Decision {
        if let decision { return decision }
        if case .refused = evidence.policy { return .invalid }
        if case .malformed = evidence.token { return .invalid }
        return .undetermined
    }

    /// The provider that the policy should name, if known.
    fileprivate var expectedProvider: String? {
        chain != nil ? nil : request.roleARN == nil ? provider?.arn : federatedPrincipal
    }
}

extension Cause {
    private static let hubFailure = "hub-failed"

    /// Whether the cause is the failure of a hub; the next causes explain that failure.
    package var isHubFailure: Bool { id == Self.hubFailure }

    /// Creates the cause for a mapping whose hub failed; the next causes explain the hub's failure.
    fileprivate init(hubOf spoke: RoleMapping.ID, in context: DiagnosisContext) {
        let hub = context.request.mapping ?? ""
        self.init(
            Self.hubFailure,
            "The hub `\(hub)` has no credentials, so the exchange of `\(spoke)` fails.",
            evidence: context.refusal.map { "\(hub): \($0.codeAndMessage)" }
                ?? "the exchange of `\(hub)` failed before the STS step; STS was not called",
            fix: "First fix the exchange of `\(hub)`: the causes below explain its failure."
        )
    }
}

/// The deciding condition, as written in the policy, with the request's values.
package struct DecidingCondition: Hashable, Sendable, Encodable {
    package let `operator`: String
    package let key: String
    /// The values in the condition; `role` shows whether the values are required or, for example, excluded.
    package let required: [String]
    package let found: [String]
    package let role: ConditionValueRole
    /// Whether cambist does not know the request's values.
    let isUnknown: Bool

    private enum CodingKeys: CodingKey {
        case `operator`, key, required, found
    }

    /// The condition that decides a verdict; `nil` if there is none.
    init?(_ verdict: TrustVerdict) {
        guard let index = verdict.decidingStatement, let decisive = verdict.decidingCondition else {
            return nil
        }
        let condition = decisive.condition
        `operator` = condition.operator.description
        key = condition.key
        required = condition.values
        role = ConditionValueRole(
            in: verdict.statements[index].effect,
            isNegated: condition.operator.comparison.isNegated
        )
        found = decisive.found
        isUnknown = decisive.isUnknown
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(`operator`, forKey: .operator)
        try container.encode(key, forKey: .key)
        try container.encode(required, forKey: .required)
        // An empty list means that the request has no value.
        try container.encode(isUnknown ? nil : found, forKey: .found)
    }
}

/// The cause of a failure, or a deviation that does not block the exchange.
package struct Cause: Hashable, Sendable {
    /// A short, stable name: `condition-key-slash`.
    package let id: String
    /// The problem, in one sentence.
    package let summary: String
    /// The facts that show the cause.
    package let evidence: String
    /// The advice and the commands.
    let remedy: Fix
    /// The possible causes that the evidence does not distinguish; `nil` if there are none.
    package let possibleCauses: PossibleCauses?

    /// The advice before the commands.
    package var advice: String { remedy.advice }

    /// The fix's commands, in order; each is a complete command, which can have several lines.
    package var commands: [String] { remedy.commands.map(\.text) }

    /// The advice, followed by the commands, each beginning on a new line.
    package var fix: String { ([advice] + commands).joined(separator: "\n") }

    /// The first line of the advice in complete sentences, for places that do not show the commands.
    ///
    /// Omits a clause that introduces the commands. Empty if the fix consists only of commands.
    package var adviceWithoutCommands: String {
        let line = remedy.adviceWithoutCommands.split(separator: "\n").first.map(String.init) ?? ""
        return Fix(line).text
    }

    /// The advice without the commands; mentions `cambist explain` if text is omitted.
    package var adviceNamingExplain: String {
        let hasMore = fix.contains("\n")
        let noun = commands.count == 1 ? "command" : commands.isEmpty ? "whole fix" : "commands"
        let reference = hasMore ? "`cambist explain MAPPING` has the \(noun)." : ""
        return [adviceWithoutCommands, reference].filter { !$0.isEmpty }.joined(separator: " ")
    }

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
        remedy = fix.text.isEmpty && fix.commands.isEmpty ? Fix(Self.unknownFix(evidence)) : fix
        self.possibleCauses = possibleCauses
    }

    private static func unknownFix(_ evidence: String) -> String {
        let parts = evidence.hasSuffix("without a message") ? "the code" : "the code and the message"
        return
            "cambist has no fix for this error. Search the service's documentation for \(parts) in the evidence."
    }

    /// Returns the cause; if cambist distrusts the token, replaces a fix that would make a cloud accept the token.
    func withoutChanges(_ distrust: TokenDistrust?) -> Cause {
        guard let distrust, commands.contains(where: TokenDistrust.isChange) else { return self }
        return replacingFix(distrust.fix)
    }

    /// Returns the cause of an undetermined verdict, with STS's denial as further evidence.
    ///
    /// The evidence lists the conditions that only AWS can evaluate. A cause is unchanged if it is of another kind, or
    /// if STS did not deny the call.
    func consideringRefusal(in context: DiagnosisContext) -> Cause {
        guard ["depends-on-unknown", "value-unreadable"].contains(id), let refusal = context.refusal,
            refusal.code == "AccessDenied", let verdict = context.decidingVerdict,
            verdict.decision == .undetermined
        else { return self }
        let open = verdict.statements.filter { $0.outcome == .unknown }.flatMap { statement in
            statement.conditions.filter { $0.outcome == .unknown }.map(statement.text)
        }
        let conditions = open.isEmpty ? evidence : open.joined(separator: "; ")
        return Cause(
            id,
            "STS denied the call; whether the trust policy is the reason depends on conditions that cambist cannot "
                + "evaluate.",
            evidence: "\(refusal.codeAndMessage); not evaluated: \(conditions)",
            fix: remedy,
            possibleCauses: possibleCauses
        )
    }

    /// Returns the cause with the advice to wait first, if a propagation delay has the same symptom.
    ///
    /// Unchanged if the last change of the setup from this host is known.
    func consideringDelay(in context: DiagnosisContext) -> Cause {
        guard let (object, delay) = PropagationDelay.delayByCause[id],
            context.evidence.lastChange == nil,
            // If the directory shows the assignment, another cause reports that the assignment is recent.
            id != "role-unassigned" || context.evidence.assignment?.assigned == nil
        else { return self }
        // In a fast lab, the delay has passed before the operator reads the advice.
        guard context.bound(delay) >= .seconds(5) else { return self }
        let bound = DurationText.format(context.bound(delay))
        return replacingFix(
            remedy.replacingText { text in
                "If \(object) was created or changed less than \(bound) ago, wait, then run `cambist explain`."
                    + (text.isEmpty ? "" : " Otherwise, \(Self.continuation(text))")
            }
        )
    }

    /// Returns the cause with advice that begins with the host's name; unchanged for this host.
    fileprivate func onNode(_ node: String?) -> Cause {
        guard let node else { return self }
        let naming = { (text: String) in
            text.replacing("This host", with: node).replacing("this host", with: node)
        }
        return Cause(
            id,
            naming(summary),
            evidence: naming(evidence),
            fix: remedy.replacingText { "On \(node): \(naming($0))" },
            possibleCauses: possibleCauses.map {
                PossibleCauses($0.causes.map(naming), toFindOut: naming($0.toFindOut))
            }
        )
    }

    /// The names that remain capitalized when advice continues a sentence.
    private static let names = ["Azure", "Entra", "Kubernetes", "Microsoft"]

    /// Returns advice as the rest of a sentence, without an initial capital unless a name or an acronym is first.
    private static func continuation(_ advice: String) -> String {
        let isName = names.contains { advice.hasPrefix($0 + " ") }
        return !isName && advice.dropFirst().first?.isLowercase == true
            ? advice.prefix(1).lowercased() + advice.dropFirst() : advice
    }

    /// Returns the cause with another fix.
    func replacingFix(_ fix: Fix) -> Cause {
        Cause(id, summary, evidence: evidence, fix: fix, possibleCauses: possibleCauses)
    }
}

/// The possible causes that the evidence does not distinguish.
package struct PossibleCauses: Hashable, Sendable, Encodable {
    /// The causes, a few words each.
    package let causes: [String]
    /// A command or a data source that shows which cause applies.
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
