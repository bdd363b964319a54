package import Federation

/// The proposals of discovery, and the findings that lead to no proposal.
package struct DiscoveryReport: Hashable, Sendable {
    /// The new identities for the proposed mappings.
    package internal(set) var identities: [ProposedIdentity] = []
    package internal(set) var mappings: [ProposedMapping] = []
    /// The findings that lead to no proposal, with the reasons.
    package internal(set) var omissions: [DiscoveryNote] = []
    /// The roles and profiles for which the configuration already has a mapping.
    package internal(set) var configured: [DiscoveryNote] = []
    package internal(set) var unreadable: [DiscoveryNote] = []
    /// The accounts whose roles were listed.
    package internal(set) var accounts: [String] = []
    /// The kind of each failure to read an account.
    package internal(set) var accountFailures: [Failure.Kind] = []

    package init() {}

    /// Returns the report with only one mapping and the hubs of this mapping (``ProposedMapping/via``).
    package func only(_ name: RoleMapping.ID) -> DiscoveryReport {
        var needed: Set<RoleMapping.ID> = []
        var next: RoleMapping.ID? = name
        while let current = next, needed.insert(current).inserted {
            next = mappings.first { $0.name == current }?.via
        }
        var report = self
        report.mappings = mappings.filter { needed.contains($0.name) }
        report.identities = identities.filter { identity in
            report.mappings.contains { $0.identity == identity.name }
        }
        return report
    }

    /// Moves a proposal to the omissions, with the proposals that depend on it.
    ///
    /// The caller uses this function if a configuration file cannot express a value of the proposal.
    package mutating func omit(_ name: RoleMapping.ID, reason: String) {
        guard let index = mappings.firstIndex(where: { $0.name == name }) else { return }
        let mapping = mappings.remove(at: index)
        omissions.append(DiscoveryNote("role \(mapping.roleARN)", reason))
        for dependent in mappings where dependent.via == name {
            omit(dependent.name, reason: "The mapping \(name), which it needs, is not proposed.")
        }
        identities.removeAll { identity in !mappings.contains { $0.identity == identity.name } }
    }
}

/// An identity of the proposals.
package struct ProposedIdentity: Hashable, Sendable {
    package let name: ManagedIdentity.ID
    package var tenantID: String?
    package var clientID: String?
    package var principalID: String?
    package var isSystemAssigned = false
    /// The file that contains the identity's token, for the source `file`.
    package var tokenFile: String?
    package var evidence: [String]
}

/// A proposed mapping, based on data from both clouds or on a profile of AWS's tools.
package struct ProposedMapping: Hashable, Sendable {
    package let name: RoleMapping.ID
    package let roleARN: RoleARN
    /// `nil` for a mapping with ``via``.
    package var identity: ManagedIdentity.ID?
    package var audience: String?
    package var appRole: String?
    /// The mapping whose credentials assume the role.
    package var via: RoleMapping.ID?
    package var externalID: String?
    package var region: String?
    package var sessionName: String?
    /// In seconds.
    package var duration: Int?
    package var evidence: [String]
}
