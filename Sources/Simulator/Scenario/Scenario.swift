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
    /// Tokens that the platform has held since before the lab started.
    var cachedTokens: [ScenarioCachedToken] = []
    /// The mappings that are being watched as the lab starts.
    var watched: [String] = []
    /// Whether AWS holds what the mappings need; if not, accounts only.
    var hasRoles = true
    var storm = ScenarioStorm()

    func application(_ name: String) -> ScenarioApplication? {
        applications.first { $0.name == name }
    }

    func identity(_ name: String) -> ScenarioIdentity? {
        identities.first { $0.name == name }
    }
}

/// How long changes take to be seen, before the speed divides it.
struct ScenarioDelays: Hashable, Sendable {
    /// From a write to the directory until its slower replica answers reads with it.
    var directory = Duration.seconds(20)
    /// From a write to the directory until tokens are made by it.
    var tokenService = Duration.seconds(180)
    /// How long a host takes to have a token made that it has not cached; not divided by the speed, as no
    /// client's patience is.
    var minting = Duration.zero
    /// How long one key signs.
    var keys = Duration.seconds(86400)
}

/// A token that the platform cached for an identity before the lab started.
struct ScenarioCachedToken: Hashable, Sendable {
    var identity: String
    var application: String
    /// How long ago it was made, before the speed divides it.
    var age: Duration
    /// Its `roles`.
    var roles: [String] = []
}

/// How often requests meet trouble on their way, each kind as a fraction of all requests.
struct ScenarioStorm: Hashable, Sendable {
    var throttled = 0.0
    var failing = 0.0
    var slow = 0.0
    var cut = 0.0
    /// How late a slow answer is; not divided by the speed, for a client's patience is not either.
    var slowness = Duration.seconds(3)
}
