package import Federation

/// The hop of a role chain that is explained: the mapping and its hub.
package struct ChainEvidence: Hashable, Sendable {
    package let mapping: RoleMapping
    package let hub: RoleMapping
    /// The hub's permission to assume the role.
    package var permission: HubPermission
    /// The profile in AWS's configuration files with which the hub's role was read; `nil` for other credentials.
    package var profile: String?

    /// Creates the evidence of a mapping's own hop; `nil` for a mapping without a hub.
    package init?(_ mapping: RoleMapping, permission: HubPermission = .unknown(nil)) {
        guard let hub = mapping.hub else { return nil }
        self.mapping = mapping
        self.hub = hub
        self.permission = permission
    }
}

/// The decision of the policies of a hub's role on a call that assumes another role.
package enum HubPermission: Hashable, Sendable {
    /// The policies could not be read, for this reason; `nil` if they were not read.
    case unknown(String?)
    case allowed
    /// The policies allow the call under conditions.
    case conditional
    /// No policy allows the action; `policies` lists the policies that were read.
    case missing(action: String, policies: [String])
    /// A policy denies the action.
    case denied(action: String)
}

extension RoleMapping {
    /// The mapping of the chain whose hop failed in an exchange of this mapping: a hub, or this mapping itself.
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
