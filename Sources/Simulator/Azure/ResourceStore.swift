import Federation
import FoundationEssentials

/// The resource groups, user-assigned identities, and contributors of a subscription.
struct ResourceStore: Sendable {
    let subscription: String
    let groups: [String]
    /// The object IDs of principals with the role Managed Identity Contributor.
    let contributors: Set<String>
    /// The identities, by lowercase resource ID.
    private var identities: [String: StoredIdentity] = [:]

    init(subscription: String, groups: [String], contributors: Set<String>) {
        self.subscription = subscription
        self.groups = groups
        self.contributors = contributors
    }

    func identity(_ path: IdentityPath) -> StoredIdentity? {
        identities[path.text.lowercased()]
    }

    /// Returns the identities of a resource group, sorted by resource ID.
    func identities(in group: String) -> [StoredIdentity] {
        identities.values.filter { $0.group.lowercased() == group.lowercased() }.sorted { $0.path < $1.path }
    }

    /// All identities, sorted by resource ID.
    var allIdentities: [StoredIdentity] {
        identities.values.sorted { $0.path < $1.path }
    }

    mutating func put(_ identity: StoredIdentity) {
        identities[identity.path.lowercased()] = identity
    }

    mutating func remove(_ path: IdentityPath) {
        identities[path.text.lowercased()] = nil
    }
}

/// A user-assigned identity in the resource store.
struct StoredIdentity: Hashable, Sendable {
    /// The resource ID.
    let path: String
    let location: String
    var tags: [String: String]
    let principalID: String
    let clientID: String

    var name: String {
        path.split(separator: "/").last.map(String.init) ?? ""
    }

    var group: String {
        let parts = path.split(separator: "/")
        return parts.count > 3 ? String(parts[3]) : ""
    }

    /// Returns the resource in the JSON of Azure Resource Manager.
    func json(tenant: String) -> JSONValue {
        .object([
            "id": .string(path),
            "name": .string(name),
            "type": .string("Microsoft.ManagedIdentity/userAssignedIdentities"),
            "location": .string(location),
            "tags": .object(tags.mapValues(JSONValue.string)),
            "properties": .object([
                "tenantId": .string(tenant),
                "principalId": .string(principalID),
                "clientId": .string(clientID),
            ]),
        ])
    }

    /// Returns the identity's service principal.
    func servicePrincipal(created: Date) -> ServicePrincipal {
        ServicePrincipal(
            objectID: principalID,
            appID: clientID,
            displayName: name,
            kind: .managedIdentity,
            alternativeNames: ["isExplicit=True", path],
            created: created
        )
    }
}
