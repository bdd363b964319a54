package import Federation
import TrustPolicy

/// A hop of a role chain: the mapping, and the hub whose credentials assume the mapping's role.
package struct ChainEvidence: Hashable, Sendable {
    package let mapping: RoleMapping
    package let hub: RoleMapping
    /// The hub's permission to assume the role.
    package var permission: HubPermission
    /// The AWS profile used to read the hub's role; `nil` for other credentials.
    package var profile: String?

    /// Creates the evidence of the hop from a hub to its mapping; `nil` for a mapping without a hub.
    package init?(_ mapping: RoleMapping, permission: HubPermission = .unknown(nil)) {
        guard let hub = mapping.hub else { return nil }
        self.mapping = mapping
        self.hub = hub
        self.permission = permission
    }
}

/// The decision by the policies of a hub's role on a call that assumes another role.
package enum HubPermission: Hashable, Sendable {
    /// The policies are unknown; the value is the error, or `nil` if cambist did not read the policies.
    case unknown(String?)
    case allowed
    /// The policies allow the call under conditions.
    case conditional
    /// No policy allows the action; `policies` lists the names of the policies that cambist read.
    case missing(action: String, policies: [String])
    case denied(action: String)

    /// A policy of a hub's role.
    package struct Policy: Sendable {
        package let name: String
        fileprivate let content: PermissionPolicy?
        /// The error if ``content`` is unknown.
        fileprivate let problem: String?

        /// Parses a policy's document, in JSON.
        package init(name: String, document: String) {
            self.name = name
            content = PermissionPolicy(document: document)
            problem = content == nil ? "the document of the policy \(name) is invalid" : nil
        }

        /// Creates a policy that could not be read, with the reason.
        package init(name: String, unreadable reason: String) {
            self.name = name
            content = nil
            let phrase = reason.hasSuffix(".") ? String(reason.dropLast()) : reason
            problem = "the policy \(name) could not be read: \(phrase)"
        }
    }

    /// Evaluates all policies of a hub's role on the actions of a call that assumes `role`.
    ///
    /// If the content of a policy is unknown, the result is ``denied(action:)`` or ``unknown(_:)``, because that policy
    /// may deny an action. cambist does not read the permissions boundary. A boundary can only exclude calls that the
    /// policies allow. Sources: IAM, "Policy evaluation logic": an explicit deny overrides every allow; "Permissions
    /// boundaries for IAM entities".
    ///
    /// - Parameters:
    ///   - policies: The identity-based policies of the hub's role.
    ///   - boundary: The ARN of the permissions boundary of the hub's role; `nil` if the role has none.
    ///   - actions: The actions of the call.
    ///   - role: The role that the call assumes.
    package init(of policies: [Policy], boundary: String? = nil, actions: [String], role: RoleARN) {
        let contents = policies.compactMap(\.content)
        let decisions = actions.map { action in
            (action, PermissionPolicy.decide(contents, action: action, resource: role.description))
        }
        if let (action, _) = decisions.first(where: { $0.1 == .denied }) {
            self = .denied(action: action)
        } else if let problem = policies.lazy.compactMap(\.problem).first {
            self = .unknown(problem)
        } else if let (action, _) = decisions.first(where: { $0.1 == .notAllowed }) {
            self = .missing(action: action, policies: policies.map(\.name))
        } else if let boundary {
            self = .unknown("the permissions boundary \(boundary) applies, which cambist does not read")
        } else {
            self = decisions.contains { $0.1 == .conditional } ? .conditional : .allowed
        }
    }
}

extension RoleMapping {
    /// Returns the mapping whose hop of the chain failed: a hub, or this mapping itself.
    package func failedHop(in record: ExchangeRecord) -> RoleMapping {
        guard let failed = record.steps.first(where: { $0.outcome == .failed }), hub != nil else {
            return self
        }
        switch failed.step {
        case .token, .claims, .trust, .exchange: return chain[0]
        case .assume:
            let name = failed.failure?.message.split(separator: ":", maxSplits: 1).first.map(String.init)
            return chain.dropLast().first { $0.id == name } ?? self
        case .caller, .probe: return self
        }
    }
}
