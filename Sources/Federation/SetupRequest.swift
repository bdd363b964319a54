/// The optional settings of `cambist setup` for a mapping.
package struct SetupRequest: Hashable, Sendable {
    /// The Entra application's display name.
    package var application: String?
    /// The managed identity to create if it does not exist.
    package var identity: IdentityResource?
    /// Managed policies to attach to the role.
    package var managedPolicies: [ARN]
    /// The files with the documents of the role's inline policies, by policy name.
    package var inlinePolicies: [String: String]
    /// The role's `MaxSessionDuration`, 1 h to 12 h.
    package var maximumSession: Duration?
    /// The SHA-1 thumbprints of the issuer's server certificates, in lowercase.
    ///
    /// If the list is empty, IAM retrieves a thumbprint.
    package var thumbprints: [String]

    package init(
        application: String? = nil,
        identity: IdentityResource? = nil,
        managedPolicies: [ARN] = [],
        inlinePolicies: [String: String] = [:],
        maximumSession: Duration? = nil,
        thumbprints: [String] = []
    ) {
        self.application = application
        self.identity = identity
        self.managedPolicies = managedPolicies
        self.inlinePolicies = inlinePolicies
        self.maximumSession = maximumSession
        self.thumbprints = thumbprints
    }
}

/// The location of a user-assigned managed identity to create.
package struct IdentityResource: Hashable, Sendable {
    /// The subscription ID, a GUID.
    package var subscription: String
    package var resourceGroup: String
    /// The Azure region, such as `westeurope`.
    package var location: String
    package var name: String

    package init(subscription: String, resourceGroup: String, location: String, name: String) {
        self.subscription = subscription
        self.resourceGroup = resourceGroup
        self.location = location
        self.name = name
    }
}

extension IdentityResource {
    /// The Azure Resource Manager ID: `/subscriptions/…/userAssignedIdentities/NAME`.
    package var resourceID: String {
        "/subscriptions/\(subscription)/resourceGroups/\(resourceGroup)/providers/"
            + "Microsoft.ManagedIdentity/userAssignedIdentities/\(name)"
    }
}
