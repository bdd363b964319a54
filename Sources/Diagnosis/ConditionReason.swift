import Federation
import TrustPolicy

// The reasons that the conditions of an Allow statement fail for a token.

extension String {
    /// The name of the role's tag that this condition key tests; `nil` for another key.
    var roleTag: String? {
        let prefix = ["aws:resourcetag/", "iam:resourcetag/"].first { lowercased().hasPrefix($0) }
        return prefix.map { String(dropFirst($0.count)) }
    }
}

extension ConditionVerdict {
    /// The claim that an OIDC provider's key tests, or the complete key if the key is of another kind; in lowercase.
    var name: String { OIDCKey(condition.key)?.name.lowercased() ?? condition.foldedKey }

    /// Returns the edit that replaces those values that differ only slightly from the request's value.
    ///
    /// If no value differs only slightly, the edit replaces all values.
    func correctingValue(to found: String) -> PolicyEdit {
        let isWrong = { (value: String) in
            NearMiss(betweenRequired: value, found: found, ofClaim: name) != nil
                || condition.values.count == 1
        }
        let hasWrong = condition.values.contains(where: isWrong)
        let corrected = condition.values.map { !hasWrong || isWrong($0) ? found : $0 }
        return replacing("Write the value as \(found).", by: [condition.changing(values: corrected)])
    }

    /// Returns the edit that replaces a value, ignoring letter case.
    func replacing(value: String?, by found: String, _ words: String) -> PolicyEdit {
        let folded = value?.lowercased()
        let values = condition.values.map { $0.lowercased() == folded ? found : $0 }
        return replacing(words, by: [condition.changing(values: values)])
    }

    /// Returns the edit that corrects the key.
    func correctingKey(to correct: String) -> PolicyEdit {
        replacing("Write the key as \(correct).", by: [condition.changing(key: correct)])
    }

    /// Returns the edit that corrects the key, and those values that differ only slightly from the request's value.
    private func correcting(
        key correct: String,
        in statement: TrustStatement,
        _ context: DiagnosisContext
    ) -> PolicyEdit {
        let corrected = statement.replacingConditions(by: [condition.changing(key: correct)])
        guard let policy = context.policy?.replacingStatements(by: [corrected]),
            let outcome = context.verdict(of: policy)?.statements[0].conditions.first, outcome.outcome == .no,
            let nearMiss = outcome.nearMiss, let value = nearMiss.correctValue,
            case .condition(_, let conditions) = outcome.correctingValue(to: value).part
        else { return correctingKey(to: correct) }
        return replacing(
            "Write the key as \(correct), and the value as \(value), because \(nearMiss).",
            by: conditions
        )
    }

    /// Returns the edit that adds the request's values to the condition's values.
    func adding(_ values: [String], _ words: String) -> PolicyEdit {
        replacing(words, by: [condition.changing(values: condition.values + values)])
    }

    /// Returns the edit that replaces the condition; without new conditions, `words` alone describe the replacement.
    func replacing(_ words: String, by conditions: [Condition?] = []) -> PolicyEdit {
        PolicyEdit(words: words, part: .condition(condition, by: conditions.compactMap(\.self)))
    }

    /// Returns the condition that requires exactly this value of a claim.
    func exact(_ claim: String, _ value: String?, in context: DiagnosisContext) -> Condition? {
        guard let value else { return nil }
        return condition.changing(
            operator: ConditionOperator("StringEquals"),
            key: context.providerKey(claim),
            values: [value]
        )
    }

    /// Returns the edit of the condition for a key that the request does not contain.
    func edit(_ change: MissingConditionKey.Change, in context: DiagnosisContext) -> PolicyEdit {
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

    /// Returns the difference between the key's URL and the token's issuer, as words that follow "The URL".
    private func difference(in context: DiagnosisContext) -> String {
        let url = OIDCKey(condition.key)?.provider ?? ""
        if let defect = ProviderURLDefect(in: url) {
            return "contains \(defect.part), which no provider in IAM has"
        }
        let found = context.claims?.issuer.flatMap { IssuerDifference(of: url, from: $0) }
        return found?.predicate ?? "belongs to an issuer other than the token's"
    }

    /// Returns the reason that the condition failed, with a correction of the condition, if any.
    func reason(in statement: TrustStatement, _ context: DiagnosisContext) -> DenialReason {
        var reason = mistake(in: statement, context)
        // In every case, the operator can also set the mapping's session_name to the required value.
        if name == "sts:rolesessionname", reason.advice.isEmpty, !found.isEmpty,
            condition.variableKeys.isEmpty, nearMiss != .variableInOldVersion,
            condition.operator.comparison != .null
        {
            reason.advice = sessionNameAdvice(matching: true, in: context)
        }
        return reason
    }

    /// Returns the small error that made the condition fail (for example, a misspelled key), or another reason.
    private func mistake(in statement: TrustStatement, _ context: DiagnosisContext) -> DenialReason {
        if let refusedReason = refusedReason(in: context) { return refusedReason }
        if let typeReason { return typeReason }
        if let privateSourceReason { return privateSourceReason }
        switch nearMiss {
        case .keySlash(let correct):
            return denialReason(
                "condition-key-slash",
                "The condition key differs from the provider's URL only in the trailing slash.",
                correcting(key: correct, in: statement, context)
            )
        case .keyForm(let correct):
            return denialReason(
                "condition-key-form",
                "The condition key is not the provider's URL, a colon, and the claim.",
                correcting(key: correct, in: statement, context)
            )
        case .keyPrefix(let prefix, let correct):
            return denialReason(
                "condition-key-prefix",
                "The condition key begins with \(prefix), which AWS omits in condition keys.",
                correcting(key: correct, in: statement, context)
            )
        case .keyBlank(let character, let correct):
            return denialReason(
                "condition-key-blank",
                "The condition key has \(character), so no request has the key.",
                correcting(key: correct, in: statement, context)
            )
        case .misspelledClaim(let correct):
            return denialReason(
                "condition-key-claim",
                "The claim in the condition key is misspelled, so no request has the key.",
                correcting(key: correct, in: statement, context)
            )
        case .misspelledKey(let correct):
            return denialReason(
                "condition-key-name",
                "The condition key is misspelled, so no request has the key.",
                advice: correctedText(correct),
                correcting(key: correct, in: statement, context)
            )
        case .otherIssuer(let correct):
            return denialReason(
                "condition-key-issuer",
                "The URL in the condition key \(difference(in: context)).",
                correcting(key: correct, in: statement, context)
            )
        case .unsupportedClaim(let claim):
            let summary = "AWS has no condition key for the claim \(claim.name)."
            let removal = MissingConditionKey.removal(of: condition.key, from: statement, context)
            if removal != nil, !RefusedClaim.identifiesCaller(claim.name.lowercased()) {
                return denialReason(
                    "condition-key-unsupported",
                    summary,
                    advice: MissingConditionKey.decision(on: condition.key, of: claim.name, context),
                    nil
                )
            }
            return denialReason(
                "condition-key-unsupported",
                summary,
                removal.map { edit($0, in: context) }
                    ?? replacing(
                        "Use sub instead, which is \(context.claims?.subject ?? "the token's subject").",
                        by: [exact("sub", context.claims?.subject, in: context)]
                    )
            )
        case .trailingSlash(let found):
            return denialReason(
                "value-final-slash",
                "The required value differs from the request's only in the trailing slash.",
                correctingValue(to: found)
            )
        case .letterCase(let found):
            return denialReason(
                "value-case",
                "The required value differs from the request's only in letter case.",
                correctingValue(to: found)
            )
        case .whitespace(let found, let character):
            return denialReason(
                "value-blanks",
                "The required value differs from the request's only in white space or invisible characters: "
                    + "\(character).",
                correctingValue(to: found)
            )
        case .uriForGUID(let found):
            return denialReason(
                "value-uri-for-guid",
                "The policy has a URI where the token has a GUID.",
                correctingValue(to: found)
            )
        case .guidForURI(let found):
            return denialReason(
                "value-guid-for-uri",
                "The policy has a GUID where the token has a URI.",
                correctingValue(to: found)
            )
        case .missingScheme(let found):
            return denialReason(
                "value-scheme",
                "The required value lacks api://, with which the request's value begins.",
                correctingValue(to: found)
            )
        case .differentDigit(let found, _):
            return denialReason(
                "value-digit",
                "The required value differs from the token's \(name) in one digit of a GUID.",
                advice: "If the statement is meant for another application, do not change the value.",
                correctingValue(to: found)
            )
        case .severalDifferences(let found, let differences):
            return denialReason(
                "value-spelling",
                "The required value differs from the request's only in \(differences).",
                correctingValue(to: found)
            )
        case .scope(let found):
            return denialReason(
                "value-scope",
                "The policy has a scope of the application, but the token's aud is the application itself.",
                correctingValue(to: found)
            )
        case .enclosed(let found):
            return denialReason(
                "value-enclosed",
                "The required value has braces or quotation marks that the request's value does not have.",
                correctingValue(to: found)
            )
        case .malformedGUID(let found, let defect):
            return denialReason(
                "value-guid",
                "The required value is meant for the \(name) \(found), but \(defect).",
                correctingValue(to: found)
            )
        case .clientID(let found):
            return denialReason(
                "sub-is-client-id",
                "The policy has the identity's client ID instead of its object ID.",
                replacing(
                    value: context.claims?.clientID,
                    by: found,
                    "To allow \(context.callerNoun), replace \(context.claims?.clientID ?? requiredText) in the condition on "
                        + "sub with the identity's object ID, \(found)."
                )
            )
        case .otherClaim(let claim, let found):
            let value = context.claims?.payload[claim]?.string
            let meaning = name == "sub" && context.issuerKind.isEntra ? ", the identity's object ID" : ""
            return denialReason(
                "\(name)-is-other-claim",
                "The policy has the token's \(claim), but AWS compares the token's \(name)\(meaning).",
                replacing(
                    value: value,
                    by: found,
                    "To allow \(context.callerNoun), replace "
                        + "\(condition.values.count > 1 ? value ?? "the value" : "the value") in the condition on \(name) "
                        + "with \(found)."
                )
            )
        case .authorizedParty(let found):
            return denialReason(
                "aud-is-not-azp",
                "AWS compares the token's azp, but the policy has its aud.",
                replacing(
                    "Set the condition on \(condition.key) to \(found), and add a condition on "
                        + "\(context.providerKey("oaud")) for the token's aud.",
                    by: [
                        condition.changing(values: [found]),
                        exact("oaud", context.claims?.audiences.first, in: context),
                    ]
                )
            )
        case .wildcardUnderEquals:
            return denialReason(
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
            return denialReason(
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
            return denialReason(
                "variable-in-old-version",
                "The policy's version does not support variables.",
                PolicyEdit(words: "Set \"Version\" to \"2012-10-17\".", part: .version)
            )
        case .variableAbsent(let key):
            return denialReason(
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
            let testsPresence = condition.operator.comparison == .null && missing.change?.kind.isOpen == true
            return denialReason(
                "key-absent",
                "The request does not contain the condition's key: \(missing.reason).",
                advice: missing.advice,
                testsPresence ? nil : missing.change.map { edit($0, in: context) }
            )
        case nil: return valueReason(in: statement, context)
        }
    }

    /// Returns a sentence that shows whether the condition would match with the correct key.
    func correctedText(_ correct: String) -> String {
        switch meantOutcome {
        case .yes: "With the key \(correct), the condition matches this request."
        case .no: "With the key \(correct), the condition does not match this request."
        case .unknown, nil:
            "Whether the condition with the key \(correct) matches this request is not known, because only AWS knows the "
                + "value."
        }
    }

    /// Returns a reason; the evidence is the condition with its small error, if any (for example, a misspelled key).
    func denialReason(
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
}

extension NearMiss {
    /// The value with which the condition would match; `nil` if the small error is not in a value.
    fileprivate var correctValue: String? {
        switch self {
        case .trailingSlash(let found), .letterCase(let found), .whitespace(let found, _),
            .uriForGUID(let found), .guidForURI(let found), .missingScheme(let found),
            .differentDigit(let found, _), .severalDifferences(let found, _), .scope(let found),
            .enclosed(let found), .malformedGUID(let found, _), .clientID(let found):
            found
        default: nil
        }
    }
}
