/// The trust policy of an IAM role.
package struct TrustPolicy: Hashable, Sendable {
    /// Reads a policy document.
    ///
    /// - Throws: ``PolicyError`` with the text that IAM refuses such a document with.
    package init(parsing text: String) throws(PolicyError) {
        throw PolicyError(code: "MalformedPolicyDocument", message: "This policy contains invalid Json")
    }

    /// What the policy says of a request, by IAM's rules.
    package func evaluate(_ request: TrustRequest) -> TrustVerdict {
        TrustVerdict(decision: .deny)
    }
}

/// Why IAM would not store a policy.
package struct PolicyError: Error, Hashable, Sendable {
    package let code: String
    package let message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

/// What STS asks a trust policy.
package struct TrustRequest: Hashable, Sendable {
    /// `sts:AssumeRoleWithWebIdentity` as a rule.
    package var action: String
    /// The ARN of the OIDC provider in the role's account.
    package var federatedPrincipal: String
    package var context: RequestContext

    package init(
        action: String = "sts:AssumeRoleWithWebIdentity",
        federatedPrincipal: String,
        context: RequestContext
    ) {
        self.action = action
        self.federatedPrincipal = federatedPrincipal
        self.context = context
    }
}

/// The condition keys of a request; names are compared without regard to case.
package struct RequestContext: Hashable, Sendable {
    /// A key's values, or that this side cannot know them.
    package enum Entry: Hashable, Sendable {
        case values([String])
        case unknown
    }

    private var entries: [String: Entry] = [:]

    package init() {}

    package subscript(key: String) -> Entry? {
        get { entries[key.lowercased()] }
        set { entries[key.lowercased()] = newValue }
    }
}

/// What a trust policy says; never what AWS will do.
package struct TrustVerdict: Hashable, Sendable {
    package let decision: Decision

    package init(decision: Decision) {
        self.decision = decision
    }

    package enum Decision: String, CaseIterable, Hashable, Sendable {
        case allow
        case deny
        case explicitDeny = "explicit-deny"
        case undetermined
        case invalid
    }
}
