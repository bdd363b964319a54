package import Federation
package import Foundation
package import TrustPolicy

/// What IAM says of the role.
package enum RoleEvidence: Hashable, Sendable {
    /// It was not asked, or did not answer.
    case unknown
    /// There is no such role.
    case missing
    /// The account has a role of that name under another path.
    case elsewhere(RoleARN)
    case found(RoleFacts)
}

/// What matters of a role beside its trust policy.
package struct RoleFacts: Hashable, Sendable {
    /// `MaxSessionDuration`.
    package var maximumSession: Duration?
    /// `AROA…`; a role made again under the same name has another.
    package var id: String?
    /// When IAM made it.
    package var created: Date?
    /// The ARN of the policy that bounds its permissions.
    package var permissionsBoundary: String?

    package init(
        maximumSession: Duration? = nil,
        id: String? = nil,
        created: Date? = nil,
        permissionsBoundary: String? = nil
    ) {
        self.maximumSession = maximumSession
        self.id = id
        self.created = created
        self.permissionsBoundary = permissionsBoundary
    }
}

/// What is known of the role's trust policy.
package enum PolicyEvidence: Hashable, Sendable {
    case unknown
    case parsed(TrustPolicy)
    /// A document that is no trust policy.
    case refused(PolicyError)

    /// Reads a document, of any size, for a higher quota may have been granted.
    ///
    /// What `aws iam get-role` prints does as well: the document is then the role's `AssumeRolePolicyDocument`.
    package init(document text: String) {
        do throws(PolicyError) {
            self = .parsed(try TrustPolicy(parsing: Self.document(in: text), quota: nil))
        } catch {
            self = .refused(error)
        }
    }

    private static func document(in text: String) -> String {
        guard text.contains("AssumeRolePolicyDocument") else { return text }
        let value = JSONValue(text: text)
        switch (value?["Role"] ?? value)?["AssumeRolePolicyDocument"] {
        case .string(let encoded): return encoded.removingPercentEncoding ?? encoded
        case let document?: return document.compactText
        case nil: return text
        }
    }
}
