import Federation
import TrustPolicy

// The reasons that a condition of an Allow statement fails, except small errors (for example, a misspelled key).

extension ConditionVerdict {
    /// The sentence that leaves the decision about a condition to the author of the policy.
    static let authorDecides =
        "The author of the policy decides whether the token's identity may assume the role without the condition."

    /// The reason that the operator does not fit the type of the request's values; `nil` if there is none.
    var typeReason: DenialReason? {
        let comparison = condition.operator.comparison
        guard !found.isEmpty, comparison != .null else { return nil }
        if isRangeUnderEquals {
            return denialReason(
                "operator-type",
                "\(condition.operator) compares texts, so a range of addresses never matches.",
                replacing(
                    "Replace \(condition.operator) with IpAddress.",
                    by: [condition.changing(operator: ConditionOperator("IpAddress"))]
                )
            )
        }
        let isDateAsText =
            condition.comparesDateAsText && !comparison.hasWildcards && !comparison.isNegated
        guard isDateAsText || !found.contains(where: condition.canCompare) else { return nil }
        if let type = KeyType.table.first(where: { $0.keys.contains(condition.foldedKey) }) {
            return denialReason(
                "operator-type",
                "\(condition.operator) cannot compare \(type.noun), the type of the key's value, so the condition never matches.",
                advice: "The key needs \(type.operator). "
                    + "The author of the policy decides which values the key must have.",
                nil
            )
        }
        let name = comparison.isNegated ? "StringNotEquals" : "StringEquals"
        let isNamed = found.contains(where: condition.values.contains)
        // A negated condition that lists the request's value excludes the request with any type of operator.
        guard !isNamed || !comparison.isNegated else { return nil }
        return denialReason(
            "operator-type",
            "The condition's operator does not compare texts, so the condition never matches this value.",
            advice: isNamed
                ? ""
                : "\(condition.operator) cannot compare a text. With \(name), the condition would "
                    + "\(comparison.isNegated ? "exclude" : "require") \(requiredText), and the request has "
                    + "\(foundText).",
            isNamed
                ? replacing(
                    "Replace \(condition.operator) with \(name).",
                    by: [condition.changing(operator: ConditionOperator(name))]
                ) : nil
        )
    }

    private var namesOneIdentity: Bool {
        condition.values.count == 1 && condition.values[0].isGUID
            && condition.operator.comparison == .stringEquals
    }

    /// The reason that the condition fails for the request's value.
    func valueReason(in statement: TrustStatement, _ context: DiagnosisContext) -> DenialReason {
        let isNegated = condition.operator.comparison.isNegated
        if isNegated, found.contains(where: condition.values.contains) { return exclusionReason(in: context) }
        if condition.hasUnreadableValue {
            return denialReason(
                "value-unreadable",
                "The condition has a value that is not valid for its operator, so the value never matches.",
                advice: condition.unreadableText,
                replacing("Correct the value.")
            )
        }
        if condition.operator.comparison == .null { return presenceReason(in: context) }
        if isNegated { return exclusionReason(in: context) }
        if let tag = condition.key.roleTag {
            return denialReason(
                "role-tag-mismatch",
                "The role's tag \(tag) does not have the value that the policy requires.",
                advice: "The key is a tag of the role, not of the caller. Set the tag \(tag) of the role to "
                    + "\(requiredText).",
                replacing("Or change the condition.")
            )
        }
        switch name {
        case "sub" where condition.values.contains(where: context.evidence.applicationIDs.contains):
            var reason = denialReason(
                "sub-is-application",
                "The policy has the object ID of an application instead of the object ID of a service principal.",
                advice:
                    "No token has the object ID of an application (portal: App registrations) as its sub.",
                replacing(
                    "To allow \(context.callerNoun), replace the ID in the condition on sub with the identity's sub, "
                        + "\(foundText), but only if no other caller uses the statement.",
                    by: [
                        condition.changing(
                            values: condition.values.filter { !context.evidence.applicationIDs.contains($0) }
                                + found
                        )
                    ]
                )
            )
            reason.prefersStatement = true
            return reason
        case "sub":
            if let form = foreignSubjectForm(in: context) {
                let issuer = context.issuerKind.isEntra ? "identity of Entra" : "token of the issuer"
                let values = condition.values.count == 1 ? requiredText : "the values"
                // The text replaces values, but the checked edit adds a value. The added value allows no fewer callers.
                var reason = denialReason(
                    "sub-mismatch",
                    "The condition requires \(form), and no \(issuer) has such a sub.",
                    advice: originAdvice(in: context) ?? "",
                    adding(
                        found,
                        "To allow \(context.callerNoun), replace \(values) in the condition with its sub \(foundText), "
                            + "but only if no other caller uses the statement."
                    )
                )
                reason.prefersStatement = true
                return reason
            }
            let removal =
                namesOneIdentity
                ? "; if the identity with the sub \(requiredText) no longer exists, remove that sub" : ""
            return denialReason(
                "sub-mismatch",
                "The role trusts another identity.",
                advice: originAdvice(in: context) ?? "",
                adding(found, "To allow \(context.callerNoun), add its sub \(foundText)\(removal).")
            )
        case "aud":
            return denialReason(
                "aud-mismatch",
                "The trust policy requires a different audience.",
                adding(found, "To allow tokens for this audience, add \(foundText) to the condition.")
            )
        case "sts:rolesessionname":
            return denialReason(
                "session-name-mismatch",
                "The policy requires a different session name.",
                advice: sessionNameAdvice(matching: true, in: context),
                adding(found, "Or add \(foundText) to the condition.")
            )
        case "aws:sourceip":
            return denialReason(
                "source-ip-mismatch",
                "The policy requires a different source address.",
                advice: "Run the exchange from an address in \(publicRangesText). \(egressAddress)",
                adding(found, "Or add \(foundText) to the condition.")
            )
        case "aws:currenttime", "aws:epochtime":
            return denialReason(
                "outside-dates",
                "The period that the policy allows has ended or has not begun.",
                advice: period(isDenied: false) ?? "",
                replacing("Change the dates of the condition.")
            )
        default:
            return denialReason(
                "condition-failed",
                "A condition of the trust policy does not match.",
                advice: originAdvice(in: context) ?? "Change the request's value (\(foundText)).",
                replacing("Or change the condition.")
            )
        }
    }

    /// The reason that a condition on private source addresses fails; `nil` for another condition.
    var privateSourceReason: DenialReason? {
        guard condition.hasOnlyPrivateSources, !condition.operator.comparison.isNegated else { return nil }
        return denialReason(
            "source-ip-mismatch",
            "The policy requires a private source address, which no request has.",
            advice: "\(privateSourcesText) so no request meets the condition. \(privateSourcesDecision)",
            nil
        )
    }

    /// The reason that no source address is in the condition's ranges, as the beginning of a sentence.
    ///
    /// The caller completes the sentence with a clause that begins with "so".
    var privateSourcesText: String {
        "aws:SourceIp is always a public address, and requests through a VPC endpoint do not have the key. "
            + "\(condition.values.joined(separator: " and ")) \(condition.values.count == 1 ? "is" : "are") private,"
    }

    /// Sentences about the decision that the policy's author must make on a condition with private source addresses.
    var privateSourcesDecision: String {
        "The author of the policy decides which calls are meant: calls from public addresses need the public address "
            + "from which their requests leave, and calls through a VPC endpoint need the key aws:VpcSourceIp."
    }

    /// The condition's public ranges, in one line; if no range is public, all values.
    var publicRangesText: String {
        let ranges = condition.values.filter { IPNetwork($0)?.isPrivate != true }
        return ranges.isEmpty ? requiredText : ranges.joined(separator: " or ")
    }

    /// Returns the form of the first required value (for example, "a user name").
    ///
    /// `nil` if a required value can be a subject of the issuer's tokens.
    ///
    /// Sources: Microsoft Entra, "Access token claims reference": `sub` is the object ID of an application's service
    /// principal, or a pairwise ID of a user; GitHub, "OpenID Connect reference"; Kubernetes, "Service account tokens".
    private func foreignSubjectForm(in context: DiagnosisContext) -> String? {
        guard condition.operator.comparison == .stringEquals, condition.variableKeys.isEmpty,
            let value = condition.values.first
        else { return nil }
        let applications = context.audienceApplications
        if context.issuerKind.isEntra {
            let isForeign = { (value: String) in
                !value.isGUID && !value.isPairwiseID || applications.contains(value.lowercased())
            }
            guard condition.values.allSatisfy(isForeign) else { return nil }
            if applications.contains(value.lowercased()) { return "the application ID of the audience" }
            if context.claims?.payload["roles"]?.strings.contains(value) == true {
                return "the token's app role"
            }
            return Self.subjectForm(of: value)?.noun
                ?? (value.contains("@") ? "a user name" : "a text that is not an object ID")
        }
        // The subjects of an issuer other than Entra have many forms. A value is foreign only in another issuer's form.
        guard let own = found.first.flatMap(Self.subjectForm),
            condition.values.allSatisfy({ value in
                value.isGUID || Self.subjectForm(of: value).map { $0.prefix != own.prefix } == true
            })
        else { return nil }
        return value.isGUID ? "an object ID of Entra" : Self.subjectForm(of: value)?.noun
    }

    /// The form of a subject that begins with a prefix of an issuer; `nil` for another text.
    private static func subjectForm(of value: String) -> (prefix: String, noun: String)? {
        let forms = [
            ("/subscriptions/", "an Azure resource ID"),
            ("system:serviceaccount:", "the name of a Kubernetes service account"),
            ("repo:", "the name of a GitHub repository"),
        ]
        return forms.first { value.lowercased().hasPrefix($0.0) }
    }

    /// The address that AWS sees, as a sentence.
    var egressAddress: String {
        "AWS sees the public address from which this host's requests leave (its egress address), which is \(foundText)."
    }

    /// Returns the reason that a negated operator excludes the request's value.
    private func exclusionReason(in context: DiagnosisContext) -> DenialReason {
        let decision = "The author of the policy excluded this value and decides whether to allow it."
        func reason(_ id: String, _ summary: String, _ advice: String) -> DenialReason {
            denialReason(id, summary, advice: advice.isEmpty ? decision : "\(advice) \(decision)", nil)
        }
        if let tag = condition.key.roleTag {
            return reason(
                "role-tag-mismatch",
                "The role's tag \(tag) has a value that the policy excludes.",
                "The key is a tag of the role, not of the caller."
            )
        }
        switch name {
        case "sub":
            return denialReason(
                "sub-excluded",
                "The condition excludes the token's identity.",
                replacing(
                    "Remove \(foundText) from the condition only if the token's identity may assume the role.",
                    by: [condition.changing(values: condition.values.filter { !found.contains($0) })]
                )
            )
        case "aud", "oaud":
            return reason("aud-excluded", "The condition excludes the token's audience.", "")
        case "sts:rolesessionname":
            return reason(
                "session-name-mismatch",
                "The policy excludes the request's session name.",
                sessionNameAdvice(matching: true, in: context)
            )
        case "aws:sourceip":
            return reason(
                "source-ip-mismatch",
                "The policy excludes the request's source address.",
                "Run the exchange from an address outside \(requiredText). \(egressAddress)"
            )
        case "aws:currenttime", "aws:epochtime":
            return reason(
                "outside-dates",
                "The policy excludes the time of the request.",
                "Run the exchange again."
            )
        default:
            return reason(
                "condition-failed",
                "The condition excludes the request's value of \(condition.key).",
                ""
            )
        }
    }
}

extension DiagnosisContext {
    /// The application IDs of the audience, in lowercase, which are never the sub of a token.
    fileprivate var audienceApplications: Set<String> {
        let audiences = (claims?.audiences ?? []) + [requestedAudience].compactMap(\.self)
        let ids = audiences.map { $0.hasPrefix("api://") ? String($0.dropFirst("api://".count)) : $0 }
        return Set(
            ([evidence.assignment?.applicationID].compactMap(\.self) + ids.filter(\.isGUID)).map {
                $0.lowercased()
            }
        )
    }
}

extension String {
    /// Whether the text has the form of a user's ID for one application: 40 or more characters of Base64url.
    fileprivate var isPairwiseID: Bool {
        utf8.count >= 40 && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
    }
}

/// A type of values other than text, with AWS condition keys of that type.
///
/// Source: IAM user guide, AWS global condition context keys; service authorization reference, condition keys of STS.
private struct KeyType {
    let keys: Set<String>
    /// The type, in a sentence.
    let noun: String
    /// The operators that compare the type, in a sentence.
    let `operator`: String

    static let table = [
        KeyType(
            keys: Condition.dateKeys,
            noun: "a date",
            operator: "a date operator, such as DateLessThan"
        ),
        KeyType(
            keys: ["aws:sourceip", "aws:vpcsourceip"],
            noun: "an IP address",
            operator: "IpAddress or NotIpAddress"
        ),
        KeyType(
            keys: [
                "aws:multifactorauthpresent", "aws:principalisawsservice", "aws:securetransport",
                "aws:viaawsservice", "sts:roleauthorizedbyidp",
            ],
            noun: "true or false",
            operator: "Bool"
        ),
        KeyType(
            keys: ["aws:multifactorauthage", "sts:durationseconds"],
            noun: "a number",
            operator: "a numeric operator"
        ),
    ]
}
