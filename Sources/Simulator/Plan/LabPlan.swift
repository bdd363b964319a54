import Federation
import Foundation

/// A scenario with every id filled in: what both clouds, the configuration and the environment are made from.
struct LabPlan: Sendable {
    /// The one resource group of the lab's subscription.
    static let resourceGroup = "cambist-lab"

    let scenario: Scenario
    let seed: Seed
    let pace: Speed
    let tenantID: String
    let subscription: String
    let applications: [PlannedApplication]
    let identities: [PlannedIdentity]
    let mappings: [PlannedMapping]
    /// The key of the first account's IAM administrator.
    var administrator: AWSSetup.AccessKey { administrator(ofAccount: mappings.first?.scenario.account ?? "") }

    init(_ scenario: Scenario, seed: Seed, pace: Speed) {
        self.scenario = scenario
        self.seed = seed
        self.pace = pace
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
            return PlannedMapping(mapping, of: identity, for: application, tenantID: tenantID)
        }
    }

    /// The accounts of its roles, in the order of the mappings.
    var accounts: [String] {
        var seen: Set<String> = []
        return mappings.map(\.scenario.account).filter { seen.insert($0).inserted }
    }

    /// The key of an account's IAM administrator.
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

    /// A file of AWS's tools with a profile for each account's administrator; `nil` when they are very many.
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

    /// Whether the configuration has a copy of a role's trust policy.
    ///
    /// It does for the accounts that the administrator's key is not for, as long as they are few.
    func copiesTrustPolicy(of mapping: PlannedMapping) -> Bool {
        scenario.hasRoles && mapping.scenario.role.isPresent && mappings.count <= 1000
            && mapping.scenario.account != mappings.first?.scenario.account
    }

    /// The managed identity that may set things up.
    var administrativeIdentity: PlannedIdentity? {
        identities.first(where: \.scenario.isAdministrator)
    }
}

/// An application of the scenario, with its ids.
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
            $0.replacingOccurrences(of: "{tenant_id}", with: tenantID)
        }
    }

    /// Its display name.
    var name: String { scenario.name }

    /// What its tokens are asked for.
    var audience: String {
        identifierURIs.first ?? clientID
    }
}
