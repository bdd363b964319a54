import Federation
import FoundationEssentials
import TrustPolicy

/// Builds a desired state by adding mappings one by one; objects that mappings share are merged.
struct DesiredStateBuilder {
    private let authority: URL?
    private(set) var tenantID: String?
    private(set) var identities: [DesiredIdentity] = []
    private(set) var applications: [DesiredApplication] = []
    private(set) var assignments: [DesiredAssignment] = []
    private(set) var providers: [DesiredProvider] = []
    private(set) var roles: [DesiredRole] = []
    private(set) var permissions: [DesiredPermission] = []

    init(authority: URL?) {
        self.authority = authority
    }

    mutating func add(
        _ mapping: RoleMapping,
        of identity: ManagedIdentity,
        fallbackTenant: String?,
        document: (String) throws(DesiredStateError) -> String
    ) throws(DesiredStateError) {
        guard let tenant = (identity.tenantID ?? fallbackTenant)?.lowercased() else {
            throw .tenantUnknown(identity: identity.id)
        }
        if let tenantID, tenantID != tenant { throw .severalTenants(tenantID, tenant) }
        tenantID = tenant
        if let permission = DesiredPermission(mapping) {
            if !permissions.contains(permission) { permissions.append(permission) }
            try merge(mapping, document: document)
            return
        }
        guard mapping.audience.contains("://") else {
            throw .audienceUnusable(mapping: mapping.id, audience: mapping.audience)
        }
        let identity = try merged(identity, resource: mapping.setup.identity)
        let role = DesiredAppRole(
            value: mapping.appRole ?? DesiredAppRole.defaultValue,
            identifierURI: mapping.audience
        )
        merge(role, of: mapping)
        let assignment = DesiredAssignment(
            identity: identity.id,
            identityName: identity.name,
            identifierURI: mapping.audience,
            appRole: role
        )
        if !assignments.contains(assignment) { assignments.append(assignment) }
        let provider = merge(mapping, tenantID: tenant)
        try merge(mapping, of: identity, trusting: provider, document: document)
    }

    private mutating func merged(
        _ identity: ManagedIdentity,
        resource: IdentityResource?
    ) throws(DesiredStateError) -> DesiredIdentity {
        let index = identities.firstIndex { $0.id == identity.id }
        let resource = index.flatMap { identities[$0].resource } ?? resource
        let desired = DesiredIdentity(
            id: identity.id,
            principalID: identity.principalID?.lowercased(),
            clientID: identity.clientID?.lowercased(),
            resourceID: identity.resourceID ?? resource?.resourceID,
            resource: resource
        )
        guard desired.principalID ?? desired.clientID ?? desired.resourceID != nil else {
            throw .identityWithoutID(identity.id)
        }
        if let index { identities[index] = desired } else { identities.append(desired) }
        return desired
    }

    private mutating func merge(_ role: DesiredAppRole, of mapping: RoleMapping) {
        let index = applications.firstIndex { $0.identifierURI == mapping.audience }
        let former = index.map { applications[$0] }
        let roles = (former?.appRoles ?? []) + (former?.appRoles.contains(role) == true ? [] : [role])
        let application = DesiredApplication(
            displayName: former?.displayName ?? mapping.setup.application ?? Self.displayName(of: mapping),
            identifierURI: mapping.audience,
            appRoles: roles
        )
        if let index { applications[index] = application } else { applications.append(application) }
    }

    /// Returns the last path segment of the audience; if it is empty or a GUID, `cambist-` and the mapping's ID.
    private static func displayName(of mapping: RoleMapping) -> String {
        let last = mapping.audience.split(separator: "/").last.map(String.init) ?? ""
        return last.isEmpty || last.isGUID ? "cambist-\(mapping.id)" : last
    }

    /// Adds the mapping's provider and returns its ARN.
    private mutating func merge(_ mapping: RoleMapping, tenantID: String) -> String {
        let issuer = Self.issuer(tenantID: tenantID, authority: authority)
        let arn = OIDCProvider.arn(
            forIssuer: issuer,
            account: mapping.roleARN.account,
            partition: mapping.roleARN.partition.rawValue
        )
        let index = providers.firstIndex { $0.arn == arn }
        let former = index.map { providers[$0].clientIDs } ?? []
        let thumbprints = index.map { providers[$0].thumbprints } ?? []
        let provider = DesiredProvider(
            issuer: issuer,
            arn: arn,
            clientIDs: former + (former.contains(mapping.audience) ? [] : [mapping.audience]),
            thumbprints: thumbprints + mapping.setup.thumbprints.filter { !thumbprints.contains($0) }
        )
        if let index { providers[index] = provider } else { providers.append(provider) }
        return arn
    }

    /// Returns the `iss` claim of v1 tokens; the cloud in China has a different host.
    private static func issuer(tenantID: String, authority: URL?) -> String {
        let cloud = authority?.host().flatMap { MicrosoftCloud(host: $0) } ?? .public
        return "https://\(cloud.issuerHost)/\(tenantID)/"
    }

    private mutating func merge(
        _ mapping: RoleMapping,
        of identity: DesiredIdentity,
        trusting provider: String,
        document: (String) throws(DesiredStateError) -> String
    ) throws(DesiredStateError) {
        let caller = TrustedCaller(
            identity: identity.id,
            identityName: identity.name,
            principalID: identity.principalID,
            resourceID: identity.resourceID,
            audience: mapping.audience,
            providerARN: provider
        )
        try merge(mapping, caller: caller, document: document)
    }

    /// Adds a mapping's role, which trusts `caller` or the role of the mapping's hub.
    private mutating func merge(
        _ mapping: RoleMapping,
        caller: TrustedCaller? = nil,
        document: (String) throws(DesiredStateError) -> String
    ) throws(DesiredStateError) {
        let index = roles.firstIndex { $0.arn == mapping.roleARN }
        let former = index.map { roles[$0] }
        let callers = (former?.callers ?? []).filter {
            $0.identity != caller?.identity || $0.audience != caller?.audience
        }
        let hub = HubGrant(mapping).map { grant in
            former?.hubs.first { $0.hubARN == grant.hubARN }.map(grant.merging) ?? grant
        }
        let hubs = (former?.hubs ?? []).filter { $0.hubARN != hub?.hubARN }
        let managed = mapping.setup.managedPolicies.map(\.description)
        let known = former?.managedPolicies ?? []
        let needed = max(mapping.duration, mapping.setup.maximumSession ?? .seconds(3600), .seconds(3600))
        let role = DesiredRole(
            arn: mapping.roleARN,
            callers: callers + [caller].compactMap(\.self),
            hubs: hubs + [hub].compactMap(\.self),
            mappings: (former?.mappings ?? []) + [mapping],
            maximumSession: max(former?.maximumSession ?? .zero, needed),
            choosesMaximumSession: former?.choosesMaximumSession ?? false
                || mapping.setup.maximumSession != nil,
            managedPolicies: known + managed.filter { !known.contains($0) },
            inlinePolicies: try Self.inlinePolicies(
                of: mapping,
                addingTo: former?.inlinePolicies ?? [],
                document: document
            )
        )
        if let index { roles[index] = role } else { roles.append(role) }
    }

    private static func inlinePolicies(
        of mapping: RoleMapping,
        addingTo former: [DesiredInlinePolicy],
        document: (String) throws(DesiredStateError) -> String
    ) throws(DesiredStateError) -> [DesiredInlinePolicy] {
        var policies = former
        for (name, file) in mapping.setup.inlinePolicies.sorted(by: { $0.key < $1.key }) {
            guard let json = JSONValue(text: try document(file)), case .object = json else {
                throw .policyUnreadable(file: file, reason: "it is not a JSON object.")
            }
            policies.removeAll { $0.name == name }
            policies.append(DesiredInlinePolicy(name: name, document: json))
        }
        return policies
    }
}
