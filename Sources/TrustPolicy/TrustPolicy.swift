import Federation

/// The trust policy of an IAM role, read and made ready for evaluation.
package struct TrustPolicy: Hashable, Sendable {
    /// The version of the policy language, which a document names under `Version`.
    package enum Version: String, CaseIterable, Hashable, Sendable {
        /// The default, which knows no policy variables.
        case v2008 = "2008-10-17"
        case v2012 = "2012-10-17"
    }

    package let version: Version
    package let id: String?
    /// In the document's order; at least one.
    package let statements: [TrustStatement]
    /// The document's characters without white space, as the quota counts them.
    package let size: Int

    /// The size that IAM takes when no higher quota was granted (`ACLSizePerRole`).
    package static let sizeQuota = 2048

    /// The ARNs of the OIDC providers that its statements name, in their order.
    package var trustedProviders: [String] {
        statements.flatMap { $0.principal.members[.federated, default: []] }.filter {
            OIDCProvider(arn: $0) != nil
        }
    }

    /// What the policy says of a request, by IAM's rules.
    package func evaluate(_ request: TrustRequest) -> TrustVerdict {
        TrustVerdict(
            statements: statements.enumerated().map { index, statement in
                statement.evaluate(request, index: index)
            }
        )
    }
}

/// Why IAM would not store a policy.
package struct PolicyError: Error, Hashable, Sendable {
    /// `MalformedPolicyDocument` or `LimitExceeded`.
    package let code: String
    /// IAM's own words.
    package let message: String
    /// Where in the document: `Statement[0].Condition.StringEqual`; empty for the document as a whole.
    package let path: String
    /// What stands there, in our words; for JSON that cannot be read, the line and column.
    package let detail: String?

    package init(code: String, message: String, path: String = "", detail: String? = nil) {
        self.code = code
        self.message = message
        self.path = path
        self.detail = detail
    }
}

extension PolicyError: CustomStringConvertible {
    package var description: String {
        let notes = [path, detail ?? ""].filter { !$0.isEmpty }
        return "\(code): \(message)" + (notes.isEmpty ? "" : " (\(notes.joined(separator: ": ")))")
    }
}
