import Federation

/// A scenario with every id filled in: what both clouds, the configuration and the environment are made from.
struct LabPlan: Sendable {
    let scenario: Scenario
    let seed: Seed
    let pace: Pace
    let tenantID: String
    let applications: [PlannedApplication]
    let identities: [PlannedIdentity]
    let mappings: [PlannedMapping]
    let administrator: AWSSetup.AccessKey

    init(_ scenario: Scenario, seed: Seed, pace: Pace) {
        self.scenario = scenario
        self.seed = seed
        self.pace = pace
        let tenantID = scenario.tenantID ?? seed.guid("tenant")
        self.tenantID = tenantID
        let subscription = seed.guid("subscription")
        let applications = scenario.applications.map { PlannedApplication($0, seed: seed) }
        let identities = scenario.identities.map {
            PlannedIdentity($0, subscription: subscription, seed: seed)
        }
        self.applications = applications
        self.identities = identities
        mappings = scenario.mappings.compactMap { mapping in
            guard let identity = identities.first(where: { $0.name == mapping.identity }),
                let application = applications.first(where: { $0.name == mapping.application })
            else { return nil }
            return PlannedMapping(mapping, of: identity, for: application, tenantID: tenantID)
        }
        administrator = AWSSetup.AccessKey(
            id: "AKIA" + seed.text("access key", count: 16, from: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
            secret: Secret(
                ["first", "second"].map {
                    seed.text("secret key \($0)", count: 20, from: Self.secretLetters)
                }.joined()
            ),
            userName: "administrator"
        )
    }

    private static let secretLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
}

/// An application of the scenario, with its ids.
struct PlannedApplication: Sendable {
    let scenario: ScenarioApplication
    let objectID: String
    let clientID: String
    let servicePrincipalID: String
    let roleID: String

    init(_ application: ScenarioApplication, seed: Seed) {
        scenario = application
        objectID = application.objectID ?? seed.guid("application \(application.name)")
        clientID = application.clientID ?? seed.guid("client of \(application.name)")
        servicePrincipalID = application.servicePrincipalID ?? seed.guid("principal of \(application.name)")
        roleID = application.roleID ?? seed.guid("role of \(application.name)")
    }

    /// Its display name.
    var name: String { scenario.name }

    /// What its tokens are asked for.
    var audience: String {
        scenario.identifierURIs.first ?? clientID
    }

    /// Whether its tokens are of version 2.0.
    var issuesVersion2: Bool {
        scenario.tokenVersion == 2
    }
}

/// A managed identity of the scenario, with its ids.
struct PlannedIdentity: Sendable {
    let name: String
    let principalID: String
    let clientID: String
    /// Its Azure Resource Manager id.
    let resourceID: String
    let isSystemAssigned: Bool

    init(_ identity: ScenarioIdentity, subscription: String, seed: Seed) {
        name = identity.name
        principalID = identity.principalID ?? seed.guid("principal of identity \(identity.name)")
        clientID = identity.clientID ?? seed.guid("client of identity \(identity.name)")
        isSystemAssigned = identity.isSystemAssigned
        let group = "/subscriptions/\(subscription)/resourceGroups/cambist-lab/providers"
        resourceID =
            isSystemAssigned
            ? "\(group)/Microsoft.Compute/virtualMachines/\(identity.name)"
            : "\(group)/Microsoft.ManagedIdentity/userAssignedIdentities/\(identity.name)"
    }
}
