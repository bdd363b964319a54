import Federation
import TrustPolicy

/// The reason that a Deny statement matches a request, and the change that exempts the request.
///
/// All conditions of the statement match, so a change of one condition is sufficient.
struct ExplicitDenial {
    private let outcome: StatementVerdict
    private let statement: TrustStatement
    private let context: DiagnosisContext

    /// Finds the Deny statement that decides a verdict; `nil` if no statement decides it.
    init?(in verdict: TrustVerdict, _ context: DiagnosisContext) {
        guard let index = verdict.decidingStatement, let policy = context.policy,
            policy.statements.indices.contains(index)
        else { return nil }
        outcome = verdict.statements[index]
        statement = policy.statements[index]
        self.context = context
    }

    /// The cause, with the condition that explains the denial as its evidence.
    func cause(_ summary: String) -> Cause {
        let explained = explanation
        let condition = explained.condition ?? outcome.conditions.first
        let evidence =
            condition.map { ": \($0.text)" } ?? " has no condition and denies \(actions) to \(principals)"
        return Cause("denied-explicitly", summary, evidence: place + evidence, fix: explained.fix)
    }

    private var place: String { "Statement[\(outcome.index)]" }

    /// The first condition with an explanation, and the advice; without such a condition, general advice.
    private var explanation: (condition: ConditionVerdict?, fix: Fix) {
        guard !outcome.conditions.isEmpty else { return (nil, unconditional) }
        let kinds: [(ConditionVerdict) -> String?] = [
            setting, correction, absence, exemptedValues, deniedValues,
        ]
        for kind in kinds {
            for condition in outcome.conditions {
                if let advice = kind(condition) { return (condition, Fix(advice)) }
            }
        }
        return (nil, Fix("To allow the \(caller), narrow the condition of the Deny statement \(place)."))
    }

    /// The change of the mapping's setting that the condition tests.
    private func setting(_ condition: ConditionVerdict) -> String? {
        // No setting equals the text of a variable.
        if condition.nearMiss?.isAboutVariable == true { return nil }
        return RequiredSetting(of: condition, in: context).map {
            "\($0.advice(matching: false)) Narrow the condition of the Deny statement \(place) only if the statement "
                + "must not apply to this mapping."
        }
    }

    /// The correction of the small mistake because of which the statement does not exempt the request.
    private func correction(_ condition: ConditionVerdict) -> String? {
        guard let nearMiss = condition.nearMiss else { return nil }
        // A statement for all principals can be about the tokens of several issuers.
        if case .otherIssuer = nearMiss, statement.principal.includesEveryone { return nil }
        let advice =
            switch nearMiss {
            case .wildcardUnderEquals: " Use StringNotLike for a pattern."
            case .clientID(let found), .otherClaim(_, let found): " Write the value as \(found)."
            case .variableInOldVersion: " Set \"Version\" to \"\(TrustPolicy.Version.v2012.rawValue)\"."
            case .unsupportedClaim:
                " Every request lacks the key and is therefore denied: use \(context.providerKey("sub"))."
            default: ""
            }
        return
            "Correct the Deny statement \(place), which does not exempt this request: \(nearMiss).\(advice)"
    }

    /// The advice on a condition that matches because the request lacks its key.
    private func absence(_ condition: ConditionVerdict) -> String? {
        guard condition.found.isEmpty, !condition.isUnknown else { return nil }
        let key = condition.condition.key
        let action = context.chain == nil ? "sts:AssumeRoleWithWebIdentity" : "sts:AssumeRole"
        let reason =
            context.chain == nil
            ? ": \(MissingConditionKey(of: key, in: statement, context).reason)" : ""
        return
            "The request has no \(key)\(reason). \(condition.condition.operator) matches every request without the key. "
            + "If the Deny statement \(place) is not meant for such requests, exclude \(action) from its actions. To "
            + "exempt only this \(caller), add the condition \(exemption)."
    }

    /// The advice on a negated condition: the statement exempts only the listed values.
    private func exemptedValues(_ condition: ConditionVerdict) -> String? {
        guard condition.condition.operator.comparison.isNegated, !condition.found.isEmpty else { return nil }
        let key = condition.condition.key
        if condition.condition.foldedKey == "aws:sourceip" {
            return
                "Make the call from an address in \(condition.requiredText): the statement denies all other addresses. "
                + "AWS sees the public address from which this host's requests leave (its egress address), which is "
                + "\(condition.foundText). Add this address to the Deny statement \(place) only if the host may assume the "
                + "role."
        }
        return
            "The Deny statement \(place) exempts only \(condition.requiredText). To exempt this request, add "
            + "\(condition.foundText) to the values of \(key)."
    }

    /// The advice on a condition that lists values: the statement denies the listed values.
    private func deniedValues(_ condition: ConditionVerdict) -> String? {
        let test = condition.condition
        guard [.string, .arn, .address].contains(test.operator.comparison.family), !condition.found.isEmpty
        else {
            return nil
        }
        return
            "The Deny statement \(place) denies requests whose \(test.key) is \(condition.requiredText); this request has "
            + "\(condition.foundText). Narrow its condition only if this \(caller) may assume the role."
    }

    /// The advice on a statement that matches every request of its principals.
    private var unconditional: Fix {
        Fix(
            "\(place) denies \(actions) to \(principals), and no Allow statement overrides it. Decide whether this \(caller) "
                + "may assume the role. If so, remove the statement, or add the condition \(exemption), which exempts only "
                + "this \(caller)."
        )
    }

    /// The noun for the caller: the issuer of other tokens can give several callers the same subject.
    private var caller: String {
        context.chain != nil ? "role" : context.issuerKind.isEntra ? "identity" : "subject"
    }

    /// The condition that exempts only this caller.
    private var exemption: String {
        if let hub = context.chain?.hub.roleARN { return "ArnNotEquals on aws:PrincipalArn with \(hub)" }
        return
            "StringNotEquals on \(context.providerKey("sub")) with \(context.claims?.subject ?? "the token's sub")"
    }

    private var actions: String {
        let names = statement.action.names.joined(separator: ", ")
        return statement.action.isNegated ? "all actions except \(names)" : names
    }

    private var principals: String {
        statement.principal.includesEveryone
            ? "every principal" : statement.principal.members.values.joined().sorted().joined(separator: ", ")
    }
}

extension NearMiss {
    fileprivate var isAboutVariable: Bool {
        switch self {
        case .variableInOldVersion, .variableAbsent: true
        default: false
        }
    }
}
