import Federation
import TrustPolicy

/// The reason that a request with a token lacks a condition key, and the key to test instead.
///
/// Source: AWS global condition context keys; IAM user guide, condition keys for web identity federation.
struct MissingConditionKey {
    /// A clause that follows a colon.
    let reason: String
    let advice: String

    init(of key: String, in context: DiagnosisContext) {
        let folded = key.lowercased()
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
                ? "Entra tokens for managed identities have no session tags; use :sub and :aud."
                : "Configure the issuer to add the tag to the claim https://aws.amazon.com/tags."
        } else if let known = Self.table.first(where: { folded.hasPrefix($0.prefix) }) {
            reason = known.reason
            advice = known.advice
        } else if let claim = OIDCKey(key) {
            (reason, advice) = Self.absence(of: claim, in: context)
        } else {
            reason = "AWS does not set \(key) for a token"
            advice = Self.subject
        }
    }

    private static func tag(of key: String, after prefix: String) -> String? {
        key.lowercased().hasPrefix(prefix) ? String(key.dropFirst(prefix.count)) : nil
    }

    private static let caller =
        "the key describes a caller with AWS credentials, and a token is sent without them"
    private static let subject = "Use the provider's :sub and :aud condition keys instead."

    private static let table: [(prefix: String, reason: String, advice: String)] = [
        ("aws:principalorg", caller, subject), ("aws:principalarn", caller, subject),
        ("aws:principalaccount", caller, subject), ("aws:principaltype", caller, subject),
        ("aws:userid", caller, subject), ("aws:username", caller, subject),
        ("aws:multifactorauth", caller, subject), ("aws:tokenissuetime", caller, subject),
        (
            "aws:sourcea", "the key is set only for calls that an AWS service makes", subject
        ),
        (
            "sts:externalid", "AssumeRole has the parameter ExternalId; AssumeRoleWithWebIdentity does not",
            "Use the provider's :sub and :aud condition keys instead; the external ID belongs to a statement for sts:AssumeRole."
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
        ("saml:", "the key is set only for SAML assertions", subject),
    ]

    private static func absence(
        of key: OIDCKey,
        in context: DiagnosisContext
    ) -> (reason: String, advice: String) {
        let isEntra = context.issuerKind.isEntra
        let replacement = "Use \(key.provider):sub and :aud instead."
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
