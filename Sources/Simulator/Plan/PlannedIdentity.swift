import Federation

/// An identity of the scenario, with its ids and its credential.
struct PlannedIdentity: Sendable {
    let scenario: ScenarioIdentity
    /// The object id of its service principal.
    let principalID: String
    let clientID: String
    /// Of an application: the object id of its registration.
    let applicationID: String
    /// Of a managed identity: its Azure Resource Manager id.
    let resourceID: String
    /// Of an application: its client secret.
    let secret: Secret

    init(_ identity: ScenarioIdentity, subscription: String, seed: Seed) {
        scenario = identity
        let name = identity.name
        principalID = identity.principalID ?? seed.guid("principal of identity \(name)")
        clientID = identity.clientID ?? seed.guid("client of identity \(name)")
        applicationID = seed.guid("application of identity \(name)")
        let providers = "/subscriptions/\(subscription)/resourceGroups/\(LabPlan.resourceGroup)/providers"
        resourceID =
            identity.isSystemAssigned || identity.source == .azureArc
            ? "\(providers)/Microsoft.Compute/virtualMachines/\(name)"
            : "\(providers)/Microsoft.ManagedIdentity/userAssignedIdentities/\(name)"
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        secret = Secret(seed.text("secret of identity \(name)", count: 32, from: letters))
    }

    var name: String { scenario.name }

    /// Whether the platform keeps its credential.
    var isManaged: Bool {
        !scenario.source.isApplication
    }

    /// Whether a host names it as its own, without any selector.
    var isSystemAssigned: Bool {
        scenario.isSystemAssigned || scenario.source == .azureArc
    }
}
