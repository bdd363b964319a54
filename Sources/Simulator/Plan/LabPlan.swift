import Federation
import FoundationEssentials

/// A scenario with the IDs of all its objects.
///
/// The lab derives both clouds, the configuration, and the environment from the plan.
struct LabPlan: Sendable {
    /// The resource group of the lab's subscription.
    static let resourceGroup = "cambist-lab"

    let scenario: Scenario
    let seed: Seed
    let speed: Speed
    let tenantID: String
    let subscription: String
    let applications: [PlannedApplication]
    let identities: [PlannedIdentity]
    let mappings: [PlannedMapping]
    /// The access key of the IAM administrator in the account of the first mapping.
    var administrator: AWSSetup.AccessKey { administrator(ofAccount: mappings.first?.scenario.account ?? "") }

    init(_ scenario: Scenario, seed: Seed, speed: Speed) {
        self.scenario = scenario
        self.seed = seed
        self.speed = speed
        let tenantID = scenario.tenantID ?? seed.guid("tenant")
        self.tenantID = tenantID
        let subscription = seed.guid("subscription")
        self.subscription = subscription
        let applications = scenario.applications.map {
            PlannedApplication($0, tenantID: tenantID, seed: seed)
        }
        let identities = scenario.identities.map {
            PlannedIdentity($0, subscription: subscription, seed: seed)
        }
        self.applications = applications
        self.identities = identities
        let application = Dictionary(applications.map { ($0.name, $0) }) { first, _ in first }
        let identity = Dictionary(identities.map { ($0.name, $0) }) { first, _ in first }
        mappings = scenario.mappings.compactMap { mapping in
            guard let identity = identity[mapping.identity],
                let application = application[mapping.application]
            else { return nil }
            let hub = mapping.hub.flatMap { name in scenario.mappings.first { $0.name == name } }
            return PlannedMapping(mapping, of: identity, for: application, hub: hub, tenantID: tenantID)
        }
    }

    /// The accounts of all roles, in mapping order, followed by the scenario's further accounts.
    var accounts: [String] {
        var seen: Set<String> = []
        return (mappings.map(\.scenario.account) + scenario.accounts).filter { seen.insert($0).inserted }
    }

    /// Returns the access key of the IAM administrator in an account.
    func administrator(ofAccount account: String) -> AWSSetup.AccessKey {
        let isFirst = account == mappings.first?.scenario.account
        let owner = isFirst || mappings.isEmpty ? "" : " of \(account)"
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        let halves = ["first", "second"].map {
            seed.text("secret key \($0)\(owner)", count: 20, from: letters)
        }
        return AWSSetup.AccessKey(
            id: "AKIA" + seed.text("access key\(owner)", count: 16, from: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
            secret: Secret(halves.joined()),
            userName: "administrator"
        )
    }

    /// The AWS configuration with a profile for each account's administrator.
    ///
    /// The value is `nil` without accounts or with over 100 accounts.
    var profilesText: String? {
        let accounts = accounts
        guard !accounts.isEmpty, accounts.count <= 100 else { return nil }
        return accounts.map { account in
            let key = administrator(ofAccount: account)
            return """
                [profile lab-\(account)]
                aws_account_id = \(account)
                aws_access_key_id = \(key.id)
                aws_secret_access_key = \(key.secret.reveal())

                """
        }.joined(separator: "\n")
    }

    /// Whether the configuration refers to a copy of a role's trust policy.
    ///
    /// The administrator cannot read roles in other accounts, so each of these roles needs a copy. A lab with over
    /// 1,000 mappings has no copies.
    func copiesTrustPolicy(of mapping: PlannedMapping) -> Bool {
        scenario.hasRoles && mapping.scenario.role.isPresent && mappings.count <= 1000
            && mapping.scenario.account != mappings.first?.scenario.account
    }

    /// The first identity with administrative permissions, if any.
    var administrativeIdentity: PlannedIdentity? {
        identities.first(where: \.scenario.isAdministrator)
    }
}

/// An application of the scenario, with its IDs.
struct PlannedApplication: Sendable {
    let scenario: ScenarioApplication
    let objectID: String
    let clientID: String
    let servicePrincipalID: String
    let roleID: String
    let identifierURIs: [String]

    init(_ application: ScenarioApplication, tenantID: String, seed: Seed) {
        scenario = application
        objectID = application.objectID ?? seed.guid("application \(application.name)")
        clientID = application.clientID ?? seed.guid("client of \(application.name)")
        servicePrincipalID = application.servicePrincipalID ?? seed.guid("principal of \(application.name)")
        roleID = application.roleID ?? seed.guid("role of \(application.name)")
        identifierURIs = application.identifierURIs.map {
            $0.replacing("{tenant_id}", with: tenantID)
        }
    }

    /// The display name.
    var name: String { scenario.name }

    /// The audience in token requests for the application.
    var audience: String {
        identifierURIs.first ?? clientID
    }
}

/// An identity of the scenario, with its IDs and credential.
struct PlannedIdentity: Sendable {
    let scenario: ScenarioIdentity
    /// The object ID of the service principal.
    let principalID: String
    let clientID: String
    /// The object ID of the application's registration.
    let applicationID: String
    /// The Azure Resource Manager ID of a managed identity.
    let resourceID: String
    /// An application's client secret.
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

    /// Whether the identity is a managed identity.
    var isManaged: Bool {
        !scenario.source.isApplication
    }

    /// Whether the identity is a machine's system-assigned identity.
    var isSystemAssigned: Bool {
        scenario.isSystemAssigned || scenario.source == .azureArc
    }
}
