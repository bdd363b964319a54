package import Federation

/// The objects that must exist in both clouds for some mappings to work.
///
/// Shared objects occur once: one application per audience, one provider per tenant and account, one role with
/// all its callers. Plan, apply and export start from this value.
package struct DesiredState: Hashable, Sendable {
    /// The mappings, in the order in which they were named.
    package let mappings: [RoleMapping.ID]
    /// The Entra tenant, a GUID in lower case.
    package let tenantID: String
    package let identities: [DesiredIdentity]
    package let applications: [DesiredApplication]
    package let assignments: [DesiredAssignment]
    package let providers: [DesiredProvider]
    package let roles: [DesiredRole]

    /// Collects the needs of mappings.
    ///
    /// - Parameters:
    ///   - mappings: At least one.
    ///   - configuration: The configuration with their identities and the endpoints.
    ///   - tenantID: The tenant of identities without `tenant_id`, such as that of a token for Graph.
    ///   - document: Returns the text of an inline policy's file; called once for each policy of each mapping.
    /// - Throws: ``DesiredStateError`` when the configuration is incomplete.
    package init(
        _ mappings: [RoleMapping],
        in configuration: Configuration,
        tenantID: String? = nil,
        document: (String) throws(DesiredStateError) -> String
    ) throws(DesiredStateError) {
        var builder = DesiredStateBuilder(authority: configuration.endpoints.authority)
        for mapping in mappings {
            guard let identity = configuration.identity(mapping.identity) else {
                throw .identityUnknown(mapping: mapping.id, identity: mapping.identity)
            }
            try builder.add(mapping, of: identity, fallbackTenant: tenantID, document: document)
        }
        guard let tenant = builder.tenantID else { throw .nothingNamed }
        self.mappings = mappings.map(\.id)
        self.tenantID = tenant
        identities = builder.identities
        applications = builder.applications
        assignments = builder.assignments
        providers = builder.providers
        roles = builder.roles
    }
}

/// A configuration that is incomplete for a setup.
package enum DesiredStateError: Error, Hashable, Sendable {
    case nothingNamed
    case identityUnknown(mapping: RoleMapping.ID, identity: ManagedIdentity.ID)
    /// Neither the identity nor the caller names the tenant.
    case tenantUnknown(identity: ManagedIdentity.ID)
    /// One run covers one tenant, whose Graph it uses.
    case severalTenants(String, String)
    /// The identity has no id to look it up by, and is not to be created.
    case identityNameless(ManagedIdentity.ID)
    /// An audience that is not a valid identifier URI.
    case audienceUnusable(mapping: RoleMapping.ID, audience: String)
    case policyUnreadable(file: String, reason: String)
}

extension DesiredStateError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .nothingNamed:
            "No mapping is named."
        case .identityUnknown(let mapping, let identity):
            "\(mapping) names the unknown identity \(identity)."
        case .tenantUnknown(let identity):
            "The identity \(identity) has no tenant. Set tenant_id."
        case .severalTenants(let first, let second):
            "The mappings belong to two tenants, \(first) and \(second). Set up one tenant at a time."
        case .identityNameless(let identity):
            "The identity \(identity) has no principal_id, client_id or resource_id to look it up "
                + "by. Set principal_id, or setup.identity of the mapping to have it created."
        case .audienceUnusable(let mapping, let audience):
            "\(mapping): the audience \(audience) is not a valid identifier URI. Use "
                + "api://TENANT_ID/NAME."
        case .policyUnreadable(let file, let reason):
            "The inline policy \(file) cannot be used: \(reason)"
        }
    }
}
