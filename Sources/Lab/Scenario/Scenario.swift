import Federation

/// A state of both clouds, and the mappings between them, as a scenario file describes it.
///
/// What a file leaves out is as it should be: ids follow from the seed, a mapping's provider, role and trust
/// policy fit its identity and its application.
struct Scenario: Hashable, Sendable {
    var name: String
    var summary = ""
    /// Tells apart runs that look random.
    var seed: UInt64 = 1
    /// Divides the lab's delays and lifetimes.
    var speed = 1.0
    var tenantID: String?
    var delays = ScenarioDelays()
    var applications: [ScenarioApplication] = []
    var identities: [ScenarioIdentity] = []
    var mappings: [ScenarioMapping] = []

    func application(_ name: String) -> ScenarioApplication? {
        applications.first { $0.name == name }
    }

    func identity(_ name: String) -> ScenarioIdentity? {
        identities.first { $0.name == name }
    }
}

/// How long changes take to be seen, before the speed divides it.
struct ScenarioDelays: Hashable, Sendable {
    /// From a write to the directory until its slowest replica answers reads with it.
    var directory = Duration.seconds(20)
    /// From a write to the directory until tokens are made by it.
    var tokenService = Duration.seconds(180)
    /// How long one key signs.
    var keys = Duration.seconds(86400)
}

/// An application whose identifier URI is an audience.
struct ScenarioApplication: Hashable, Sendable {
    /// Its display name.
    var name: String
    var objectID: String?
    var clientID: String?
    var servicePrincipalID: String?
    var identifierURIs: [String] = []
    /// 1 or 2; as good as 1 when absent.
    var tokenVersion: Int?
    var requiresAssignment = false
    var roleID: String?
    var roleValue = "AssumeRoleWithWebIdentity"
    /// The identities assigned to the role since long ago.
    var assigned: [String] = []
}

/// A managed identity.
struct ScenarioIdentity: Hashable, Sendable {
    var name: String
    var principalID: String?
    var clientID: String?
    var isSystemAssigned = false
}

/// A mapping, with the role and the provider it needs.
struct ScenarioMapping: Hashable, Sendable {
    var name: String
    var identity: String
    var application: String
    /// Twelve digits.
    var account: String
    var region = "eu-west-1"
    var tags: [String] = []
    var trust = ScenarioTrust()
}

/// What a role's trust policy demands in place of what would fit.
struct ScenarioTrust: Hashable, Sendable {
    /// The `sub`.
    var subject: String?
}
