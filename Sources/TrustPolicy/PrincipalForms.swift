import Federation

extension PrincipalElement.Kind {
    /// Whether IAM takes such a principal; that it exists is not asked.
    func accepts(_ text: String) -> Bool {
        switch self {
        case .federated: Self.isFederated(text)
        case .aws:
            text == "*" || Self.isAccount(text) || ARN(text) != nil && !text.contains("*")
                || Self.isUniqueID(text)
        case .service, .canonicalUser: !text.isEmpty && !text.contains("*")
        }
    }

    /// What IAM says of another.
    func refusal(of text: String, path: String) -> PolicyError {
        switch self {
        case .federated:
            .malformed(
                "Federated principals must be valid domain names or SAML metadata ARNs",
                path: path,
                detail: text
            )
        case .aws, .service, .canonicalUser:
            .malformed("Invalid principal in policy: \"\(rawValue)\":\"\(text)\"", path: path)
        }
    }

    private static func isFederated(_ text: String) -> Bool {
        guard let arn = ARN(text) else {
            let labels = text.split(separator: ".", omittingEmptySubsequences: false)
            return labels.count > 1
                && labels.allSatisfy { label in
                    !label.isEmpty
                        && label.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
                }
        }
        let kinds = ["oidc-provider/", "saml-provider/"]
        return arn.service == "iam" && arn.region.isEmpty && isAccount(arn.account)
            && kinds.contains { arn.resource.hasPrefix($0) && arn.resource.utf8.count > $0.utf8.count }
            && !arn.resource.contains("://") && !arn.resource.contains("*")
    }

    private static func isAccount(_ text: String) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// What IAM shows in place of the ARN of a user or role that was deleted.
    private static func isUniqueID(_ text: String) -> Bool {
        text.utf8.count >= 16 && text.hasPrefix("A") && text.utf8.allSatisfy(\.isASCIIAlphanumeric)
    }
}

extension UInt8 {
    var isASCIIAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
