import Federation
import TrustPolicy

/// A changed trust policy that was proved to be safe before it is shown.
///
/// The proof: IAM would accept the document, within its size quota; the token is allowed, or only unknown values are left
/// open; no token of another subject, audience or issuer is newly allowed; every earlier statement is kept; and the lint
/// reports no new finding of high severity.
struct PolicyProposal {
    let policy: TrustPolicy
    /// The condition that remains open, to follow the word "identity" in a sentence; empty if none does.
    let remark: String

    /// Proposes a further statement that allows the token's identity; `nil` when no proposal passes the proof.
    ///
    /// The statement requires the exact audience and subject, and keeps the conditions of the nearest statement that are
    /// not about the token, such as one on the source address.
    init?(for verdict: TrustVerdict, in context: DiagnosisContext) {
        guard let policy = context.policy, let claims = context.claims, let subject = claims.subject,
            let issuer = claims.issuer, claims.effectiveAudiences.count == 1,
            let provider = context.federatedPrincipal, let equals = ConditionOperator("StringEquals")
        else { return nil }
        let keys = OIDCProvider.hostAndPath(of: issuer)
        var conditions = ["aud": claims.effectiveAudiences[0], "sub": subject].map { name, value in
            Condition(operator: equals, key: "\(keys):\(name)", values: [value], version: policy.version)
        }
        let nearest = verdict.decidingStatement.map { policy.statements[$0] }
        conditions += nearest?.conditions.filter { OIDCKey($0.key) == nil } ?? []
        guard Set(conditions.map { "\($0.operator) \($0.foldedKey)" }).count == conditions.count else {
            return nil
        }
        let needsTags = claims.payload["https://aws.amazon.com/tags"] != nil
        let needsSource = claims.payload["https://aws.amazon.com/source_identity"] != nil
        let statement = TrustStatement(
            sid: nil,
            effect: .allow,
            principal: PrincipalElement(isNegated: false, members: [.federated: [provider]]),
            action: ActionElement(
                isNegated: false,
                names: ["sts:AssumeRoleWithWebIdentity"] + (needsTags ? ["sts:TagSession"] : [])
                    + (needsSource ? ["sts:SetSourceIdentity"] : [])
            ),
            conditions: conditions
        )
        self.init(policy.appending(statement), replacing: policy, in: context)
    }

    /// Proposes to add an action to the statement that allows the token; `nil` when no proposal passes the proof.
    init?(allowing action: String, in context: DiagnosisContext) {
        guard let policy = context.policy, let index = context.verdict?.decidingStatement,
            !policy.statements[index].action.isNegated
        else { return nil }
        let statement = policy.statements[index]
        let wider = TrustStatement(
            sid: statement.sid,
            effect: statement.effect,
            principal: statement.principal,
            action: ActionElement(isNegated: false, names: statement.action.names + [action]),
            conditions: statement.conditions
        )
        self.init(policy.replacing(index, with: wider), replacing: policy, in: context)
    }

    private init?(_ proposed: TrustPolicy, replacing old: TrustPolicy, in context: DiagnosisContext) {
        let text = proposed.document.compactText
        let quota = max(TrustPolicy.sizeQuota, old.size)
        guard let policy = try? TrustPolicy(parsing: text, quota: quota), policy.isEquivalent(to: proposed),
            let verdict = context.verdict(of: policy)
        else { return nil }
        switch verdict.decision {
        case .allow: remark = ""
        case .undetermined where !verdict.unknownKeys.isEmpty:
            remark = ", if AWS's value of \(verdict.unknownKeys.joined(separator: ", ")) passes"
        default: return nil
        }
        guard Self.keepsStrangersOut(policy, replacing: old, in: context),
            policy.highFindings.isSubset(of: old.highFindings)
        else { return nil }
        self.policy = policy
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
            ["sub": nil, "aud": nil, "azp": nil],
        ]
        return changes.allSatisfy { change in
            var payload = claims.payload
            for (name, value) in change { payload[name] = value }
            let other = Claims(header: claims.header, payload: payload)
            guard let new = context.verdict(of: policy, for: other)?.decision else { return true }
            return new.isDenial || new == context.verdict(of: old, for: other)?.decision
        }
    }
}

extension TrustPolicy {
    /// The ids and texts of the weaknesses of high severity.
    fileprivate var highFindings: Set<String> {
        Set(lint().filter { $0.severity == .high }.map { "\($0.id) \($0.message)" })
    }
}
