import Federation
import TrustPolicy

/// The reason that a request with a token does not have a condition key, and the advice on the condition.
///
/// Source: AWS global condition context keys; IAM user guide, condition keys for web identity federation.
struct MissingConditionKey {
    /// The reason as a clause, for use after a colon.
    let reason: String
    /// The advice that does not change the policy; may be empty.
    let advice: String
    /// The change of the policy, if any.
    let change: Change?

    /// A change of the condition, with a description in sentences.
    struct Change {
        enum Kind {
            /// Tests another key with the same values.
            case key(String)
            /// Requires the exact subject and audience instead.
            case subjectAndAudience
            /// Removes the condition from the statement.
            case removal
            /// Moves the OIDC provider into a separate statement without the condition.
            case separation
            /// A change that the description does not specify: `Or change the condition.`
            case anyReplacement

            var isOpen: Bool { if case .anyReplacement = self { true } else { false } }
        }

        let words: String
        let kind: Kind
    }

    init(of key: String, in statement: TrustStatement, _ context: DiagnosisContext) {
        let folded = key.lowercased()
        let replacement =
            Self.removal(of: key, from: statement, context)
            ?? Change(
                words: "Use \(context.providerKey("sub")) and :aud instead.",
                kind: .subjectAndAudience
            )
        if let tag = Self.tag(of: key, after: "aws:principaltag/") {
            let isSent = context.claims?.sessionTags[tag] != nil
            reason = "a token has no principal yet and therefore no principal tags"
            advice =
                "A session tag has the key aws:RequestTag/\(tag)"
                + (isSent ? "." : "; this token has no tag \(tag)\(context.sessionTagClause).")
            change = Change(
                words: isSent ? "Use this key instead." : "Use this key if the issuer sets session tags.",
                kind: .key("aws:RequestTag/\(tag)")
            )
        } else if let tag = Self.tag(of: key, after: "aws:requesttag/") {
            reason = "the token has no session tag \(tag)\(context.sessionTagClause)"
            advice =
                context.issuerKind.isEntra
                ? Self.entraAdvice(on: "https://aws.amazon.com/tags", key)
                : "Configure the issuer to add the tag to the claim https://aws.amazon.com/tags."
            change = nil
        } else if let tag = key.roleTag {
            reason = "the role has no tag \(tag)"
            advice = "The key is a tag of the role, not of the caller. Add the tag \(tag) to the role."
            change = Change(words: "Or change the condition.", kind: .anyReplacement)
        } else if context.issuerKind.isEntra,
            let known = Self.tokenClaims.first(where: { $0.key == folded })
        {
            reason = known.reason
            advice = Self.entraAdvice(on: known.claim, key)
            change = nil
        } else if let known = Self.table.first(where: { folded.hasPrefix($0.prefix) }) {
            reason = known.reason
            (advice, change) =
                known.advice.isEmpty
                ? Self.decision(onKeyOfAWS: key, in: statement, context) : (known.advice, known.change)
        } else if let claim = OIDCKey(key) {
            (reason, advice, change) = Self.absence(of: claim, in: context, replacement)
        } else {
            reason = "AWS does not set \(key) for a token"
            (advice, change) = Self.decision(onKeyOfAWS: key, in: statement, context)
        }
    }

    /// Returns the change that removes a condition that no token meets.
    ///
    /// Returns `nil` unless other conditions restrict the subject and the audience. If the statement has other
    /// principals, the change moves the OIDC provider into a separate statement. The other principals keep the
    /// condition.
    static func removal(
        of key: String,
        from statement: TrustStatement,
        _ context: DiagnosisContext
    ) -> Change? {
        let restricted = statement.conditions.filter(\.requiresValue).map(\.foldedKey)
        let needed = ["sub", "aud"].map { context.providerKey($0).lowercased() }
        guard needed.allSatisfy(restricted.contains), !needed.contains(key.lowercased()) else { return nil }
        let rest = "the conditions on :sub and :aud still restrict the tokens"
        return statement.principal.members.keys.contains { $0 != .federated }
            ? Change(
                words:
                    "Put the OIDC provider into a separate statement without the condition on \(key), which no token "
                    + "meets; \(rest).",
                kind: .separation
            )
            : Change(
                words: "Remove the condition on \(key), which no token meets; \(rest).",
                kind: .removal
            )
    }

    /// Returns the advice on a condition about a claim that AWS cannot test.
    ///
    /// - Parameters:
    ///   - key: The key in the policy, perhaps with a misspelled claim.
    ///   - claim: The correct name of the claim.
    ///   - context: The evidence.
    /// - Returns: The advice, as sentences.
    static func decision(on key: String, of claim: String, _ context: DiagnosisContext) -> String {
        let role =
            claim.lowercased() == "roles" && context.issuerKind.isEntra
            ? " To require an app role, set appRoleAssignmentRequired of the enterprise application in Entra to true."
            : ""
        return
            "AWS cannot test the claim \(claim), so no request meets the condition on \(key).\(role) "
            + ConditionVerdict.authorDecides
    }

    /// Returns the advice on a condition with a key that AWS never sets for a token.
    ///
    /// If the statement has other principals, the change is a separate statement for the tokens. The other principals
    /// keep the condition.
    private static func decision(
        onKeyOfAWS key: String,
        in statement: TrustStatement,
        _ context: DiagnosisContext
    ) -> (advice: String, change: Change?) {
        let removal = removal(of: key, from: statement, context)
        if let removal, case .separation = removal.kind { return ("", removal) }
        let folded = key.lowercased()
        let alternative =
            alternatives.first { folded.hasPrefix($0.prefix) }?.text
            ?? (removal == nil
                ? "For a token, AWS sets \(context.providerKey("sub")) and :aud, which the author can require instead."
                : "The conditions on :sub and :aud restrict the tokens.")
        let fact = "No request with a token meets the condition."
        return ("\(fact) \(alternative) \(ConditionVerdict.authorDecides)", nil)
    }

    /// The alternatives to a condition key, by a lowercase prefix of the key.
    ///
    /// Source: IAM user guide, AWS global condition context keys; IAM API reference, `MaxSessionDuration`.
    private static let alternatives: [(prefix: String, text: String)] = [
        ("aws:tokenissuetime", "The author can limit the time of the call with aws:CurrentTime instead."),
        (
            "sts:durationseconds",
            "The author can limit the duration of sessions with the role's MaxSessionDuration instead."
        ),
    ]

    /// Returns the advice on a key whose claim is never in Entra's tokens for managed identities.
    private static func entraAdvice(on claim: String, _ key: String) -> String {
        "Entra does not put the claim \(claim) into tokens for managed identities, and no parameter of "
            + "AssumeRoleWithWebIdentity sets \(key). \(ConditionVerdict.authorDecides)"
    }

    /// The keys that AWS sets from claims with the prefix `https://aws.amazon.com/`.
    ///
    /// Source: IAM user guide, "Passing session tags using AssumeRoleWithWebIdentity" and source identity.
    private static let tokenClaims: [(key: String, claim: String, reason: String)] = [
        (
            "sts:sourceidentity", "https://aws.amazon.com/source_identity",
            "the token has no claim https://aws.amazon.com/source_identity"
        ),
        ("aws:tagkeys", "https://aws.amazon.com/tags", "the token has no session tags"),
        ("sts:transitivetagkeys", "https://aws.amazon.com/tags", "the token has no session tags"),
    ]

    private static func tag(of key: String, after prefix: String) -> String? {
        key.lowercased().hasPrefix(prefix) ? String(key.dropFirst(prefix.count)) : nil
    }

    private static let caller =
        "according to AWS's documentation, only a request that is signed with AWS credentials has the key, and a request "
        + "with a token is not signed"
    private static let service = "the key is set only for calls that an AWS service makes"

    /// The reasons for missing keys, by a lowercase prefix of the key.
    ///
    /// For a row without advice, ``decision(onKeyOfAWS:in:_:)`` returns the advice.
    private static let table: [(prefix: String, reason: String, advice: String, change: Change?)] = [
        ("aws:principalorg", caller, "", nil), ("aws:principalarn", caller, "", nil),
        ("aws:principalisawsservice", caller, "", nil), ("aws:principalservicename", service, "", nil),
        ("aws:userid", caller, "", nil), ("aws:username", "only an IAM user has a user name", "", nil),
        ("aws:multifactorauth", caller, "", nil), ("aws:tokenissuetime", caller, "", nil),
        ("aws:sourcea", service, "", nil), ("aws:sourceorg", service, "", nil),
        ("aws:calledvia", service, "", nil), ("aws:sourceidentity", caller, "", nil),
        ("aws:assumedroot", caller, "", nil), ("ec2:", caller, "", nil), ("aws:ec2instance", caller, "", nil),
        (
            "sts:externalid", "AssumeRole has the parameter ExternalId; AssumeRoleWithWebIdentity does not",
            "", nil
        ),
        (
            "sts:sourceidentity", "the token has no claim https://aws.amazon.com/source_identity",
            "Configure the issuer to set the claim.",
            Change(words: "Or use :sub instead.", kind: .subjectAndAudience)
        ),
        (
            "aws:tagkeys", "the token has no session tags",
            "Configure the issuer to set the claim https://aws.amazon.com/tags.",
            Change(
                words: "Or use ForAllValues: together with a Null condition on the key.",
                kind: .anyReplacement
            )
        ),
        (
            "sts:transitivetagkeys", "the token has no session tags",
            "Configure the issuer to set the claim https://aws.amazon.com/tags.", nil
        ),
        ("saml:", "the key is set only for SAML assertions", "", nil),
    ]

    private static func absence(
        of key: OIDCKey,
        in context: DiagnosisContext,
        _ replacement: Change
    ) -> (reason: String, advice: String, change: Change?) {
        let isEntra = context.issuerKind.isEntra
        let own = OIDCKey(context.providerKey(key.name))
        if let own, own.provider.lowercased() != key.provider.lowercased(),
            own.provider.lowercased().droppingTrailingSlash == key.provider.lowercased().droppingTrailingSlash
        {
            return ("the key of the token's provider is \(own.provider):\(key.name)", "", replacement)
        }
        if let defect = ProviderURLDefect(in: key.provider) {
            return ("IAM has no provider whose URL contains \(defect.part)", "", replacement)
        }
        guard own?.provider.lowercased() == key.provider.lowercased() else {
            return ("the key is set only for tokens of the provider \(key.provider)", "", replacement)
        }
        // Without the condition, the policy would allow tokens that the condition now refuses.
        let request =
            "Request a token with the claim \(key.name): "
            + (key.name.lowercased() == "sub"
                ? "the condition restricts which subjects are allowed."
                : "the condition restricts which tokens of the subject are allowed.")
        switch key.name.lowercased() {
        case "oaud":
            return (
                isEntra
                    ? "version 1 tokens have no azp, so AWS sets only :aud; with version 2 tokens it sets :oaud"
                    : "the token has no azp, so AWS sets only :aud",
                "",
                Change(
                    words:
                        "Use \(key.provider):aud, which is the token's aud; keep :oaud for tokens with azp.",
                    kind: .key("\(key.provider):aud")
                )
            )
        case let name where ["amr", "email"].contains(name) && isEntra && context.userEvidence == nil:
            return (
                "only users' tokens have \(name), and this is an application's token",
                "The condition needs a user's token. \(ConditionVerdict.authorDecides)", nil
            )
        case _ where !key.isSupported:
            return (
                "AWS has no condition key for the claim \(key.name) of \(key.kind.name), whatever the token contains",
                "", replacement
            )
        case "environment" where key.kind == .gitHub:
            return (
                "the token has no claim environment, because the workflow's job has no environment",
                "Set environment of the workflow's job. \(request)", nil
            )
        default: return ("the token has no claim \(key.name)", request, nil)
        }
    }
}

extension DiagnosisContext {
    private static let tagLimit = 10

    /// A clause that lists the request's session tags; empty without tags.
    var sessionTagClause: String {
        let tags = chain?.mapping.chained?.tags ?? claims?.sessionTags ?? [:]
        guard !tags.isEmpty else { return "" }
        let names = tags.keys.sorted().prefix(Self.tagLimit).map { VisibleText.oneLine($0, limit: 40) }
        let rest = tags.count - names.count
        return "; its session tag\(tags.count == 1 ? " is" : "s are") \(names.joined(separator: ", "))"
            + (rest > 0 ? ", and \(rest) more" : "")
    }

    /// The condition key of the token's provider for a claim: `sts.windows.net/<tenant>/:sub`.
    func providerKey(_ claim: String) -> String {
        "\(claims?.issuer.map(OIDCProvider.hostAndPath) ?? "PROVIDER"):\(claim)"
    }
}

extension Condition {
    /// Whether the condition requires the key to have a specific text; `*` is not specific.
    fileprivate var requiresValue: Bool {
        `operator`.comparison.comparesTexts && !`operator`.comparison.isNegated && !`operator`.ifExists
            && `operator`.quantifier != .forAllValues
            && values.allSatisfy { $0.contains { $0.isLetter || $0.isNumber } }
    }
}
