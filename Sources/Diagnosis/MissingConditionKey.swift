import Federation
import TrustPolicy

/// The reason that a request with a token lacks a condition key, and the key to test instead.
///
/// Source: AWS global condition context keys; IAM user guide, condition keys for web identity federation.
struct MissingConditionKey {
    /// A clause that follows a colon.
    let reason: String
    let advice: String

    /// Finds the reason and the advice for a key in a statement.
    init(of key: String, in statement: TrustStatement, _ context: DiagnosisContext) {
        let folded = key.lowercased()
        let replacement =
            Self.removal(of: key, from: statement, context)
            ?? "Use \(context.providerKey("sub")) and :aud instead."
        if let tag = Self.tag(of: key, after: "aws:principaltag/") {
            let isSent = context.claims?.sessionTags[tag] != nil
            reason = "a token has no principal yet and therefore no principal tags"
            advice =
                isSent
                ? "Use aws:RequestTag/\(tag), which the token's session tags set."
                : "Use aws:RequestTag/\(tag) if the issuer sets session tags; this token has no tag \(tag)."
        } else if let tag = Self.tag(of: key, after: "aws:requesttag/") {
            reason = "the token has no session tag \(tag)"
            advice =
                context.issuerKind.isEntra
                ? "Entra tokens for managed identities have no session tags. \(replacement)"
                : "Configure the issuer to add the tag to the claim https://aws.amazon.com/tags."
        } else if let tag = key.roleTag {
            reason = "the role has no tag \(tag)"
            advice =
                "Add the tag \(tag) to the role, or change the condition. The key is a tag of the role, not of the caller."
        } else if let known = Self.table.first(where: { folded.hasPrefix($0.prefix) }) {
            reason = known.reason
            advice = known.advice ?? replacement
        } else if let claim = OIDCKey(key) {
            (reason, advice) = Self.absence(of: claim, in: context, replacement)
        } else {
            reason = "AWS does not set \(key) for a token"
            advice = replacement
        }
    }

    /// Returns the advice to remove a condition that no token meets; `nil` unless the statement also restricts the
    /// subject and the audience.
    ///
    /// The condition can restrict other principals of the statement, which then need a separate statement.
    static func removal(
        of key: String,
        from statement: TrustStatement,
        _ context: DiagnosisContext
    ) -> String? {
        let restricted = statement.conditions.filter(\.requiresValue).map(\.foldedKey)
        let needed = ["sub", "aud"].map { context.providerKey($0).lowercased() }
        guard needed.allSatisfy(restricted.contains), !needed.contains(key.lowercased()) else { return nil }
        let rest = "the conditions on :sub and :aud still restrict the tokens"
        return statement.principal.members.keys.contains { $0 != .federated }
            ? "Put the OIDC provider into a separate statement without the condition on \(key), which no token meets; \(rest)."
            : "Remove the condition on \(key), which no token meets; \(rest)."
    }

    private static func tag(of key: String, after prefix: String) -> String? {
        key.lowercased().hasPrefix(prefix) ? String(key.dropFirst(prefix.count)) : nil
    }

    private static let caller =
        "according to AWS's documentation, only a request that is signed with AWS credentials has the key, and a request "
        + "with a token is not signed"
    private static let service = "the key is set only for calls that an AWS service makes"

    /// The keys by the beginning of their names, in lowercase; without advice, the subject is tested instead.
    private static let table: [(prefix: String, reason: String, advice: String?)] = [
        ("aws:principalorg", caller, nil), ("aws:principalarn", caller, nil),
        ("aws:principalisawsservice", caller, nil), ("aws:principalservicename", service, nil),
        ("aws:userid", caller, nil), ("aws:username", "only an IAM user has a user name", nil),
        ("aws:multifactorauth", caller, nil), ("aws:tokenissuetime", caller, nil),
        ("aws:sourcea", service, nil), ("aws:sourceorg", service, nil), ("aws:calledvia", service, nil),
        ("aws:sourceidentity", caller, nil), ("aws:assumedroot", caller, nil),
        ("ec2:", caller, nil), ("aws:ec2instance", caller, nil),
        (
            "sts:externalid", "AssumeRole has the parameter ExternalId; AssumeRoleWithWebIdentity does not",
            nil
        ),
        (
            "sts:sourceidentity", "the token has no claim https://aws.amazon.com/source_identity",
            "Configure the issuer to set the claim, or use :sub."
        ),
        (
            "aws:tagkeys", "the token has no session tags",
            "Use ForAllValues: together with a Null condition on the key, or configure the issuer to set the claim "
                + "https://aws.amazon.com/tags."
        ),
        (
            "sts:transitivetagkeys", "the token has no session tags",
            "Configure the issuer to set the claim https://aws.amazon.com/tags."
        ),
        ("saml:", "the key is set only for SAML assertions", nil),
    ]

    private static func absence(
        of key: OIDCKey,
        in context: DiagnosisContext,
        _ replacement: String
    ) -> (reason: String, advice: String) {
        let isEntra = context.issuerKind.isEntra
        let own = OIDCKey(context.providerKey(key.name))
        guard own?.provider.lowercased() == key.provider.lowercased() else {
            return ("the key is set only for tokens of the provider \(key.provider)", replacement)
        }
        // Without the condition, the policy would allow tokens that the condition refuses.
        let request =
            "Request a token with the claim \(key.name): the condition restricts which tokens of the subject are allowed."
        switch key.name.lowercased() {
        case "oaud":
            return (
                isEntra
                    ? "version 1 tokens have no azp, so AWS sets only :aud; with version 2 tokens it sets :oaud"
                    : "the token has no azp, so AWS sets only :aud",
                "Use \(key.provider):aud, which is the token's aud; keep :oaud for tokens with azp."
            )
        case "amr":
            return (
                isEntra
                    ? "only users' tokens have amr, and this is an application's token"
                    : "the token has no amr",
                isEntra ? replacement : request
            )
        case "email":
            return (
                isEntra
                    ? "only users' tokens have email, and this is an application's token"
                    : "the token has no email",
                isEntra ? replacement : request
            )
        default:
            return (
                "the token has no claim \(key.name)",
                key.isSupported && !isEntra ? request : replacement
            )
        }
    }
}

extension DiagnosisContext {
    /// The condition key of the token's provider for a claim: `sts.windows.net/<tenant>/:sub`.
    func providerKey(_ claim: String) -> String {
        "\(claims?.issuer.map(OIDCProvider.hostAndPath) ?? "PROVIDER"):\(claim)"
    }
}

extension Condition {
    /// Whether the condition requires its key to have one of some texts, none of which is only a wildcard.
    fileprivate var requiresValue: Bool {
        `operator`.comparison.comparesTexts && !`operator`.comparison.isNegated && !`operator`.ifExists
            && `operator`.quantifier != .forAllValues
            && values.allSatisfy { $0.contains { $0.isLetter || $0.isNumber } }
    }
}
