import Federation
import Foundation

/// All of the simulated Azure that changes: what its services share.
struct AzureState: Sendable {
    let pace: Speed
    let seed: Seed
    var directory: TenantDirectory
    var tokens: TokenService
    var host: IdentityHost
    let secrets: HostSecrets
    /// The machine's own identity, as the Azure Arc agent has it.
    let arcIdentity: AttachedIdentity?
    let cluster: ClusterIssuer
    /// `nil` where no directory for them was given.
    var arcKeys: ArcKeyFiles?
    /// Who is signed in to Cloud Shell.
    let user: DirectoryUser
    private var requests = 0
    /// Of one machine's requests for tokens.
    var metadataBudget = RequestBudget(limit: InstanceMetadata.rateLimit, window: .seconds(1))
    /// Of the same requests, those that have no answer yet.
    var metadataLane = RequestLane(width: InstanceMetadata.concurrencyLimit)
    /// Of Graph's resource units, for a small tenant.
    var graphBudget = RequestBudget(limit: 3500, window: .seconds(10))
    /// How long the directory takes to reach the slower of Graph's two replicas.
    let replication: Duration
    /// How long a host takes to have a token made that it has not cached.
    let minting: Duration
    var resources: ResourceStore

    init(
        pace: Speed,
        seed: Seed,
        directory: TenantDirectory,
        tokens: TokenService,
        host: IdentityHost,
        arcIdentity: AttachedIdentity?,
        cluster: ClusterIssuer,
        replication: Duration,
        minting: Duration,
        resources: ResourceStore,
        arcKeys: ArcKeyFiles?
    ) {
        self.pace = pace
        self.seed = seed
        self.directory = directory
        self.tokens = tokens
        self.host = host
        self.arcIdentity = arcIdentity
        self.cluster = cluster
        self.replication = replication
        self.minting = minting
        self.resources = resources
        self.arcKeys = arcKeys
        secrets = HostSecrets(seed: seed)
        user = DirectoryUser(
            objectID: seed.guid("user"),
            principalName: "ada@lab.example",
            displayName: "Ada Example"
        )
    }

    /// The ids of another request.
    mutating func nextRequestID() -> EntraRequestID {
        requests += 1
        return EntraRequestID(
            trace: seed.guid("trace \(requests)"),
            correlation: seed.guid("correlation \(requests)")
        )
    }

    /// The directory as the replica of Graph has it that happens to answer the latest request.
    func graphView(at date: Date) -> DirectoryView {
        let isSlow = seed.fraction("replica \(requests)") < 0.5
        return directory.view(at: date, lag: isSlow ? replication : replication / 4)
    }

    /// An attached identity's token: the cached one while there is one, else a new one, which is then cached.
    ///
    /// A refusal is not cached.
    mutating func platformToken(
        of identity: AttachedIdentity,
        for resource: String,
        at date: Date
    ) throws -> IssuedToken {
        if let cached = host.token(of: identity, for: resource, at: date) { return cached }
        guard let principal = directory.newest.servicePrincipal(identity.principalID) else {
            throw EntraError.clientNotFound(identity.clientID, tenant: directory.tenantID)
        }
        let token = try tokens.issue(
            to: principal,
            proof: .certificate,
            for: resource,
            in: directory,
            at: date
        )
        host.keep(token, of: identity)
        return token
    }
}
