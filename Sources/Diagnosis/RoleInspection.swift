package import Federation

package import struct Foundation.Date

/// What is known of a mapping's role, its trust policy and its account's providers, and from where.
package struct RoleInspection: Hashable, Sendable {
    package var role: RoleEvidence
    package var policy: PolicyEvidence
    /// The account's providers; `nil` where they could not be read.
    package var providers: [OIDCProvider]?
    package var source: Source
    /// Why IAM did not tell all of it; `nil` when it did.
    package var problem: Failure?
    /// When it was read.
    package var at: Date

    package enum Source: Hashable, Sendable {
        /// IAM, asked with the credentials of that name.
        case iam(credentials: String)
        case file(String)
        /// Neither could be read.
        case nowhere
    }

    package init(
        role: RoleEvidence = .unknown,
        policy: PolicyEvidence = .unknown,
        providers: [OIDCProvider]? = nil,
        source: Source = .nowhere,
        problem: Failure? = nil,
        at: Date
    ) {
        self.role = role
        self.policy = policy
        self.providers = providers
        self.source = source
        self.problem = problem
        self.at = at
    }
}

extension RoleInspection.Source {
    /// One word for machines.
    package var name: String {
        switch self {
        case .iam: "iam"
        case .file: "file"
        case .nowhere: "none"
        }
    }
}

extension RoleInspection {
    /// Where the policy is from, or why it is from nowhere, one sentence.
    package var origin: String {
        switch source {
        case .iam(let credentials):
            if case .missing = role { return "IAM, asked with \(credentials), has no such role." }
            return "The trust policy is IAM's, read with \(credentials)."
        case .file(let path):
            return "The trust policy is \(path)'s."
        case .nowhere:
            return "The trust policy is not known: IAM was not read, and there is no trust_policy_file."
        }
    }
}

extension Evidence {
    /// Adds what is known of the role.
    package mutating func add(_ knowledge: RoleInspection) {
        role = knowledge.role
        policy = knowledge.policy
        providers = knowledge.providers
    }
}
