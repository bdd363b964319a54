package import Federation

/// Everything that must exist in both clouds for some mappings to work, said once.
///
/// What two mappings share stands here once: one application for an audience, one provider for a tenant in an
/// account, one role with all that may assume it. The set-up, its export and its plan are made of this.
package struct DesiredState: Hashable, Sendable {
    /// The mappings it is for, in the order they were named.
    package let mappings: [RoleMapping.ID]
    /// The Entra tenant, a GUID in lower case.
    package let tenantID: String
    package let identities: [DesiredIdentity]
    package let applications: [DesiredApplication]
    package let assignments: [DesiredAssignment]
    package let providers: [DesiredProvider]
    package let roles: [DesiredRole]

    /// What the mappings need.
    ///
    /// - Parameters:
    ///   - mappings: At least one.
    ///   - configuration: Where their identities and the clouds' addresses are found.
    ///   - tenantID: The tenant of identities that do not name theirs; what a token for Graph says, for one.
    ///   - document: The text of an inline policy's file; asked once for each policy of each mapping.
    /// - Throws: ``DesiredStateError`` when the configuration leaves open what is to be made.
    package init(
        _ mappings: [RoleMapping],
        in configuration: Configuration,
        tenantID: String? = nil,
        document: (String) throws(DesiredStateError) -> String
    ) throws(DesiredStateError) {
        var draft = DesiredStateBuilder(authority: configuration.endpoints.authority)
        for mapping in mappings {
            guard let identity = configuration.identity(mapping.identity) else {
                throw .identityUnknown(mapping: mapping.id, identity: mapping.identity)
            }
            try draft.add(mapping, of: identity, fallbackTenant: tenantID, document: document)
        }
        guard let tenant = draft.tenantID else { throw .nothingNamed }
        self.mappings = mappings.map(\.id)
        self.tenantID = tenant
        identities = draft.identities
        applications = draft.applications
        assignments = draft.assignments
        providers = draft.providers
        roles = draft.roles
    }
}

/// Why the configuration does not say what a set-up is to make.
package enum DesiredStateError: Error, Hashable, Sendable {
    case nothingNamed
    case identityUnknown(mapping: RoleMapping.ID, identity: ManagedIdentity.ID)
    /// Neither the identity nor the caller says which tenant it is of.
    case tenantUnknown(identity: ManagedIdentity.ID)
    /// One run is about one tenant, whose Graph it asks.
    case severalTenants(String, String)
    /// The identity has no id by which the directory could be asked, and none is to be made.
    case identityNameless(ManagedIdentity.ID)
    /// An audience that can be no identifier URI.
    case audienceUnusable(mapping: RoleMapping.ID, audience: String)
    case policyUnreadable(file: String, reason: String)
}

extension DesiredStateError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .nothingNamed:
            "No mapping is named."
        case .identityUnknown(let mapping, let identity):
            "\(mapping) names the identity \(identity), which the configuration does not have."
        case .tenantUnknown(let identity):
            "The identity \(identity) does not say its tenant. Set tenant_id."
        case .severalTenants(let first, let second):
            "The mappings are of two tenants, \(first) and \(second). Set up those of one tenant at a time."
        case .identityNameless(let identity):
            "The identity \(identity) has no principal_id, client_id or resource_id by which the directory could "
                + "be asked. Set principal_id, or setup.identity of the mapping to have it created."
        case .audienceUnusable(let mapping, let audience):
            "\(mapping): the audience \(audience) can be no identifier URI of an application. Use "
                + "api://TENANT_ID/NAME."
        case .policyUnreadable(let file, let reason):
            "The inline policy \(file) cannot be used: \(reason)"
        }
    }
}
