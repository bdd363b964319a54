package import Federation

/// The objects that must exist in both clouds for a set of mappings to work.
///
/// Shared objects are listed once: one application per audience, one provider per tenant and account, and one role
/// with all identities that may assume it. Planning, applying, and exporting are based on this value.
package struct DesiredState: Hashable, Sendable {
    /// The mappings, in the caller's order.
    package let mappings: [RoleMapping.ID]
    /// The ID of the Entra tenant, a GUID in lower case.
    package let tenantID: String
    /// The cloud of the tenant.
    package let cloud: MicrosoftCloud
    package let identities: [DesiredIdentity]
    package let applications: [DesiredApplication]
    package let assignments: [DesiredAssignment]
    package let providers: [DesiredProvider]
    package let roles: [DesiredRole]
    /// The inline policies that allow hubs' roles to assume other roles.
    ///
    /// A hub is a mapping in the `via` key of another mapping; the setup need not include the hub.
    package let permissions: [DesiredPermission]

    /// Computes the desired state for mappings.
    ///
    /// - Parameters:
    ///   - mappings: The mappings; at least one.
    ///   - configuration: The configuration with the mappings' identities and the endpoints.
    ///   - tenantID: The tenant for identities without `tenant_id`, for example the tenant of a token for Graph.
    ///   - document: Returns the contents of an inline policy's file; called once for each policy of each mapping.
    /// - Throws: ``DesiredStateError`` if the configuration is incomplete.
    package init(
        _ mappings: [RoleMapping],
        in configuration: Configuration,
        tenantID: String? = nil,
        document: (String) throws(DesiredStateError) -> String
    ) throws(DesiredStateError) {
        var builder = DesiredStateBuilder(authority: configuration.endpoints.authority)
        // A role must exist before another role's trust policy can contain the role's ARN.
        let ordered = mappings.enumerated().sorted {
            ($0.element.chain.count, $0.offset) < ($1.element.chain.count, $1.offset)
        }
        for mapping in ordered.map(\.element) {
            guard let identity = configuration.identity(mapping.identity) else {
                throw .identityUnknown(mapping: mapping.id, identity: mapping.identity)
            }
            try builder.add(mapping, of: identity, fallbackTenant: tenantID, document: document)
        }
        guard let tenant = builder.tenantID else { throw .noMappings }
        self.mappings = mappings.map(\.id)
        self.tenantID = tenant
        cloud = configuration.cloud
        identities = builder.identities
        applications = builder.applications
        assignments = builder.assignments
        let qualifiesProviders = Set(builder.providers.map(\.issuer)).count < builder.providers.count
        providers = builder.providers.map { provider in
            var provider = provider
            provider.isQualified = qualifiesProviders
            return provider
        }
        permissions = builder.permissions
        let arns = Set(builder.roles.map(\.arn) + permissions.map(\.role))
        let isQualified = Set(arns.map(\.name)).count < arns.count
        roles = builder.roles.map { role in
            var role = role
            role.isQualified = isQualified
            role.qualifiesProviders = qualifiesProviders
            return role
        }
    }
}

/// The reason that a configuration is insufficient for a setup.
package enum DesiredStateError: Error, Hashable, Sendable {
    case noMappings
    case identityUnknown(mapping: RoleMapping.ID, identity: ManagedIdentity.ID)
    /// The identity has no `tenant_id`, and the caller passed no tenant for such an identity.
    case tenantUnknown(identity: ManagedIdentity.ID)
    /// The mappings use several tenants; a setup is for one tenant.
    case severalTenants(String, String)
    /// The identity has no ID for a lookup, and its mapping has no settings for creating the identity.
    case identityWithoutID(ManagedIdentity.ID)
    /// The audience is not a valid identifier URI.
    case audienceUnusable(mapping: RoleMapping.ID, audience: String)
    case policyUnreadable(file: String, reason: String)
}

extension DesiredStateError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noMappings:
            "No mapping was specified."
        case .identityUnknown(let mapping, let identity):
            "The mapping `\(mapping)` names the unknown identity `\(identity)`."
        case .tenantUnknown(let identity):
            "The identity \(identity) has no tenant. Set tenant_id."
        case .severalTenants(let first, let second):
            "The mappings belong to two tenants, \(first) and \(second). Set up one tenant at a time."
        case .identityWithoutID(let identity):
            "The identity \(identity) has no principal_id, client_id, or resource_id, so it cannot be found. "
                + "Set principal_id, or, to create the identity, set setup.identity in the mapping."
        case .audienceUnusable(let mapping, let audience):
            "\(mapping): the audience \(audience) is not a valid identifier URI. Use "
                + "api://TENANT_ID/NAME."
        case .policyUnreadable(let file, let reason):
            "The inline policy \(file) cannot be used: \(reason)"
        }
    }
}
