import Federation
import TrustPolicy

/// The reasons that no statement of a trust policy allows a token, and the changes that would allow it.
struct TrustDenial {
    let policy: TrustPolicy
    let verdict: TrustVerdict
    let context: DiagnosisContext

    /// The causes in the nearest statement: its principal, its action, and each failed condition.
    ///
    /// The first cause has the command; one proposal covers all causes. A statement for principals other than
    /// the token's provider has a single cause, because it should not change for this token.
    var causes: [Cause] {
        let proposal = Result { () throws(NoProposal) in try PolicyProposal(for: verdict, in: context) }
        guard let index = verdict.decidingStatement else { return [noAllowStatement(proposal)] }
        let statement = verdict.statements[index]
        var reasons: [DenialReason] = []
        let principal = statement.matchesPrincipal ? nil : PrincipalMismatch(index, in: policy, context)
        if let principal { reasons.append(principal.reason) }
        if principal?.isForOthers != true {
            if !statement.matchesAction { reasons.append(actionReason(index)) }
            reasons += statement.conditions.filter { $0.outcome == .no }.map { $0.reason(in: context) }
        }
        return reasons.enumerated().map { order, reason in
            Cause(
                reason.id,
                reason.summary,
                evidence: "Statement[\(index)]\(reason.evidence)",
                fix: order == 0 || context.withheldChange != nil
                    ? fix(reason.advice, proposal, after: principal?.transition ?? "Alternatively")
                    : furtherFix(reason.advice, proposal, reasons[0].id)
            )
        }
    }

    private func fix(
        _ advice: String,
        _ proposal: Result<PolicyProposal, NoProposal>,
        after transition: String = "Alternatively"
    ) -> Fix {
        if let withheld = context.withheldChange { return withheld }
        return switch proposal {
        case .success(let proposal):
            context.storing(
                proposal.policy,
                advice: "\(advice) \(context.offeringSetup(orProposal: proposal.advice, after: transition)):"
            )
        case .failure(let reason): Fix("\(advice) \(reason.text)")
        }
    }

    /// The fix of a later cause, which shares the first cause's command or lack of a command.
    private func furtherFix(
        _ advice: String,
        _ proposal: Result<PolicyProposal, NoProposal>,
        _ first: String
    ) -> Fix {
        switch proposal {
        case .success:
            Fix(
                "\(advice) The \(context.roleName == nil ? "policy" : "command") of the cause \(first) also fixes this."
            )
        case .failure: Fix("\(advice) As for the cause \(first), cambist proposes no command.")
        }
    }

    private func noAllowStatement(_ proposal: Result<PolicyProposal, NoProposal>) -> Cause {
        Cause(
            "no-allow",
            "The trust policy has no Allow statement.",
            evidence: policy.denyOnlyText,
            fix: fix("Add an Allow statement for all identities that may assume the role.", proposal)
        )
    }

    private func actionReason(_ index: Int) -> DenialReason {
        let action = policy.statements[index].action
        return DenialReason(
            id: "action-mismatch",
            summary: "The statement does not allow sts:AssumeRoleWithWebIdentity.",
            evidence: " has \(action.elementName) \(action.names.joined(separator: ", "))",
            advice:
                "Add sts:AssumeRoleWithWebIdentity to the actions if the statement is meant for this token."
        )
    }
}

/// The reason that the principals of a statement do not include a token's provider.
private struct PrincipalMismatch {
    let reason: DenialReason
    /// Whether the statement is for other principals, so that its actions and conditions are irrelevant to the token.
    let isForOthers: Bool
    /// The adverb that relates a proposed statement to the advice.
    let transition: String

    init(_ index: Int, in policy: TrustPolicy, _ context: DiagnosisContext) {
        let statement = policy.statements[index]
        let provider = context.federatedPrincipal ?? ""
        let named = statement.principal.members[.federated, default: []]
        let callers = statement.principal.members[.aws, default: []]
        if named.isEmpty, !callers.isEmpty, !statement.action.matches("sts:AssumeRoleWithWebIdentity") {
            isForOthers = true
            transition = "Alternatively"
            reason = DenialReason(
                id: "role-chaining",
                summary: "The role trusts only AWS principals: it is intended for role chaining.",
                evidence: " allows \(statement.action.names.joined(separator: ", ")) to "
                    + "\(callers.joined(separator: ", ")), and no OIDC provider",
                advice:
                    "Create a mapping for the trusted role, and set `via` of "
                    + "\(context.request.mapping ?? "this mapping") to the new mapping: cambist then assumes this role "
                    + "with the trusted role's credentials."
            )
            return
        }
        let arns = named.compactMap(ARN.init).filter { $0.resource.hasPrefix("oidc-provider/") }
        let own = ARN(provider)
        let difference = context.claims?.issuer.flatMap { issuer in
            IssuerDifference.smallest(
                of: arns.map { String($0.resource.dropFirst("oidc-provider/".count)) },
                from: issuer
            )
        }
        let (id, summary): (String, String)
        if let sameProvider = arns.first(where: { $0.resource == own?.resource }) {
            isForOthers = false
            (id, summary) =
                sameProvider.partition == own?.partition
                ? (
                    "principal-account",
                    "The Federated ARN names a provider in an account other than the role's."
                )
                : (
                    "principal-partition",
                    "The Federated ARN names a provider in a partition other than the role's."
                )
        } else if let difference {
            isForOthers =
                difference == .tenant || difference == .path
                || difference == .version && context.hasProviderOfVersionTwo
            id = "principal-\(difference.rawValue)"
            summary = "The URL in the Federated ARN \(difference.predicate)."
        } else {
            isForOthers = true
            (id, summary) = ("principal-mismatch", "The statement does not trust the token's provider.")
        }
        transition = isForOthers ? "Instead" : "Alternatively"
        reason = DenialReason(
            id: id,
            summary: summary,
            evidence:
                " trusts \(named.isEmpty ? "no OIDC provider" : named.joined(separator: ", ")); the token's "
                + "provider is \(provider)",
            advice: isForOthers
                ? "Do not change this statement; it is for other principals."
                : "Set Principal.Federated to \(provider) if the statement is meant for this token."
        )
    }
}

extension TrustPolicy {
    /// The evidence that all statements are Deny statements.
    var denyOnlyText: String {
        statements.count == 1 ? "the only statement is Deny" : "all \(statements.count) statements are Deny"
    }
}

/// The reason that one part of a statement does not match a token.
struct DenialReason {
    let id: String
    let summary: String
    /// The observed facts, which directly follow the statement's path: a space and a verb, or a colon.
    let evidence: String
    let advice: String
}

extension Condition {
    /// The correction of the values that the operator cannot read.
    var unreadableAdvice: String {
        let values = unreadableValues
        let text = values.joined(separator: ", ")
        let corrected = values.map { "\($0)Z" }
        let isWithoutZone =
            `operator`.comparison.comparesInstants
            && !Condition(operator: `operator`, key: key, values: corrected, version: version)
                .hasUnreadableValue
        return isWithoutZone
            ? "Correct \(text), which has no time zone: in UTC, it is \(corrected.joined(separator: ", "))."
            : "Correct \(text), which \(`operator`) cannot read."
    }
}

extension ConditionVerdict {
    /// The condition, the required values, and the request's values, in one line.
    var text: String {
        let seen =
            found.isEmpty
            ? isUnknown ? "the request's value is unknown" : "the request has no value"
            : "the request's value is \(foundText)"
        return "\(condition.operator) on \(condition.key) requires \(requiredText); \(seen)"
    }

    private var requiredText: String { condition.values.joined(separator: " or ") }
    private var foundText: String { found.joined(separator: ", ") }

    /// The claim of a provider's key, or the key itself, in lowercase.
    private var name: String { OIDCKey(condition.key)?.name.lowercased() ?? condition.foldedKey }

    /// Whether the operator does not compare texts, although the request's text equals a required value.
    private var isOfOtherType: Bool {
        let comparison = condition.operator.comparison
        return !comparison.comparesTexts && !comparison.isNegated && comparison != .null
            && IssuerKind.commonClaims.contains(name) && found.contains(where: condition.values.contains)
    }

    /// Whether the condition requires the exact object ID of one identity.
    private var namesOneIdentity: Bool {
        condition.values.count == 1 && condition.values[0].isGUID
            && condition.operator.comparison == .stringEquals
    }

    /// The difference between the key's URL and the token's issuer, which follows "The URL" in a sentence.
    private func difference(in context: DiagnosisContext) -> String {
        let url = OIDCKey(condition.key)?.provider ?? ""
        let found = context.claims?.issuer.flatMap { IssuerDifference(of: url, from: $0) }
        return found?.predicate ?? "belongs to an issuer other than the token's"
    }

    /// The reason that the condition failed, and the change that would make it match.
    fileprivate func reason(in context: DiagnosisContext) -> DenialReason {
        func reason(_ id: String, _ summary: String, _ advice: String) -> DenialReason {
            DenialReason(
                id: id,
                summary: summary,
                evidence: ": " + text + (nearMiss.map { "; \($0)" } ?? ""),
                advice: advice
            )
        }
        switch nearMiss {
        case .keySlash(let correct):
            return reason(
                "condition-key-slash",
                "The condition key differs from the provider's URL only in the trailing slash.",
                "Write the key as \(correct)."
            )
        case .keyForm(let correct):
            return reason(
                "condition-key-form",
                "The condition key is not the provider's URL, a colon, and the claim.",
                "Write the key as \(correct)."
            )
        case .otherIssuer(let correct):
            return reason(
                "condition-key-issuer",
                "The URL in the condition key \(difference(in: context)).",
                "Write the key as \(correct)."
            )
        case .unsupportedClaim:
            return reason(
                "condition-key-unsupported",
                "AWS has no condition key for this claim.",
                "Use sub instead, which is \(context.claims?.subject ?? "the token's subject")."
            )
        case .trailingSlash(let found):
            return reason(
                "value-final-slash",
                "The required value differs from the request's only in the trailing slash.",
                "Write the value as \(found)."
            )
        case .letterCase(let found):
            return reason(
                "value-case",
                "The required value differs from the request's only in letter case.",
                "Write the value as \(found)."
            )
        case .whitespace(let found):
            return reason(
                "value-blanks",
                "The required value differs from the request's only in leading or trailing white space.",
                "Write the value as \(found)."
            )
        case .uriForGUID(let found):
            return reason(
                "value-uri-for-guid",
                "The policy has a URI where the token has a GUID.",
                "Write the value as \(found)."
            )
        case .guidForURI(let found):
            return reason(
                "value-guid-for-uri",
                "The policy has a GUID where the token has a URI.",
                "Write the value as \(found)."
            )
        case .scope(let found):
            return reason(
                "value-scope",
                "The policy has a scope of the application, but the token's aud is the application itself.",
                "Write the value as \(found)."
            )
        case .enclosed(let found):
            return reason(
                "value-enclosed",
                "The required value has braces or quotation marks that the request's value does not have.",
                "Write the value as \(found)."
            )
        case .clientID(let found):
            return reason(
                "sub-is-client-id",
                "The policy has the identity's client ID instead of its object ID.",
                "To allow this identity, replace \(context.claims?.clientID ?? requiredText) in the condition on "
                    + "sub with the identity's object ID, \(found)."
            )
        case .authorizedParty(let found):
            return reason(
                "aud-is-not-azp",
                "AWS compares the token's azp, but the policy has its aud.",
                "Set the condition on \(condition.key) to \(found), and add a condition on "
                    + "\(OIDCKey(condition.key)?.provider ?? "PROVIDER"):oaud for the token's aud."
            )
        case .wildcardUnderEquals:
            return reason(
                "wildcard-under-equals",
                "StringEquals does not support wildcards: * and ? match only themselves.",
                name == "sub"
                    ? "Replace the value with the exact sub \(foundText)."
                    : "Replace the value with \(foundText)."
            )
        case .setOperatorMissing:
            return reason(
                "set-operator-missing",
                "The request has several values, but the condition has no set operator.",
                "Put ForAnyValue: before the operator."
            )
        case .variableInOldVersion:
            return reason(
                "variable-in-old-version",
                "The policy's version does not support variables.",
                "Set \"Version\" to \"2012-10-17\"."
            )
        case nil where found.isEmpty:
            let missing = MissingConditionKey(of: condition.key, in: context)
            return reason(
                "key-absent",
                "The request does not contain the condition's key: \(missing.reason).",
                missing.advice
            )
        case nil: break
        }
        if isOfOtherType {
            return reason(
                "operator-type",
                "The condition's operator does not compare texts, so it never matches this value.",
                "Replace \(condition.operator) with StringEquals."
            )
        }
        if condition.hasUnreadableValue {
            return reason(
                "value-unreadable",
                "The condition has a value that is not valid for its operator, so the value never matches.",
                condition.unreadableAdvice
            )
        }
        switch name {
        case "sub" where condition.operator.comparison == .null:
            return reason(
                "sub-excluded",
                "The condition allows only tokens without a sub, and every token has a sub.",
                "If this identity may assume the role, replace the condition with StringEquals and the exact sub "
                    + "\(foundText)."
            )
        case "sub" where condition.operator.comparison.isNegated:
            return reason(
                "sub-excluded",
                "The condition excludes this identity.",
                "Remove \(foundText) from the condition only if this identity may assume the role."
            )
        case "sub" where condition.values.contains(where: context.evidence.applicationIDs.contains):
            return reason(
                "sub-is-application",
                "The policy has the object ID of an application instead of the object ID of a service principal.",
                "To allow the mapping's identity, replace the ID in the condition on sub with the identity's sub, "
                    + "\(foundText). No token has the object ID of an application (portal: App registrations) as its sub."
            )
        case "sub":
            let removal =
                namesOneIdentity
                ? "; if the identity with the sub \(requiredText) no longer exists, remove that sub" : ""
            return reason(
                "sub-mismatch",
                "The role trusts another identity.",
                "To allow the mapping's identity, add its sub \(foundText)\(removal)."
            )
        case "aud":
            return reason(
                "aud-mismatch",
                "The trust policy requires a different audience.",
                "To allow tokens for this audience, add \(foundText) to the condition."
            )
        case "sts:rolesessionname":
            let setting = RequiredSetting(of: self, in: context)?.advice(matching: true) ?? ""
            return reason(
                "session-name-mismatch",
                "The policy requires a different session name.",
                "\(setting) Or add \(foundText) to the condition."
            )
        case "aws:sourceip":
            return reason(
                "source-ip-mismatch",
                "The policy requires a different source address.",
                "Run the exchange from an address in \(requiredText), or add \(foundText) to the condition."
            )
        case "aws:currenttime", "aws:epochtime":
            return reason(
                "outside-dates",
                "The period that the policy allows has ended or has not begun.",
                "Change the dates of the condition."
            )
        default:
            return reason(
                "condition-failed",
                "A condition of the trust policy does not match.",
                "Change the condition, or the request's value (\(foundText))."
            )
        }
    }
}
