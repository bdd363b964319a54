import Federation
import TrustPolicy

/// The trust policy with its nearest statement changed so that it lets the token in.
struct PolicyCorrection {
    /// `nil` when no change of principal, action or OIDC conditions would do it.
    let policy: TrustPolicy?

    init(policy: TrustPolicy, verdict: TrustVerdict, examination: DiagnosisContext) {
        guard let index = verdict.decidingStatement, let provider = examination.federatedPrincipal,
            let claims = examination.claims
        else {
            self.policy = nil
            return
        }
        let corrected = Self.corrected(
            policy.statements[index],
            judged: verdict.statements[index],
            provider: provider,
            claims: claims
        )
        self.policy = corrected == policy.statements[index] ? nil : policy.replacing(index, with: corrected)
    }

    private static func corrected(
        _ statement: TrustStatement,
        judged: StatementVerdict,
        provider: String,
        claims: Claims
    ) -> TrustStatement {
        var conditions = judged.conditions.compactMap { condition in
            condition.outcome == .no ? corrected(condition, claims: claims) : condition.condition
        }
        // A condition that AWS cannot test is dropped, and sub must guard the role in its place.
        if conditions.count < judged.conditions.count, let subject = claims.subject,
            let issuer = claims.issuer,
            !conditions.contains(where: { OIDCKey($0.key)?.name.lowercased() == "sub" }),
            let equals = ConditionOperator("StringEquals")
        {
            let key = "\(OIDCProvider.hostAndPath(of: issuer)):sub"
            conditions.append(Condition(operator: equals, key: key, values: [subject], version: .v2012))
        }
        return TrustStatement(
            sid: statement.sid,
            effect: statement.effect,
            principal: judged.matchesPrincipal ? statement.principal : statement.principal.adding(provider),
            action: judged.matchesAction ? statement.action : statement.action.addingWebIdentity,
            conditions: conditions
        )
    }

    /// The condition as it would pass, or as it is where nothing of the token's would make it; `nil` for one on a
    /// claim that AWS cannot test.
    private static func corrected(_ verdict: ConditionVerdict, claims: Claims) -> Condition? {
        let condition = verdict.condition
        switch verdict.nearMiss {
        case .keySlash(let correct), .otherIssuer(let correct):
            let renamed = Condition(
                operator: condition.operator,
                key: correct,
                values: condition.values,
                version: condition.version
            )
            let context = RequestContext(claims: claims)
            let second = renamed.evaluate(in: context)
            return second.outcome == .yes ? renamed : corrected(second, claims: claims)
        case .unsupportedClaim(let name):
            guard name.lowercased() == "oid", let key = OIDCKey(condition.key) else { return nil }
            return Condition(
                operator: condition.operator,
                key: "\(key.provider):sub",
                values: condition.values,
                version: condition.version
            )
        case .wildcardUnderEquals:
            return condition.comparing(by: .stringLike)
        case .setOperatorMissing:
            return condition.forAnyValue
        default:
            return withFoundValue(verdict)
        }
    }

    /// The condition with the token's value in place of the one that nearly was it, or beside the others.
    private static func withFoundValue(_ verdict: ConditionVerdict) -> Condition {
        let condition = verdict.condition
        guard let found = verdict.found.first, condition.operator.comparison == .stringEquals,
            OIDCKey(condition.key) != nil
        else { return condition }
        let kept = condition.values.filter { value in
            NearMiss(betweenRequired: value, found: found) == nil && !verdict.replacesEveryValue
        }
        return Condition(
            operator: condition.operator,
            key: condition.key,
            values: kept + [found],
            version: condition.version
        )
    }
}

extension PrincipalElement {
    /// The same principals with a provider beside them, in place of its other form with or without the slash.
    fileprivate func adding(_ provider: String) -> PrincipalElement {
        let others = members[.federated, default: []].filter {
            $0.droppingFinalSlash != provider.droppingFinalSlash
        }
        return PrincipalElement(
            isNegated: false,
            members: members.merging([.federated: others + [provider]]) { $1 }
        )
    }
}

extension ActionElement {
    fileprivate var addingWebIdentity: ActionElement {
        ActionElement(isNegated: false, names: (isNegated ? [] : names) + ["sts:AssumeRoleWithWebIdentity"])
    }
}

extension ConditionVerdict {
    /// Whether the near miss says that a lone value is of the wrong kind.
    fileprivate var replacesEveryValue: Bool {
        switch nearMiss {
        case .clientID, .authorizedParty: condition.values.count == 1
        default: false
        }
    }
}

extension Condition {
    /// The same condition, passing when any of several values matches.
    fileprivate var forAnyValue: Condition? {
        ConditionOperator("ForAnyValue:\(`operator`)").map {
            Condition(operator: $0, key: key, values: values, version: version)
        }
    }
}
