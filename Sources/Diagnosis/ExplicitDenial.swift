import Federation
import TrustPolicy

/// The reason that a Deny statement matches a request, and a change after which the statement does not match.
///
/// A statement exempts a request that fails a condition (for example, StringNotEquals lists the caller). All
/// conditions match this request, so a change of one condition is sufficient. If that change would also allow other
/// callers, the fix asks the policy's author for a decision instead.
struct ExplicitDenial {
    private let outcome: StatementVerdict
    private let statement: TrustStatement
    private let policyVersion: TrustPolicy.Version
    private let context: DiagnosisContext

    /// Creates the explanation of the Deny statement that decides a verdict; `nil` if no statement decides the verdict.
    init?(in verdict: TrustVerdict, _ context: DiagnosisContext) {
        guard let index = verdict.decidingStatement, let policy = context.policy,
            policy.statements.indices.contains(index)
        else { return nil }
        outcome = verdict.statements[index]
        statement = policy.statements[index]
        policyVersion = policy.version
        self.context = context
    }

    /// The cause; the evidence is the condition that explains the denial.
    ///
    /// - Parameters:
    ///   - summary: The cause's summary.
    ///   - alternative: A sentence about a request that does not need the denied action; empty for the exchange's own
    ///     action.
    /// - Returns: The cause.
    func cause(_ summary: String, or alternative: String = "") -> Cause {
        let explained = explanation
        let condition = explained.condition ?? outcome.conditions.first
        let evidence =
            condition.map(outcome.text) ?? "\(place) has no condition and denies \(actions) to \(principals)"
        return Cause(
            "denied-explicitly",
            summary,
            evidence: evidence,
            fix: explained.fix.followed(by: alternative)
        )
    }

    private var place: String { outcome.place }

    /// The first condition with specific advice, and that advice; without such a condition, general advice.
    private var explanation: (condition: ConditionVerdict?, fix: Fix) {
        guard !outcome.conditions.isEmpty else { return (nil, Fix(unconditional)) }
        let kinds: [(ConditionVerdict) -> String?] = [
            setting, exemptedInstants, correction, privateSources, absence, period, exemptedValues,
            deniedValues,
        ]
        for kind in kinds {
            for condition in outcome.conditions {
                if let advice = kind(condition) { return (condition, Fix(advice)) }
            }
        }
        let words = "To allow \(caller), narrow the condition of \(place)."
        return (nil, Fix(advice("", PolicyEdit(words: words, part: .denial))))
    }

    /// Returns the advice, followed by the words of the change.
    ///
    /// If the change would allow other callers, `alternative` replaces the words. Without an alternative, a sentence
    /// asks the author of the policy for a decision.
    private func advice(_ text: String, _ edit: PolicyEdit, instead alternative: String? = nil) -> String {
        let refusal = refusal(of: edit)
        let words = refusal.map { alternative ?? decision(because: $0) } ?? edit.words
        return [text, words].filter { !$0.isEmpty }.joined(separator: " ")
    }

    private func refusal(of edit: PolicyEdit) -> NoProposal? {
        PolicyEdit.refusal(of: [edit], in: outcome.index, context)
    }

    private func decision(because refusal: NoProposal) -> String {
        "\(mustDecide), because \(refusal.clause).\(exemptionSentence)"
    }

    /// Returns the advice to change a setting of the mapping, if the condition tests a value from that setting.
    private func setting(_ condition: ConditionVerdict) -> String? {
        // The text of a policy variable can never be the value of a setting.
        if condition.nearMiss?.isAboutVariable == true { return nil }
        guard let setting = RequiredSetting(of: condition, in: context) else { return nil }
        let words =
            "Narrow the condition of \(place) only if the statement must not apply to \(caller)."
        return advice(
            setting.advice(matching: false),
            PolicyEdit(words: words, part: .denial),
            instead: ""
        )
    }

    /// Returns the correction of a small error in the condition (for example, a misspelled key), if any.
    private func correction(_ condition: ConditionVerdict) -> String? {
        guard let nearMiss = condition.nearMiss else { return nil }
        // A statement for all principals can be about the tokens of several issuers.
        if case .otherIssuer = nearMiss, statement.principal.includesEveryone { return nil }
        if condition.meantOutcome == .yes { return otherExemption(condition, nearMiss) }
        let advice =
            switch nearMiss {
            case .wildcardUnderEquals: " Use StringNotLike for a pattern."
            case .clientID(let found), .otherClaim(_, let found): " Write the value as \(found)."
            case .variableInOldVersion: " Set \"Version\" to \"\(TrustPolicy.Version.v2012.rawValue)\"."
            case .unsupportedClaim:
                " Every request lacks the key, so the condition matches every request: use \(context.providerKey("sub"))."
            default: ""
            }
        let result =
            if case .misspelledKey(let key) = nearMiss { " \(condition.correctedText(key))" } else { "" }
        let words =
            "Correct \(place), which does not exempt this request: \(nearMiss).\(advice)\(result)"
        let edit = PolicyEdit(words: words, part: condition.exempting(nearMiss, in: context))
        return refusal(of: edit).map {
            "\(place) does not exempt this request: \(nearMiss).\(result) \(decision(because: $0))"
        } ?? words
    }

    /// Returns the advice on a condition that would match this request even with the correct key.
    private func otherExemption(_ condition: ConditionVerdict, _ nearMiss: NearMiss) -> String {
        let exempts = condition.condition.operator.comparison.isNegated
        let meaning =
            exempts
            ? "\(place) exempts only requests with \(condition.requiredText), not this request."
            : "\(place) is meant for requests such as this one."
        let absence =
            if case .unsupportedClaim = nearMiss {
                " Every request lacks the key, so the condition matches every request: use \(context.providerKey("sub"))."
            } else { "" }
        return
            "\(meaning) Its condition has a mistake: \(nearMiss).\(absence) Correcting the key does not allow this request. "
            + "Decide whether \(caller) may assume the role.\(exemptionSentence)"
    }

    /// Returns the advice on a condition that matches because the request lacks the condition's key.
    private func absence(_ condition: ConditionVerdict) -> String? {
        guard condition.found.isEmpty, !condition.isUnknown else { return nil }
        let key = condition.condition.key
        let reason =
            context.chain == nil
            ? ": \(MissingConditionKey(of: key, in: statement, context).reason)" : ""
        if let text = tagAdvice(condition) { return "The request has no \(key)\(reason). \(text)" }
        if condition.condition.hasUndocumentedKeyOfAWS { return undocumentedKey(condition.condition) }
        let edits = [presence(of: condition.condition), exclusion(of: condition.condition)].compactMap(\.self)
        let harmless = edits.filter { refusal(of: $0) == nil }.map(\.words)
        let decision =
            refusal(of: edits.first ?? PolicyEdit(words: "", part: .denial)).map(decision)
            ?? "\(mustDecide).\(exemptionSentence)"
        return
            "The request has no \(key)\(reason). \(condition.condition.operator) matches every request without the key. "
            + (harmless.isEmpty ? decision : "\(harmless.joined(separator: " "))\(exemptionSentence)")
    }

    /// Returns the advice on a condition key that the request lacks and AWS does not document.
    private func undocumentedKey(_ condition: Condition) -> String {
        let others =
            statement.conditions.count == 1
            ? "every request" : "every request that meets its other conditions"
        return
            "AWS does not document the key \(condition.key), so every request may lack the key, and "
            + "\(condition.operator) matches every request without the key. Ask the author of \(place) to correct the "
            + "key or to remove the condition; without the condition, the statement denies \(others), as it does now. "
            + "\(mustDecide).\(exemptionSentence)"
    }

    /// Returns the advice on a key for a principal's tag, if the token has a session tag of this name.
    private func tagAdvice(_ condition: ConditionVerdict) -> String? {
        guard let policy = context.policy,
            case .key(let key) = MissingConditionKey(of: condition.condition.key, in: statement, context)
                .change?.kind,
            context.claims?.sessionTags.keys.contains(where: { key == "aws:RequestTag/\($0)" }) == true
        else { return nil }
        let corrected = condition.correctingKey(to: key).applied(to: policy, at: outcome.index)
        let isDenied = context.verdict(of: corrected)?.decision == .explicitDeny
        return "AWS tests this session tag with the key \(key). With this key, the policy "
            + "\(isDenied ? "still denies" : "does not deny") this request. Decide whether \(caller) may assume the "
            + "role.\(exemptionSentence)"
    }

    private var mustDecide: String {
        "Decide which callers \(place) must deny before you change the statement"
    }

    /// The change that limits a condition with `ForAllValues` to requests that have the key.
    private func presence(of condition: Condition) -> PolicyEdit? {
        guard condition.operator.quantifier == .forAllValues, let null = ConditionOperator("Null") else {
            return nil
        }
        let present = Condition(operator: null, key: condition.key, values: ["false"], version: policyVersion)
        return PolicyEdit(
            words:
                "If \(place) is meant only for requests with the key, add the condition Null on \(condition.key) with false.",
            part: .condition(present, by: [present])
        )
    }

    /// Returns the change that excludes this request's actions from the statement's actions.
    ///
    /// `nil` in these cases:
    ///
    /// - The changed statement would deny no call.
    /// - The condition is on a provider's key. The statement is about tokens, because only tokens have this key.
    private func exclusion(of condition: Condition) -> PolicyEdit? {
        let action = context.chain == nil ? "sts:AssumeRoleWithWebIdentity" : "sts:AssumeRole"
        let isAboutTokens = context.chain == nil && OIDCKey(condition.key) != nil
        guard !isAboutTokens, deniesCalls(otherThan: action) else { return nil }
        let further = context.chain?.mapping.furtherActions ?? context.claims?.additionalActions ?? []
        let denied = ([action] + further).filter(statement.action.matches).joined(separator: " and ")
        return PolicyEdit(
            words: "If \(place) is not meant for such requests, exclude \(denied) from its actions.",
            part: denialOfTokens ?? .denial
        )
    }

    /// Whether the statement denies calls of any other action.
    private func deniesCalls(otherThan action: String) -> Bool {
        let members = statement.principal.members
        let calls: [(action: String, isPossible: Bool)] = [
            ("sts:AssumeRole", members.keys.contains { $0 != .federated }),
            ("sts:AssumeRoleWithSAML", members[.federated] != nil),
            ("sts:AssumeRoleWithWebIdentity", members[.federated] != nil),
        ]
        return calls.contains { call in
            call.action != action && (call.isPossible || statement.principal.includesEveryone)
                && statement.action.matches(call.action)
        }
    }

    /// The change that exempts all calls with a token; `nil` if the caller is a role.
    private var denialOfTokens: PolicyEdit.Part? {
        guard context.chain == nil else { return nil }
        let own = context.claims?.issuer.map(OIDCProvider.hostAndPath)
        let trusted = (context.policy?.statements ?? []).flatMap(\.tokenIssuers).map(OIDCProvider.hostAndPath)
        return .denialOfTokens(providers: Set(trusted + [own].compactMap(\.self)).sorted())
    }

    /// Returns the advice on a date condition: the end or, without an end, the beginning of the denial.
    private func period(_ condition: ConditionVerdict) -> String? {
        let ends = outcome.conditions.filter { $0.period(isDenied: true)?.contains("wait until") == true }
        guard let text = condition.period(isDenied: true), ends.isEmpty || ends.contains(condition) else {
            return nil
        }
        return advice(
            text,
            PolicyEdit(
                words: "Narrow the condition of \(place) only if \(caller) may assume the role.",
                part: .denial
            ),
            instead: ends.isEmpty ? nil : ""
        )
    }

    /// Returns the advice on a condition that exempts single instants (for example, DateNotEquals) instead of a period.
    ///
    /// The advice never adds the request's time to the condition, because the next request has a different time.
    private func exemptedInstants(_ condition: ConditionVerdict) -> String? {
        let test = condition.condition
        guard test.operator.comparison.isNegated, Condition.dateKeys.contains(test.foldedKey),
            !condition.found.isEmpty
        else { return nil }
        let reason =
            test.comparesDateAsText
            ? "\(test.operator) compares texts, but the value of \(test.key) is a date."
            : "\(test.operator) compares single instants."
        return
            "\(exemptedRequests(condition)) only \(condition.requiredText). \(reason) A condition on a period needs a date "
            + "operator, such as DateLessThan or DateGreaterThan. \(mustDecide).\(exemptionSentence)"
    }

    private func sessionNameRemark(_ condition: ConditionVerdict) -> String {
        condition.condition.foldedKey == "sts:rolesessionname"
            ? " \(condition.sessionNameAdvice(matching: false, in: context))" : ""
    }

    /// The advice on a negated condition, with which the statement exempts only the listed values.
    private func exemptedValues(_ condition: ConditionVerdict) -> String? {
        guard condition.condition.operator.comparison.isNegated, !condition.found.isEmpty else { return nil }
        let key = condition.condition.key
        if condition.condition.foldedKey == "aws:sourceip" {
            return advice(
                "Make the call from an address in \(condition.publicRangesText): \(outcome.denialClause(condition)). "
                    + condition.egressAddress,
                condition.adding(
                    condition.found,
                    "Add this address to \(place) only if the host may assume the role."
                )
            )
        }
        return advice(
            "\(exemptedRequests(condition)) only \(condition.requiredText).\(sessionNameRemark(condition))",
            condition.adding(
                condition.found,
                "To exempt this request, add \(condition.foundText) to the values of \(key)."
            )
        )
    }

    /// Returns the beginning of a sentence about the exempted values: `Statement[0] exempts`.
    ///
    /// If the statement has other conditions, the sentence begins with those conditions: `Of the requests that …`.
    private func exemptedRequests(_ condition: ConditionVerdict) -> String {
        outcome.otherConditions(than: condition).map { "Of the requests that \($0), \(place) exempts" }
            ?? "\(place) exempts"
    }

    /// The advice on a condition that exempts only private source addresses, which no request has.
    private func privateSources(_ condition: ConditionVerdict) -> String? {
        guard condition.condition.hasOnlyPrivateSources, condition.condition.operator.comparison.isNegated
        else {
            return nil
        }
        return "\(condition.privateSourcesText) so the condition exempts no request. "
            + "\(condition.privateSourcesDecision)\(exemptionSentence)"
    }

    /// The advice on a condition that lists the denied values.
    private func deniedValues(_ condition: ConditionVerdict) -> String? {
        let test = condition.condition
        guard [.string, .arn, .address].contains(test.operator.comparison.family), !condition.found.isEmpty
        else {
            return nil
        }
        let fact =
            test.foldedKey == "aws:sourceip"
            ? " Make the call from another address. \(condition.egressAddress)"
            : " This request has \(condition.foundText).\(sessionNameRemark(condition))"
        return advice(
            "\(outcome.denialClause(condition)).\(fact)",
            PolicyEdit(
                words: "Narrow the condition of \(place) only if \(caller) may assume the role.",
                part: .denial
            )
        )
    }

    /// The advice on a statement that denies every request of the statement's principals.
    private var unconditional: String {
        let alternative = exemption.map { "\($0), which exempts only \(caller)" }
        let removal = PolicyEdit(words: "", part: .denial)
        let warning = refusal(of: removal).map { " Do not remove the statement: \($0.clause)." } ?? ""
        return
            "\(place) denies \(actions) to \(principals), and no Allow statement overrides the denial. Decide whether \(caller) "
            + "may assume the role.\(alternative.map { " If so, \($0)." } ?? "")\(warning)"
    }

    /// The noun for the caller.
    ///
    /// For an issuer other than Entra, the noun is the token's subject, because several callers can share a subject.
    private var caller: String {
        context.chain != nil
            ? "the hub's role" : context.issuerKind.isEntra ? "the token's identity" : "the token's subject"
    }

    /// The change that exempts only this caller, as a sentence after a space; empty without a change.
    private var exemptionSentence: String {
        exemption.map { " To exempt only \(caller), \($0)." } ?? ""
    }

    /// The words for the change that exempts only this caller; `nil` if the checks of ``PolicyEdit`` refuse the change.
    ///
    /// The change adds the caller's value to a negated condition. Requests without the value are still denied.
    private var exemption: String? {
        let (name, key, value) =
            context.chain.map { ("ArnNotEquals", "aws:PrincipalArn", $0.hub.roleARN.description) }
            ?? ("StringNotEquals", context.providerKey("sub"), context.claims?.subject ?? "the token's sub")
        let listed = statement.conditions.first {
            $0.operator.description == name && $0.foldedKey == key.lowercased()
        }
        guard let comparison = ConditionOperator(name) else { return nil }
        let exempting =
            listed.map { $0.changing(values: $0.values + [value]) }
            ?? Condition(operator: comparison, key: key, values: [value], version: policyVersion)
        let edit = PolicyEdit(
            words: listed == nil
                ? "add the condition \(name) on \(key) with \(value)"
                : "add \(value) to the values of \(name) on \(key)",
            part: .condition(listed ?? exempting, by: [exempting])
        )
        return refusal(of: edit) == nil ? edit.words : nil
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

extension ConditionVerdict {
    /// Returns the change of a Deny statement that corrects a small error in this condition.
    fileprivate func exempting(_ nearMiss: NearMiss, in context: DiagnosisContext) -> PolicyEdit.Part {
        switch nearMiss {
        case .keySlash(let key), .keyForm(let key), .keyPrefix(_, let key), .keyBlank(_, let key),
            .misspelledClaim(let key), .misspelledKey(let key), .otherIssuer(let key):
            correctingKey(to: key).part
        case .trailingSlash(let value), .letterCase(let value), .whitespace(let value, _),
            .uriForGUID(let value), .guidForURI(let value), .missingScheme(let value),
            .differentDigit(let value, _), .severalDifferences(let value, _), .scope(let value),
            .enclosed(let value), .malformedGUID(let value, _):
            correctingValue(to: value).part
        case .clientID(let value): replacing(value: context.claims?.clientID, by: value, "").part
        case .otherClaim(let claim, let value):
            replacing(value: context.claims?.payload[claim]?.string, by: value, "").part
        case .authorizedParty:
            .condition(condition, by: [condition.changing(key: context.providerKey("oaud"))])
        case .wildcardUnderEquals: .condition(condition, by: [condition.comparing(by: .stringNotLike)])
        case .variableInOldVersion: .version
        case .unsupportedClaim, .setOperatorMissing, .variableAbsent: .denial
        }
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
