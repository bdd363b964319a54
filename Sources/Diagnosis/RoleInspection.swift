package import Federation

package import struct Foundation.Date

/// A mapping's role, its trust policy and its account's providers, with their source.
package struct RoleInspection: Hashable, Sendable {
    package var role: RoleEvidence
    package var policy: PolicyEvidence
    /// The account's providers; `nil` if they could not be read.
    package var providers: [OIDCProvider]?
    package var source: Source
    /// Why IAM could not be read completely; `nil` if it was.
    package var problem: Failure?
    /// When it was read.
    package var at: Date

    package enum Source: Hashable, Sendable {
        /// IAM, read with the credentials of that name.
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
    /// The source of the trust policy, one sentence.
    package var origin: String {
        switch source {
        case .iam(let credentials):
            if case .missing = role { return "IAM, read with \(credentials), has no such role." }
            return "The trust policy was read from IAM with \(credentials)."
        case .file(let path):
            return "The trust policy was read from \(path)."
        case .nowhere:
            return "The trust policy is unknown: IAM was not read, and no trust_policy_file is set."
        }
    }
}

extension Evidence {
    /// Sets the role, its policy and the providers to what an inspection found.
    package mutating func add(_ inspection: RoleInspection) {
        role = inspection.role
        policy = inspection.policy
        providers = inspection.providers
    }
}
