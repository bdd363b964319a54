import Federation

/// The contents of a scenario file: the initial state of both clouds, and the mappings of cambist's configuration.
///
/// All keys are optional and have working defaults (for example, a mapping's trust policy trusts the mapping's
/// identity). The seed determines omitted IDs.
struct Scenario: Hashable, Sendable {
    var name: String
    var summary = ""
    /// The seed of the lab's pseudorandom values.
    var seed: UInt64 = 1
    /// The divisor of propagation delays and lifetimes in the lab.
    var speed = 1.0
    var tenantID: String?
    var delays = ScenarioDelays()
    var applications: [ScenarioApplication] = []
    var identities: [ScenarioIdentity] = []
    var mappings: [ScenarioMapping] = []
    /// AWS accounts without roles, in addition to the mappings' accounts.
    var accounts: [String] = []
    /// Tokens that the platform cached before the start of the lab.
    var cachedTokens: [ScenarioCachedToken] = []
    /// The names of the mappings whose propagation the console watches from the start.
    var watched: [String] = []
    /// Whether the providers and roles of the mappings exist in AWS.
    var hasRoles = true
    var storm = ScenarioStorm()
    var clocks = ScenarioClocks()

    func application(_ name: String) -> ScenarioApplication? {
        applications.first { $0.name == name }
    }

    func identity(_ name: String) -> ScenarioIdentity? {
        identities.first { $0.name == name }
    }
}

/// Delays and periods of the simulated directory and token service; the lab's speed divides all except `minting`.
struct ScenarioDelays: Hashable, Sendable {
    /// The time after a directory write until Graph's slower replica shows the write.
    var directory = Duration.seconds(20)
    /// The time after a directory write until the write affects new tokens.
    var tokenService = Duration.seconds(180)
    /// The time that a host needs to obtain an uncached token.
    ///
    /// The speed does not divide this time, because clients' timeouts are not divided.
    var minting = Duration.zero
    /// The period for which each key of the token service signs tokens.
    var keys = Duration.seconds(86400)
}

/// The offsets of the clouds' clocks from this host's clock.
///
/// An offset is positive if the cloud's clock is ahead. The speed does not divide the offsets.
struct ScenarioClocks: Hashable, Sendable {
    var aws = Duration.zero
    var azure = Duration.zero
}

/// A token that the platform cached before the start of the lab.
struct ScenarioCachedToken: Hashable, Sendable {
    var identity: String
    var application: String
    /// The age of the token at normal speed.
    var age: Duration
    /// The token's `roles` claim.
    var roles: [String] = []
}

/// Rates of injected faults of both clouds, as fractions of all requests.
struct ScenarioStorm: Hashable, Sendable {
    var throttled = 0.0
    var failing = 0.0
    var slow = 0.0
    var cut = 0.0
    /// The delay of a slow response.
    ///
    /// The speed does not divide this delay, because clients' timeouts are not divided.
    var slowness = Duration.seconds(3)
}

/// An application in Entra for which tokens are requested.
struct ScenarioApplication: Hashable, Sendable {
    /// The display name.
    var name: String
    var objectID: String?
    var clientID: String?
    var servicePrincipalID: String?
    /// Whether the application exists at the start; `cambist setup` can create a missing application.
    var isRegistered = true
    /// The identifier URIs, which may contain `{tenant_id}`.
    var identifierURIs: [String] = []
    /// The token version, 1 or 2; `nil` means 1.
    var tokenVersion: Int?
    var requiresAssignment = false
    var presence = ScenarioPresence.present
    var roleID: String?
    var roleValue = "AssumeRoleWithWebIdentity"
    var memberTypes: [AppRole.MemberType] = [.application]
    /// Whether `aud` is the client ID even in v1 tokens.
    var usesGUIDAudience = false
    /// The identities that are assigned to the app role before the start of the lab.
    var assigned: [String] = []
    /// The identities whose assignment to the app role begins to propagate at the start of the lab.
    var justAssigned: [String] = []
    /// The identities with an assignment to the application without a specific role.
    var defaultAccess: [String] = []
}

/// The state of a service principal.
enum ScenarioPresence: String, CaseIterable, Hashable, Sendable {
    case present
    case missing
    case disabled
}

/// An identity: a managed identity, or an application with its own credential.
struct ScenarioIdentity: Hashable, Sendable {
    var name: String
    var principalID: String?
    var clientID: String?
    var source = Source.instanceMetadata
    /// Whether a managed identity is attached to its machine.
    var isAttached = true
    var isSystemAssigned = false
    /// Whether the identity may write to the directory and create managed identities.
    var isAdministrator = false
    /// The key that selects a managed identity in the configuration, if any.
    var selector = Selector.clientID
    /// The object ID in the configuration, if it differs from the real object ID.
    var claimedPrincipalID: String?
    /// The tenant in the configuration, if it differs from the real tenant.
    var claimedTenantID: String?
    /// The error that the instance metadata service returns instead of tokens, if any.
    var fault: IdentityFault?
    /// Whether the application and its service principal exist.
    var isRegistered = true
    var presence = ScenarioPresence.present
    /// The state of the credential of an application or workload identity.
    var credential = Credential.good
    /// The kind of token in the file, for the source `file`.
    var token = FileToken.good

    enum Source: String, CaseIterable, Sendable {
        case instanceMetadata = "imds"
        case azureArc = "azure-arc"
        case clientSecret = "client-secret"
        case clientCertificate = "client-certificate"
        case workloadIdentity = "workload-identity"
        case file

        /// Whether the source authenticates an application, not a managed identity.
        var isApplication: Bool {
            switch self {
            case .clientSecret, .clientCertificate: true
            case .instanceMetadata, .azureArc, .workloadIdentity, .file: false
            }
        }
    }

    enum Selector: String, CaseIterable, Sendable {
        case clientID = "client_id"
        case principalID = "object_id"
        case resourceID = "resource_id"
        case none
    }

    enum Credential: String, CaseIterable, Sendable {
        case good
        /// A secret or a key that is not registered.
        case wrong
        case expired
        /// A federated assertion with a wrong issuer; the next cases have a wrong subject and a wrong audience.
        case wrongIssuer = "wrong-issuer"
        case wrongSubject = "wrong-subject"
        case wrongAudience = "wrong-audience"
        /// A federated assertion from an issuer that Entra cannot reach.
        case privateIssuer = "private-issuer"
    }

    enum FileToken: String, CaseIterable, Sendable {
        case good
        case expired
        /// A token signed with an unpublished key.
        case unpublishedKey = "unpublished-key"
        /// A token modified after signing.
        case tampered
        case notAToken = "not-a-token"
        /// A delegated token of a user.
        case user
    }
}

/// A mapping, with its role and provider.
///
/// The audience, the provider, and the trust policy may contain these placeholders:
/// - `{tenant_id}`, `{client_id}`, `{principal_id}`, `{PRINCIPAL_ID}` (uppercase)
/// - `{audience}`, `{application_id}`, `{issuer}`, `{provider}` (the issuer without its scheme)
/// - `{account}`, `{hub_account}`, `{hub_role}` (the ARN of the hub's role)
struct ScenarioMapping: Hashable, Sendable {
    var name: String
    var identity: String
    var application: String
    /// The twelve-digit account ID.
    var account: String
    var region = "eu-west-1"
    var tags: [String] = []
    /// The requested audience, if it differs from the application's identifier URI.
    var audience: String?
    var duration: Duration?
    var sessionName: String?
    /// The ARNs of managed session policies.
    var policyARNs: [String] = []
    /// The inline session policy.
    var sessionPolicy: String?
    var provider = ScenarioProvider()
    var role = ScenarioRole()
    var trust = ScenarioTrust()
    /// The mapping whose credentials assume the role; `nil` for a mapping that exchanges a token.
    var hub: String?
    var chain = ScenarioChain()
}

/// The AssumeRole parameters of a mapping with a hub.
struct ScenarioChain: Hashable, Sendable {
    /// The external ID in the configuration.
    var externalID: String?
    var sessionTags: [String: String] = [:]
    var transitiveTags: [String] = []
    var sourceIdentity: String?
    /// Whether an inline policy permits the hub's role to assume the mapping's role.
    var isPermitted = true
}

/// The OIDC provider in the account of a mapping.
struct ScenarioProvider: Hashable, Sendable {
    var isPresent = true
    var url: String?
    var clientIDs: [String]?
    var connection = Connection.trusted

    enum Connection: String, CaseIterable, Sendable {
        case trusted
        case thumbprintMismatch = "thumbprint-mismatch"
        case unreachable
        case claimRejected = "claim-rejected"
    }
}

/// The role of a mapping, and restrictions of its account.
struct ScenarioRole: Hashable, Sendable {
    var isPresent = true
    var maxSession = Duration.seconds(3600)
    /// Whether the organization's resource control policy forbids new sessions of the role.
    var isDeniedByOrganization = false
    /// Whether STS throttles all exchanges in the account.
    var isThrottled = false
}

/// The differences between a role's trust policy and a working trust policy.
struct ScenarioTrust: Hashable, Sendable {
    /// The whole policy, which overrides the other properties.
    var policy: String?
    /// The prefix of `:aud` and `:sub` in condition keys.
    var prefix: String?
    /// The ARN of the federated principal.
    var federated: String?
    var action = "sts:AssumeRoleWithWebIdentity"
    var audience: String?
    var subject: String?
    /// The principal that a role with a hub trusts; by default, the hub's role.
    var principal: String?
    /// The external ID that a role with a hub requires; by default, the configured external ID.
    var externalID: String?
}
