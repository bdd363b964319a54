import Federation
import TrustPolicy

// The reasons that the conditions of an Allow statement fail for a token.

extension Condition {
    /// The values that the operator cannot read, and the values with a time zone if only it is missing, as a sentence.
    var unreadableText: String {
        let values = unreadableValues
        let text = values.joined(separator: ", ")
        let corrected = values.map { "\($0)Z" }
        let isWithoutZone =
            `operator`.comparison.comparesInstants && !changing(values: corrected).hasUnreadableValue
        return isWithoutZone
            ? "\(text) has no time zone; in UTC, it is \(corrected.joined(separator: ", "))."
            : "\(`operator`) cannot read \(text)."
    }
}

extension Condition {
    /// The advice on a condition that requires the absence of a network key; `nil` for another key.
    ///
    /// Source: IAM user guide, AWS global condition context keys: a request through a VPC endpoint has no `aws:SourceIp`,
    /// and only such a request has `aws:SourceVpc` and `aws:SourceVpce`.
    fileprivate var networkAdvice: String? {
        let path: String? =
            switch foldedKey {
            case "aws:sourceip": "through a VPC endpoint for STS"
            case "aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn", "aws:vpcsourceip":
                "over the public network, not through a VPC endpoint"
            default: nil
            }
        return path.map { "Make the call \($0); the condition requires this, so leave it unchanged." }
    }
}

extension String {
    /// The name of the role's tag that this condition key tests; `nil` for another key.
    var roleTag: String? {
        let prefix = ["aws:resourcetag/", "iam:resourcetag/"].first { lowercased().hasPrefix($0) }
        return prefix.map { String(dropFirst($0.count)) }
    }
}

extension ConditionVerdict {
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

    /// The edit that replaces the values that differ from the request's value only slightly, or all values.
    func correctingValue(to found: String) -> PolicyEdit {
        let isWrong = { (value: String) in
            NearMiss(betweenRequired: value, found: found) != nil || condition.values.count == 1
        }
        let hasWrong = condition.values.contains(where: isWrong)
        let corrected = condition.values.map { !hasWrong || isWrong($0) ? found : $0 }
        return replacing("Write the value as \(found).", by: [condition.changing(values: corrected)])
    }

    /// The edit that replaces a value, ignoring its letter case.
    func replacing(value: String?, by found: String, _ words: String) -> PolicyEdit {
        let folded = value?.lowercased()
        let values = condition.values.map { $0.lowercased() == folded ? found : $0 }
        return replacing(words, by: [condition.changing(values: values)])
    }

    /// The edit that corrects the key.
    func correctingKey(to correct: String) -> PolicyEdit {
        replacing("Write the key as \(correct).", by: [condition.changing(key: correct)])
    }

    /// The edit that adds the request's values to the condition's values.
    func adding(_ values: [String], _ words: String) -> PolicyEdit {
        replacing(words, by: [condition.changing(values: condition.values + values)])
    }

    /// The edit that replaces the condition; by nothing if the words leave the replacement open.
    private func replacing(_ words: String, by conditions: [Condition?] = []) -> PolicyEdit {
        PolicyEdit(words: words, part: .condition(condition, by: conditions.compactMap(\.self)))
    }

    /// The condition that requires exactly this value of a claim.
    private func exact(_ claim: String, _ value: String?, in context: DiagnosisContext) -> Condition? {
        guard let value else { return nil }
        return condition.changing(
            operator: ConditionOperator("StringEquals"),
            key: context.providerKey(claim),
            values: [value]
        )
    }

    /// The edit of the condition for a key that the request does not contain.
    private func edit(_ change: MissingConditionKey.Change, in context: DiagnosisContext) -> PolicyEdit {
        switch change.kind {
        case .key(let key): return replacing(change.words, by: [condition.changing(key: key)])
        case .subjectAndAudience:
            return replacing(
                change.words,
                by: [
                    exact("sub", context.claims?.subject, in: context),
                    exact("aud", context.claims?.effectiveAudiences.first, in: context),
                ]
            )
        case .separation: return PolicyEdit(words: change.words, part: .separation(without: condition))
        case .removal, .anyReplacement: return replacing(change.words)
        }
    }

    /// The difference between the key's URL and the token's issuer, which follows "The URL" in a sentence.
    private func difference(in context: DiagnosisContext) -> String {
        let url = OIDCKey(condition.key)?.provider ?? ""
        if let defect = ProviderURLDefect(in: url) {
            return "contains \(defect.part), which no provider in IAM has"
        }
        let found = context.claims?.issuer.flatMap { IssuerDifference(of: url, from: $0) }
        return found?.predicate ?? "belongs to an issuer other than the token's"
    }

    /// The reason that the condition failed, and the change that would make it match.
    func reason(in statement: TrustStatement, _ context: DiagnosisContext) -> DenialReason {
        func reason(
            _ id: String,
            _ summary: String,
            advice: String = "",
            _ edit: PolicyEdit?
        ) -> DenialReason {
            DenialReason(
                id: id,
                summary: summary,
                evidence: ": " + requirementText + (nearMiss.map { "; \($0)" } ?? ""),
                advice: advice,
                edit: edit
            )
        }
        if let refusedReason = refusedReason(in: context) { return refusedReason }
        switch nearMiss {
        case .keySlash(let correct):
            return reason(
                "condition-key-slash",
                "The condition key differs from the provider's URL only in the trailing slash.",
                correctingKey(to: correct)
            )
        case .keyForm(let correct):
            return reason(
                "condition-key-form",
                "The condition key is not the provider's URL, a colon, and the claim.",
                correctingKey(to: correct)
            )
        case .keyPrefix(let prefix, let correct):
            return reason(
                "condition-key-prefix",
                "The condition key begins with \(prefix), which AWS omits in condition keys.",
                correctingKey(to: correct)
            )
        case .keyBlank(let character, let correct):
            return reason(
                "condition-key-blank",
                "The condition key has \(character), so no request has the key.",
                correctingKey(to: correct)
            )
        case .misspelledClaim(let correct):
            return reason(
                "condition-key-claim",
                "The claim in the condition key is misspelled, so no request has the key.",
                correctingKey(to: correct)
            )
        case .otherIssuer(let correct):
            return reason(
                "condition-key-issuer",
                "The URL in the condition key \(difference(in: context)).",
                correctingKey(to: correct)
            )
        case .unsupportedClaim:
            return reason(
                "condition-key-unsupported",
                "AWS has no condition key for this claim.",
                MissingConditionKey.removal(of: condition.key, from: statement, context)
                    .map { edit($0, in: context) }
                    ?? replacing(
                        "Use sub instead, which is \(context.claims?.subject ?? "the token's subject").",
                        by: [exact("sub", context.claims?.subject, in: context)]
                    )
            )
        case .trailingSlash(let found):
            return reason(
                "value-final-slash",
                "The required value differs from the request's only in the trailing slash.",
                correctingValue(to: found)
            )
        case .letterCase(let found):
            return reason(
                "value-case",
                "The required value differs from the request's only in letter case.",
                correctingValue(to: found)
            )
        case .whitespace(let found, let character):
            return reason(
                "value-blanks",
                "The required value differs from the request's only in white space or invisible characters: "
                    + "\(character).",
                correctingValue(to: found)
            )
        case .uriForGUID(let found):
            return reason(
                "value-uri-for-guid",
                "The policy has a URI where the token has a GUID.",
                correctingValue(to: found)
            )
        case .guidForURI(let found):
            return reason(
                "value-guid-for-uri",
                "The policy has a GUID where the token has a URI.",
                correctingValue(to: found)
            )
        case .scope(let found):
            return reason(
                "value-scope",
                "The policy has a scope of the application, but the token's aud is the application itself.",
                correctingValue(to: found)
            )
        case .enclosed(let found):
            return reason(
                "value-enclosed",
                "The required value has braces or quotation marks that the request's value does not have.",
                correctingValue(to: found)
            )
        case .clientID(let found):
            return reason(
                "sub-is-client-id",
                "The policy has the identity's client ID instead of its object ID.",
                replacing(
                    value: context.claims?.clientID,
                    by: found,
                    "To allow this identity, replace \(context.claims?.clientID ?? requiredText) in the condition on "
                        + "sub with the identity's object ID, \(found)."
                )
            )
        case .otherClaim(let claim, let found):
            let value = context.claims?.payload[claim]?.string
            let meaning = name == "sub" && context.issuerKind.isEntra ? ", the identity's object ID" : ""
            return reason(
                "\(name)-is-other-claim",
                "The policy has the token's \(claim), but AWS compares the token's \(name)\(meaning).",
                replacing(
                    value: value,
                    by: found,
                    "To allow this \(context.issuerKind.isEntra ? "identity" : "subject"), replace "
                        + "\(condition.values.count > 1 ? value ?? "the value" : "the value") in the condition on \(name) "
                        + "with \(found)."
                )
            )
        case .authorizedParty(let found):
            return reason(
                "aud-is-not-azp",
                "AWS compares the token's azp, but the policy has its aud.",
                replacing(
                    "Set the condition on \(condition.key) to \(found), and add a condition on "
                        + "\(OIDCKey(condition.key)?.provider ?? "PROVIDER"):oaud for the token's aud.",
                    by: [
                        condition.changing(values: [found]),
                        exact("oaud", context.claims?.audiences.first, in: context),
                    ]
                )
            )
        case .wildcardUnderEquals:
            return reason(
                "wildcard-under-equals",
                "StringEquals does not support wildcards: * and ? match only themselves.",
                replacing(
                    name == "sub"
                        ? "Replace the value with the exact sub \(foundText)."
                        : "Replace the value with \(foundText).",
                    by: [condition.changing(values: found)]
                )
            )
        case .setOperatorMissing:
            return reason(
                "set-operator-missing",
                "The request has several values, but the condition has no set operator.",
                replacing(
                    "Put ForAnyValue: before the operator.",
                    by: [
                        condition.changing(
                            operator: ConditionOperator("ForAnyValue:\(condition.operator)")
                        )
                    ]
                )
            )
        case .variableInOldVersion:
            return reason(
                "variable-in-old-version",
                "The policy's version does not support variables.",
                PolicyEdit(words: "Set \"Version\" to \"2012-10-17\".", part: .version)
            )
        case .variableAbsent(let key):
            return reason(
                "variable-absent",
                "The policy variable ${\(key)} has no value for this token: "
                    + "\(MissingConditionKey(of: key, in: statement, context).reason).",
                replacing(
                    "Replace ${\(key)} with the required text, or with a variable that every token has: "
                        + "${\(context.providerKey("sub"))}."
                )
            )
        case nil where found.isEmpty:
            let missing = MissingConditionKey(of: condition.key, in: statement, context)
            return reason(
                "key-absent",
                "The request does not contain the condition's key: \(missing.reason).",
                advice: missing.advice,
                missing.change.map { edit($0, in: context) }
            )
        case nil: break
        }
        if isOfOtherType {
            return reason(
                "operator-type",
                "The condition's operator does not compare texts, so it never matches this value.",
                replacing(
                    "Replace \(condition.operator) with StringEquals.",
                    by: [condition.changing(operator: ConditionOperator("StringEquals"))]
                )
            )
        }
        if condition.hasUnreadableValue {
            return reason(
                "value-unreadable",
                "The condition has a value that is not valid for its operator, so the value never matches.",
                advice: condition.unreadableText,
                replacing("Correct the value.")
            )
        }
        if condition.operator.comparison == .null {
            if let network = condition.networkAdvice {
                return reason(
                    "key-present",
                    "The condition allows only requests without its key, and this request has the key.",
                    advice: network,
                    nil
                )
            }
            let isAlwaysPresent = name == "sub" || name == "aud"
            return reason(
                isAlwaysPresent ? "\(name)-excluded" : "key-present",
                isAlwaysPresent
                    ? "The condition allows only tokens without \(name == "sub" ? "a" : "an") \(name), and every token has "
                        + "\(name == "sub" ? "a sub" : "an aud")."
                    : "The condition allows only requests without its key, and this request has the key.",
                replacing(
                    "If this identity may assume the role, replace the condition with StringEquals on \(condition.key) and "
                        + "the exact value \(foundText).",
                    by: [
                        condition.changing(operator: ConditionOperator("StringEquals"), values: found)
                    ]
                )
            )
        }
        if let tag = condition.key.roleTag {
            return reason(
                "role-tag-mismatch",
                "The role's tag \(tag) does not have the value that the policy requires.",
                advice: "The key is a tag of the role, not of the caller. Set the tag \(tag) of the role to "
                    + "\(requiredText).",
                replacing("Or change the condition.")
            )
        }
        switch name {
        case "sub" where condition.operator.comparison.isNegated:
            return reason(
                "sub-excluded",
                "The condition excludes this identity.",
                replacing(
                    "Remove \(foundText) from the condition only if this identity may assume the role.",
                    by: [condition.changing(values: condition.values.filter { !found.contains($0) })]
                )
            )
        case "sub" where condition.values.contains(where: context.evidence.applicationIDs.contains):
            return reason(
                "sub-is-application",
                "The policy has the object ID of an application instead of the object ID of a service principal.",
                replacing(
                    "To allow the mapping's identity, replace the ID in the condition on sub with the identity's sub, "
                        + "\(foundText). No token has the object ID of an application (portal: App registrations) as its sub.",
                    by: [
                        condition.changing(
                            values: condition.values.filter { !context.evidence.applicationIDs.contains($0) }
                                + found
                        )
                    ]
                )
            )
        case "sub":
            let removal =
                namesOneIdentity
                ? "; if the identity with the sub \(requiredText) no longer exists, remove that sub" : ""
            return reason(
                "sub-mismatch",
                "The role trusts another identity.",
                adding(found, "To allow the mapping's identity, add its sub \(foundText)\(removal).")
            )
        case "aud":
            return reason(
                "aud-mismatch",
                "The trust policy requires a different audience.",
                adding(found, "To allow tokens for this audience, add \(foundText) to the condition.")
            )
        case "sts:rolesessionname":
            let setting = RequiredSetting(of: self, in: context)?.advice(matching: true) ?? ""
            return reason(
                "session-name-mismatch",
                "The policy requires a different session name.",
                advice: setting,
                adding(found, "Or add \(foundText) to the condition.")
            )
        case "aws:sourceip":
            return reason(
                "source-ip-mismatch",
                "The policy requires a different source address.",
                advice: "Run the exchange from an address in \(requiredText).",
                adding(found, "Or add \(foundText) to the condition.")
            )
        case "aws:currenttime", "aws:epochtime":
            return reason(
                "outside-dates",
                "The period that the policy allows has ended or has not begun.",
                replacing("Change the dates of the condition.")
            )
        default:
            return reason(
                "condition-failed",
                "A condition of the trust policy does not match.",
                advice: "Change the request's value (\(foundText)).",
                replacing("Or change the condition.")
            )
        }
    }
}
