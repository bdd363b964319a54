import Federation
import TrustPolicy

/// A proposed trust policy that has passed safety checks.
///
/// The checks:
/// - IAM accepts the document, including its size.
/// - The policy allows the token, or the decision depends only on unknown values.
/// - The policy bypasses no condition of a statement about the token's subject.
/// - No other caller gains access, with any session name, source address, or other value.
/// - No other caller loses access.
/// - The lint reports no new finding of high severity.
///
/// A proposal to remove subjects skips the second, the third, and the fifth check.
struct PolicyProposal {
    let policy: TrustPolicy
    /// A clause about the unknown values on which the decision depends; may be empty.
    let remark: String
    /// The change, as the beginning of a sentence.
    let advice: String
    /// Clauses about removed IDs of deleted principals and about undocumented condition keys; may be empty.
    let notes: String

    /// Proposes the first possible change that allows the token's identity and passes the checks.
    ///
    /// A new statement requires the exact audience and subject. If the closest statement is for the token, the new
    /// statement also has that statement's other conditions (for example, on the source address).
    ///
    /// - Throws: ``NoProposal`` if no proposal passes the checks.
    init(for verdict: TrustVerdict, in context: DiagnosisContext) throws(NoProposal) {
        guard let policy = context.policy, let claims = context.claims else { throw .unknown("the token") }
        guard let provider = context.federatedPrincipal else { throw .unknown("the token's provider") }
        guard context.isAccountKnown else { throw .unknown("the role's account (--role ARN)") }
        guard !context.isTokenUnintended, context.tokenReplacement == nil else { throw .otherToken }
        let excluding = verdict.statementsExcludingToken()
        guard excluding.isEmpty else { throw .excluded(statements: excluding) }
        try NoProposal.checkDecisions(of: verdict.decidingStatement, in: context)
        let statement = try Self.statement(for: claims, like: verdict, in: context)
        let reachableStatements = policy.statements.map {
            $0.replacingUnreachableProviders(with: provider, in: context)
        }
        let isReplaced = reachableStatements != policy.statements
        let appended = "Alternatively, add a statement that allows only \(context.callerNoun)"
        var candidates: [(policy: TrustPolicy, advice: String, meant: TrustPolicy?)] = []
        let failed = verdict.decidingStatement.map { verdict.statements[$0].conditions } ?? []
        if failed.contains(where: { $0.nearMiss == .variableInOldVersion }) {
            candidates.append(
                (
                    policy.withVariables,
                    "The following command sets Version to \(TrustPolicy.Version.v2012.rawValue)", nil
                )
            )
        }
        if isReplaced {
            candidates.append(
                (
                    policy.replacingStatements(by: reachableStatements.compactMap(\.self)),
                    "The following command replaces the ARN",
                    // IAM refuses a provider in another partition, so the role cannot have this document. A statement
                    // with that provider and an exact subject still shows the author's intention.
                    policy.replacingStatements(
                        by: zip(policy.statements, reachableStatements).map { statement, corrected in
                            statement.requiresExactSubject
                                && statement.hasProvider(outside: context.request.roleARN?.partition)
                                ? corrected ?? statement : statement
                        }
                    )
                )
            )
        }
        // Do not replace a statement that also names another identity, except a statement that IAM refuses anyway.
        let replacesOthers = policy.statements.contains {
            $0.droppingUnreachableProviders(in: context) == nil && $0.names(subjectOtherThan: claims.subject)
                && !$0.hasProvider(outside: context.request.roleARN?.partition)
        }
        if isReplaced, !replacesOthers {
            let rest = policy.statements.compactMap { $0.droppingUnreachableProviders(in: context) }
            candidates.append(
                (
                    policy.replacingStatements(by: rest).appending(statement),
                    "Alternatively, replace \(policy.removedText(in: context)) with a statement that allows only "
                        + context.callerNoun, nil
                )
            )
        }
        candidates.append((policy.appending(statement), appended, nil))
        var reason = NoProposal.invalid
        for candidate in candidates {
            do throws(NoProposal) {
                self = try PolicyProposal(
                    candidate.policy,
                    replacing: policy,
                    meaning: candidate.meant,
                    advice: candidate.advice,
                    in: context
                )
                return
            } catch {
                reason = error
            }
        }
        if case .overQuota = reason, let longer = policy.addingSubject(of: claims, after: verdict),
            let proposal = try? PolicyProposal(
                longer.policy,
                replacing: policy,
                advice:
                    "A separate statement would exceed IAM's quota; the following command adds the sub to the "
                    + "list in Statement[\(longer.index)]",
                in: context
            )
        {
            self = proposal
            return
        }
        throw reason
    }

    /// Returns a statement for exactly this token's audience and subject, with the conditions to keep.
    ///
    /// - Throws: ``NoProposal`` if the token lacks a claim, or if conditions would conflict.
    private static func statement(
        for claims: Claims,
        like verdict: TrustVerdict,
        in context: DiagnosisContext
    ) throws(NoProposal) -> TrustStatement {
        guard let subject = claims.subject, let issuer = claims.issuer else {
            throw .unknown("the token's subject or issuer")
        }
        guard claims.effectiveAudiences.count < 2 else { throw .severalAudiences }
        guard let policy = context.policy, let provider = context.federatedPrincipal,
            claims.effectiveAudiences.count == 1, let equals = ConditionOperator("StringEquals"),
            let any = ConditionOperator("ForAnyValue:StringEquals")
        else { throw .unknown("the token's audience") }
        let keys = OIDCProvider.hostAndPath(of: issuer)
        let nearest = (verdict.allowingStatement ?? verdict.decidingStatement).map { policy.statements[$0] }
        var conditions = ["aud": claims.effectiveAudiences[0], "sub": subject].map { name, value in
            Condition(operator: equals, key: "\(keys):\(name)", values: [value], version: policy.version)
        }
        if claims.authorizedParty != nil, !claims.audiences.isEmpty {
            let required = nearest?.conditions.flatMap(\.values) ?? []
            let original = claims.audiences.first(where: required.contains) ?? claims.audiences[0]
            conditions.append(
                Condition(
                    operator: claims.audiences.count == 1 ? equals : any,
                    key: "\(keys):oaud",
                    values: [original],
                    version: policy.version
                )
            )
        }
        conditions += nearest?.conditionsToKeep(for: claims) ?? []
        guard Set(conditions.map { "\($0.operator) \($0.foldedKey)" }).count == conditions.count else {
            throw .conflictingConditions
        }
        let builtIn =
            context.providerChoice.reachableRecord == nil ? BuiltInProvider.name(ofIssuer: issuer) : nil
        return TrustStatement(
            sid: nil,
            effect: .allow,
            principal: PrincipalElement(members: [.federated: [builtIn ?? provider]]),
            action: ActionElement(
                isNegated: false,
                names: ["sts:AssumeRoleWithWebIdentity"] + claims.additionalActions
            ),
            conditions: conditions
        )
    }

    /// Proposes to add actions to the statement that allows the token.
    ///
    /// - Throws: ``NoProposal`` if the proposal fails the checks.
    init(allowing actions: [String], in context: DiagnosisContext) throws(NoProposal) {
        guard let policy = context.policy, let index = context.verdict?.allowingStatement else {
            throw .unknown("the statement that allows the token")
        }
        guard !policy.statements[index].action.isNegated else { throw .negatedAction }
        try self.init(
            policy.replacing(index, with: policy.statements[index].adding(actions: actions)),
            replacing: policy,
            advice: "The following command adds \(actions.joined(separator: " and "))",
            in: context
        )
    }

    /// Proposes to remove nonexistent subjects.
    ///
    /// - Parameters:
    ///   - subjects: The values of the provider's `:sub`.
    ///   - policy: The policy, or the policy of another proposal.
    ///   - context: The evidence.
    /// - Throws: ``NoProposal`` if no statement would remain, or if the proposal fails the checks.
    init(
        removing subjects: Set<String>,
        from policy: TrustPolicy,
        in context: DiagnosisContext
    ) throws(NoProposal) {
        let rest = policy.statements.compactMap { statement in
            context.trustsOwnTenant(statement) ? statement.dropping(subjects: subjects) : statement
        }
        guard rest != policy.statements else { throw .excludedSubjects }
        guard !rest.isEmpty else { throw .noStatement }
        try self.init(
            policy.replacingStatements(by: rest),
            replacing: policy,
            advice: "The following command removes the ID",
            in: context,
            mustAllowToken: false
        )
    }

    /// Checks a proposal.
    ///
    /// Besides this token, the proposal may allow only callers that `meant` allows (default: `old`).
    private init(
        _ proposed: TrustPolicy,
        replacing old: TrustPolicy,
        meaning meant: TrustPolicy? = nil,
        advice: String,
        in context: DiagnosisContext,
        mustAllowToken: Bool = true
    ) throws(NoProposal) {
        try NoProposal.checkRole(context.request.roleARN)
        let proposed = try NoProposal.withoutDeletedPrincipals(proposed)
        let policy = try NoProposal.parsed(proposed, replacing: old)
        guard policy.isEquivalent(to: proposed) else { throw .invalid }
        guard let verdict = context.fullVerdict(of: policy) else { throw .unknown("the token's provider") }
        switch verdict.decision {
        case .allow: remark = ""
        case .undetermined where !verdict.unknownKeys.isEmpty:
            let keys = verdict.unknownKeys.joined(separator: ", ")
            remark = ", if the value of \(keys) that AWS sees meets the condition"
        case _ where !mustAllowToken: remark = ""
        default: throw NoProposal(denial: verdict, of: policy, replacing: old)
        }
        guard let comparison = PolicyComparison(of: policy, with: old, in: context),
            let meaning = PolicyComparison(of: policy, with: meant ?? old, in: context)
        else { throw .unknown("the token") }
        if mustAllowToken { try comparison.checkRestrictions() }
        guard meaning.allowsNoOthers() else { throw .allowsOthers }
        guard !mustAllowToken || comparison.keepsOthers else { throw .removesOthers }
        if let finding = policy.highSeverityFindings.subtracting(old.highSeverityFindings).min() {
            throw .weakness(finding)
        }
        self.policy = policy
        notes =
            NoProposal.deletionRemark(old)
            + (mustAllowToken ? NoProposal.undocumentedKeyRemark(policy, replacing: old) : "")
        let isCallerNamed = remark.isEmpty || advice.hasSuffix(context.callerNoun)
        self.advice =
            advice + (isCallerNamed ? "" : " and allows the token") + remark
            + (mustAllowToken ? context.sharedSubjectRemark : "") + notes
    }
}

extension TrustStatement {
    /// Returns the statement with the token's provider in place of the providers that STS cannot find.
    ///
    /// The statement changes only if one of those providers has the host and path of the token's provider.
    fileprivate func replacingUnreachableProviders(
        with provider: String,
        in context: DiagnosisContext
    ) -> TrustStatement? {
        changingProviders { arns in
            let isUnreachable = arns.map { context.isUnreachable(provider: $0) }
            guard isUnreachable.contains(true),
                arns.contains(where: { context.isUnreachable(provider: $0, insteadOf: provider) })
            else { return arns }
            return zip(arns, isUnreachable).filter { !$0.1 }.map(\.0).filter { $0 != provider } + [provider]
        }
    }

    /// Returns the statement without the providers that STS cannot find; `nil` if no principal remains.
    fileprivate func droppingUnreachableProviders(in context: DiagnosisContext) -> TrustStatement? {
        changingProviders { arns in arns.filter { !context.isUnreachable(provider: $0) } }
    }

    /// Whether a condition on the subject has a value other than this subject.
    fileprivate func names(subjectOtherThan subject: String?) -> Bool {
        conditions.contains { condition in
            OIDCKey(condition.key)?.name.lowercased() == "sub" && condition.values.contains { $0 != subject }
        }
    }

    /// Whether a condition requires an exact subject.
    fileprivate var requiresExactSubject: Bool {
        conditions.contains { condition in
            condition.isExact && OIDCKey(condition.key)?.name.lowercased() == "sub"
                && !condition.values.contains { $0.contains("${") }
        }
    }

    /// Whether a provider of the statement is in another partition.
    fileprivate func hasProvider(outside partition: AWSPartition?) -> Bool {
        (principal.members[.federated] ?? []).compactMap(ARN.init).contains {
            $0.partition != partition?.rawValue
        }
    }

    private func changingProviders(_ change: ([String]) -> [String]) -> TrustStatement? {
        guard effect == .allow, let arns = principal.members[.federated], !arns.isEmpty else { return self }
        return keeping(.federated, change(arns))
    }

    /// Returns the statement without these values of `:sub`.
    ///
    /// If a condition has no other values, the statement loses all providers instead. Principals of other kinds keep
    /// access, because a request without `:sub` can meet a condition with IfExists or ForAllValues.
    ///
    /// - Returns: The statement; `nil` if no principal remains.
    fileprivate func dropping(subjects: Set<String>) -> TrustStatement? {
        guard effect == .allow else { return self }
        var rest: [Condition] = []
        for condition in conditions {
            guard OIDCKey(condition.key)?.name.lowercased() == "sub",
                !condition.operator.comparison.isNegated,
                condition.operator.comparison != .null
            else {
                rest.append(condition)
                continue
            }
            let values = condition.values.filter { !subjects.contains($0) }
            if values.isEmpty { return keeping(.federated, []) }
            rest.append(condition.changing(values: values))
        }
        return replacingConditions(by: rest)
    }
}

extension TrustVerdict {
    /// Returns the Allow statements that exclude the token's subject or audience.
    ///
    /// A further Allow statement for the token would undo the author's decision to exclude the token.
    ///
    /// - Parameter index: The index of a statement to skip, if any.
    /// - Returns: The indexes of the statements.
    func statementsExcludingToken(exceptIn index: Int? = nil) -> [Int] {
        let examined = statements.filter { $0.effect == .allow && $0.index != index }
        let excluding = examined.filter { statement in
            statement.conditions.contains { verdict in
                if verdict.isIgnoredExclusion { return true }
                guard let name = OIDCKey(verdict.condition.key)?.name.lowercased() else { return false }
                return ["sub", "aud"].contains(name) && verdict.condition.operator.comparison.isNegated
                    && verdict.outcome == .no
            }
        }
        return excluding.map(\.index)
    }
}

extension Condition {
    /// Whether the condition is StringEquals without a set operator or IfExists.
    fileprivate var isExact: Bool {
        `operator`.comparison == .stringEquals && `operator`.quantifier == nil && !`operator`.ifExists
    }
}

extension DiagnosisContext {
    /// A warning clause about a subject that many jobs share; may be empty.
    fileprivate var sharedSubjectRemark: String {
        guard issuerKind == .gitHub, claims?.subject?.hasSuffix(":pull_request") == true else { return "" }
        return "; the jobs of all pull requests of the repository have this subject"
    }

    /// Whether STS cannot find the provider because the provider is outside the role's account or partition.
    fileprivate func isUnreachable(provider text: String) -> Bool {
        guard let role = request.roleARN, let arn = ARN(text), OIDCProvider(arn: text) != nil else {
            return false
        }
        return arn.account != role.account || arn.partition != role.arn.partition
    }

    /// Whether the ARN names the token's provider in an account or partition other than the role's.
    fileprivate func isUnreachable(provider text: String, insteadOf provider: String) -> Bool {
        isUnreachable(provider: text) && ARN(text)?.resource == ARN(provider)?.resource
    }
}

extension TrustPolicy {
    /// Returns a phrase about the statements to remove, and about the other subjects that lose access.
    fileprivate func removedText(in context: DiagnosisContext) -> String {
        let removed = statements.enumerated().filter { $1.droppingUnreachableProviders(in: context) == nil }
        let subjects = removed.flatMap(\.element.conditions).filter {
            OIDCKey($0.key)?.name.lowercased() == "sub"
        }
        .flatMap(\.values).filter { $0 != context.claims?.subject }
        let places = removed.map { "Statement[\($0.offset)]" }.joined(separator: " and ")
        let names = Set(subjects).sorted().joined(separator: " and ")
        return names.isEmpty ? places : "\(places), and with it the access of \(names),"
    }

    /// Returns the policy with the token's subject added to a statement's list of subjects, if possible.
    ///
    /// The condition on the subject must be the only failed condition. The statement must require exactly the token's
    /// audience and, for a token with `azp`, exactly the token's `aud`.
    fileprivate func addingSubject(
        of claims: Claims,
        after verdict: TrustVerdict
    ) -> (policy: TrustPolicy, index: Int)? {
        guard let subject = claims.subject, statements.count == verdict.statements.count else { return nil }
        for (index, outcome) in verdict.statements.enumerated() {
            let required = outcome.conditions.filter { $0.condition.isExact }
            let names = required.filter { $0.outcome == .yes }.map(\.condition).filter {
                $0.values.count == 1
            }
            .compactMap { OIDCKey($0.key)?.name.lowercased() }
            let failed = outcome.conditions.filter { $0.outcome == .no }
            guard outcome.effect == .allow, outcome.matchesPrincipal, outcome.matchesAction,
                names.contains("aud"), claims.authorizedParty == nil || names.contains("oaud"),
                failed.count == 1, let list = failed.first?.condition, list.isExact,
                OIDCKey(list.key)?.name.lowercased() == "sub", failed[0].nearMiss == nil
            else { continue }
            let longer = list.changing(values: list.values + [subject])
            let conditions = statements[index].conditions.map { $0 == list ? longer : $0 }
            return (replacing(index, with: statements[index].replacingConditions(by: conditions)), index)
        }
        return nil
    }

    /// The IDs and messages of the findings of high severity, without statement indexes.
    fileprivate var highSeverityFindings: Set<String> {
        Set(
            lint().filter { $0.severity == .high }.map {
                "\($0.id) \($0.message.replacing(/Statement\[\d+\]/, with: "Statement"))"
            }
        )
    }
}
