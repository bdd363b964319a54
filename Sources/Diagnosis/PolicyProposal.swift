import Federation
import TrustPolicy

/// A changed trust policy that was proved to be safe before it is shown.
///
/// The proof: IAM would accept the document, within its size quota; the token is allowed, or only unknown values are left
/// open; no token of another subject, audience or issuer is newly allowed; every earlier statement that some token can
/// match is kept; and the lint reports no new finding of high severity.
struct PolicyProposal {
    let policy: TrustPolicy
    /// The condition that remains open, to follow the word "identity" in a sentence; empty if none does.
    let remark: String
    /// The change, as the beginning of a sentence.
    let advice: String

    /// Proposes a policy that allows the token's identity; `nil` when no proposal passes the proof.
    ///
    /// A provider that STS can never find for this role is replaced; otherwise a further statement requires the exact
    /// audience and subject. It keeps the conditions of the nearest statement that are not about the token, such as one on
    /// the source address.
    init?(for verdict: TrustVerdict, in context: DiagnosisContext) {
        guard let policy = context.policy, let claims = context.claims, !context.needsOtherToken,
            let provider = context.federatedPrincipal,
            let statement = Self.statement(for: claims, like: verdict.decidingStatement, in: context)
        else { return nil }
        let live = policy.statements.map { $0.replacingDeadProviders(with: provider, in: context) }
        let isReplaced = live != policy.statements
        let appended = "Or add a statement that allows only this identity"
        let candidates: [(policy: TrustPolicy, advice: String)] =
            (isReplaced
                ? [
                    (policy.replacingStatements(by: live.compactMap(\.self)), "This replaces the ARN"),
                    (
                        policy.replacingStatements(
                            by: policy.statements.compactMap { $0.droppingDeadProviders(in: context) }
                        )
                        .appending(statement),
                        "Or replace the statement by one that allows only this identity"
                    ),
                ] : []) + [(policy.appending(statement), appended)]
        let proven = candidates.lazy.compactMap { candidate in
            PolicyProposal(candidate.policy, replacing: policy, advice: candidate.advice, in: context)
        }
        guard let first = proven.first else { return nil }
        self = first
    }

    /// The statement that allows exactly this token's audience and subject.
    private static func statement(
        for claims: Claims,
        like index: Int?,
        in context: DiagnosisContext
    ) -> TrustStatement? {
        guard let policy = context.policy, let subject = claims.subject, let issuer = claims.issuer,
            claims.effectiveAudiences.count == 1, let provider = context.federatedPrincipal,
            let equals = ConditionOperator("StringEquals"),
            let any = ConditionOperator("ForAnyValue:StringEquals")
        else { return nil }
        let keys = OIDCProvider.hostAndPath(of: issuer)
        let nearest = index.map { policy.statements[$0] }
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
        // Conditions of a statement for AWS principals or another issuer are not about this token.
        if let nearest, nearest.principal.isMeant(forTokensOf: issuer) {
            conditions += nearest.conditions.filter { OIDCKey($0.key) == nil }.map {
                $0.testingRequestTag(of: claims)
            }
        }
        guard Set(conditions.map { "\($0.operator) \($0.foldedKey)" }).count == conditions.count else {
            return nil
        }
        return TrustStatement(
            sid: nil,
            effect: .allow,
            principal: PrincipalElement(isNegated: false, members: [.federated: [provider]]),
            action: ActionElement(
                isNegated: false,
                names: ["sts:AssumeRoleWithWebIdentity"] + claims.furtherActions
            ),
            conditions: conditions
        )
    }

    /// Proposes to add actions to the statement that allows the token; `nil` when no proposal passes the proof.
    init?(allowing actions: [String], in context: DiagnosisContext) {
        guard let policy = context.policy, let index = context.verdict?.decidingStatement,
            !policy.statements[index].action.isNegated
        else { return nil }
        let statement = policy.statements[index]
        let wider = TrustStatement(
            sid: statement.sid,
            effect: statement.effect,
            principal: statement.principal,
            action: ActionElement(isNegated: false, names: statement.action.names + actions),
            conditions: statement.conditions
        )
        self.init(
            policy.replacing(index, with: wider),
            replacing: policy,
            advice: "This adds \(actions.joined(separator: " and "))",
            in: context
        )
    }

    /// Proposes to remove subjects that no longer exist; `nil` when the policy then allows other tokens than before.
    ///
    /// - Parameters:
    ///   - subjects: The values of the provider's `:sub`.
    ///   - policy: The policy, which may be a proposal itself.
    ///   - context: The evidence.
    init?(removing subjects: Set<String>, from policy: TrustPolicy, in context: DiagnosisContext) {
        let rest = policy.statements.compactMap { $0.dropping(subjects: subjects) }
        guard rest != policy.statements, !rest.isEmpty else { return nil }
        self.init(
            policy.replacingStatements(by: rest),
            replacing: policy,
            advice: "This removes it",
            in: context,
            needsAllowance: false
        )
    }

    private init?(
        _ proposed: TrustPolicy,
        replacing old: TrustPolicy,
        advice: String,
        in context: DiagnosisContext,
        needsAllowance: Bool = true
    ) {
        let text = proposed.document.compactText
        let quota = max(TrustPolicy.sizeQuota, old.size)
        guard let policy = try? TrustPolicy(parsing: text, quota: quota), policy.isEquivalent(to: proposed),
            let verdict = context.fullVerdict(of: policy)
        else { return nil }
        switch verdict.decision {
        case .allow: remark = ""
        case .undetermined where !verdict.unknownKeys.isEmpty:
            remark = ", if AWS's value of \(verdict.unknownKeys.joined(separator: ", ")) passes"
        case _ where !needsAllowance: remark = ""
        default: return nil
        }
        guard Self.keepsStrangersOut(policy, replacing: old, in: context),
            policy.highFindings.isSubset(of: old.highFindings)
        else { return nil }
        self.policy = policy
        let isSubject = remark.isEmpty || advice.hasSuffix("identity")
        self.advice = advice + (isSubject ? "" : " and allows the token") + remark
    }

    /// Whether no token of another subject, audience or issuer is allowed that was not allowed before.
    private static func keepsStrangersOut(
        _ policy: TrustPolicy,
        replacing old: TrustPolicy,
        in context: DiagnosisContext
    ) -> Bool {
        guard let claims = context.claims else { return false }
        let stranger = JSONValue.string("00000000-0000-0000-0000-000000000000")
        let changes: [[String: JSONValue?]] = [
            ["sub": stranger, "oid": stranger], ["sub": nil], ["sub": .string((claims.subject ?? "") + "x")],
            ["aud": stranger, "azp": nil], ["aud": nil, "azp": nil],
            ["iss": .string("https://sts.windows.net/00000000-0000-0000-0000-000000000000/")],
            ["sub": .string("repo:other/other:ref:refs/heads/main"), "repository": .string("other/other")],
            ["sub": nil, "aud": nil, "azp": nil],
        ]
        let named = policy.texts(of: "sub").filter { $0 != claims.subject }.map {
            ["sub": JSONValue.string($0)] as [String: JSONValue?]
        }
        let audiences = policy.texts(of: "aud").filter { !claims.effectiveAudiences.contains($0) }.map {
            ["aud": .string($0), "azp": nil] as [String: JSONValue?]
        }
        return (changes + named + audiences).allSatisfy { change in
            var payload = claims.payload
            for (name, value) in change { payload[name] = value }
            let other = Claims(header: claims.header, payload: payload)
            guard let new = context.fullVerdict(of: policy, for: other)?.decision else { return true }
            return new.isDenial || new == context.fullVerdict(of: old, for: other)?.decision
        }
    }
}

extension TrustStatement {
    /// The statement with the token's provider in place of those that STS never finds for the role.
    fileprivate func replacingDeadProviders(
        with provider: String,
        in context: DiagnosisContext
    ) -> TrustStatement? {
        changingProviders { arns in
            let isDead = arns.map { context.isDead(provider: $0) }
            guard isDead.contains(true),
                arns.contains(where: { context.isDead(provider: $0, insteadOf: provider) })
            else { return arns }
            return zip(arns, isDead).filter { !$0.1 }.map(\.0).filter { $0 != provider } + [provider]
        }
    }

    /// The statement without the providers that STS never finds for the role; `nil` if no principal remains.
    fileprivate func droppingDeadProviders(in context: DiagnosisContext) -> TrustStatement? {
        changingProviders { arns in arns.filter { !context.isDead(provider: $0) } }
    }

    private func changingProviders(_ change: ([String]) -> [String]) -> TrustStatement? {
        guard effect == .allow, let arns = principal.members[.federated], !arns.isEmpty else { return self }
        var members = principal.members
        let changed = change(arns)
        members[.federated] = changed.isEmpty ? nil : changed
        guard !members.isEmpty else { return nil }
        return TrustStatement(
            sid: sid,
            effect: effect,
            principal: PrincipalElement(isNegated: principal.isNegated, members: members),
            action: action,
            conditions: conditions
        )
    }

    /// The statement without some values of its conditions on `:sub`; `nil` if such a condition loses all of them.
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
            if values.isEmpty { return nil }
            rest.append(
                Condition(
                    operator: condition.operator,
                    key: condition.key,
                    values: values,
                    version: condition.version
                )
            )
        }
        return TrustStatement(
            sid: sid,
            effect: effect,
            principal: principal,
            action: action,
            conditions: rest
        )
    }
}

extension PrincipalElement {
    /// Whether it names the issuer's provider, or one whose URL differs little from it.
    fileprivate func isMeant(forTokensOf issuer: String) -> Bool {
        includesEveryone
            || members[.federated, default: []].compactMap(OIDCProvider.init(arn:)).contains { provider in
                guard provider.url != OIDCProvider.hostAndPath(of: issuer) else { return true }
                let difference = IssuerDifference(of: provider.url, from: issuer)
                return difference != nil && difference != .tenant && difference != .path
            }
    }
}

extension Condition {
    /// The condition on `aws:RequestTag` in place of `aws:PrincipalTag`, where the token sets that tag.
    fileprivate func testingRequestTag(of claims: Claims) -> Condition {
        let prefix = "aws:PrincipalTag/"
        guard foldedKey.hasPrefix(prefix.lowercased()) else { return self }
        let tag = String(key.dropFirst(prefix.count))
        guard claims.sessionTags[tag] != nil else { return self }
        return Condition(operator: `operator`, key: "aws:RequestTag/\(tag)", values: values, version: version)
    }
}

extension DiagnosisContext {
    /// Whether a provider's ARN can never be the one of a token for the role: STS looks in the role's account.
    fileprivate func isDead(provider text: String) -> Bool {
        guard let role = request.roleARN, let arn = ARN(text), OIDCProvider(arn: text) != nil else {
            return false
        }
        return arn.account != role.account || arn.partition != role.arn.partition
    }

    /// Whether it is such an ARN of the token's own provider.
    fileprivate func isDead(provider text: String, insteadOf provider: String) -> Bool {
        isDead(provider: text) && ARN(text)?.resource == ARN(provider)?.resource
    }

    /// The verdict of a policy on all actions that a token needs.
    fileprivate func fullVerdict(of policy: TrustPolicy, for other: Claims? = nil) -> TrustVerdict? {
        let actions = ["sts:AssumeRoleWithWebIdentity"] + ((other ?? claims)?.furtherActions ?? [])
        let verdicts = actions.compactMap { verdict(of: policy, for: other, action: $0) }
        return verdicts.first { $0.decision != .allow } ?? verdicts.first
    }
}

extension TrustPolicy {
    /// The values that its conditions have for a provider's key, with letters for wildcards.
    fileprivate func texts(of name: String) -> [String] {
        let conditions = statements.flatMap(\.conditions).filter {
            OIDCKey($0.key)?.name.lowercased() == name
        }
        let values = conditions.flatMap(\.values).map {
            $0.replacing("*", with: "x").replacing("?", with: "x")
        }
        return Set(values).sorted()
    }

    /// The ids and texts of the weaknesses of high severity, without the places of the statements.
    fileprivate var highFindings: Set<String> {
        Set(
            lint().filter { $0.severity == .high }.map {
                "\($0.id) \($0.message.replacing(/Statement\[\d+\]/, with: "Statement"))"
            }
        )
    }
}
