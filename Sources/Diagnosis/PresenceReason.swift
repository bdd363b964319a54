import Federation
import TrustPolicy

// The reasons for `Null` conditions that fail because the request has the key.

extension ConditionVerdict {
    /// Returns the reason for a failed condition that requires the absence of the key.
    ///
    /// If every request has the key, the condition is a mistake. Any other condition is a decision of the policy's
    /// author.
    func presenceReason(in context: DiagnosisContext) -> DenialReason {
        let summary = "The condition allows only requests without its key, and this request has the key."
        if name == "sub" || name == "aud" {
            return denialReason(
                "\(name)-excluded",
                "The condition allows only tokens without \(name == "sub" ? "a" : "an") \(name), and every token has "
                    + "\(name == "sub" ? "a sub" : "an aud").",
                requiringValue
            )
        }
        if let network = condition.networkAdvice {
            return denialReason("key-present", summary, advice: network, nil)
        }
        if Self.keysOfEveryRequest.contains(condition.foldedKey) {
            return denialReason(
                "key-present",
                summary,
                advice: "Every request has \(condition.key), so the condition refuses every request.",
                requiringValue
            )
        }
        return denialReason(
            "key-present",
            summary,
            advice: "\(origin) The author of the policy decided to refuse such requests.",
            nil
        )
    }

    /// The change that requires the request's exact value instead of the key's absence.
    private var requiringValue: PolicyEdit {
        replacing(
            "If the token's identity may assume the role, replace the condition with StringEquals on \(condition.key) and "
                + "the exact value \(foundText).",
            by: [condition.changing(operator: ConditionOperator("StringEquals"), values: found)]
        )
    }

    /// The origin of the key's value, as a sentence.
    private var origin: String {
        let key = condition.foldedKey
        if key == "aws:tagkeys" || key == "sts:transitivetagkeys" || key.hasPrefix("aws:requesttag/") {
            return
                "The token's claim https://aws.amazon.com/tags sets session tags (\(foundText)): the condition needs a token "
                + "without session tags."
        }
        if key == "sts:sourceidentity" {
            return
                "The token's claim https://aws.amazon.com/source_identity sets the source identity (\(foundText)): the "
                + "condition needs a token without the claim."
        }
        if let tag = condition.key.roleTag {
            return "The role has the tag \(tag): the condition needs a role without the tag."
        }
        if let claim = OIDCKey(condition.key) {
            return
                "The token has the claim \(claim.name) (\(foundText)): the condition needs a token without the claim."
        }
        return "The request's value is \(foundText)."
    }

    /// The keys that every request with a token has.
    ///
    /// Source: IAM user guide, AWS global condition context keys, and condition keys for web identity federation.
    private static let keysOfEveryRequest: Set<String> = [
        "aws:currenttime", "aws:epochtime", "aws:federatedprovider", "aws:requestedregion",
        "aws:resourceaccount", "aws:securetransport", "sts:rolesessionname", "sts:roleauthorizedbyidp",
    ]
}

extension Condition {
    /// The advice on a condition that requires the absence of a network key; `nil` for another key.
    ///
    /// Source: IAM user guide, AWS global condition context keys. Only a request through a VPC endpoint has
    /// `aws:SourceVpc` and `aws:SourceVpce`. A request through a VPC endpoint has no `aws:SourceIp`.
    fileprivate var networkAdvice: String? {
        let path: String? =
            switch foldedKey {
            case "aws:sourceip": "through a VPC endpoint for STS"
            case "aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn", "aws:vpcsourceip":
                "over the public network, not through a VPC endpoint"
            default: nil
            }
        return path.map {
            "Make the call \($0). The condition requires such a call; do not change the condition."
        }
    }
}
