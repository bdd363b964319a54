import Federation
import FoundationEssentials

/// The mutable state that the simulated Azure services share.
struct AzureState: Sendable {
    let speed: Speed
    let seed: Seed
    var directory: TenantDirectory
    var tokens: TokenService
    var host: IdentityHost
    let secrets: HostSecrets
    /// The system-assigned identity of the Azure Arc-enabled server, if any.
    let arcIdentity: AttachedIdentity?
    let cluster: ClusterIssuer
    /// The key files of the Arc agent; `nil` without a directory for key files.
    var arcKeys: ArcKeyFiles?
    /// The user signed in to Cloud Shell.
    let user: DirectoryUser
    private var requests = 0
    /// The rate limit for the machine's requests to instance metadata.
    var metadataBudget = RequestBudget(limit: InstanceMetadata.rateLimit, window: .seconds(1))
    /// The concurrency limit for the machine's requests to instance metadata.
    var metadataConcurrency = ConcurrencyLimit(width: InstanceMetadata.concurrencyLimit)
    /// Graph's limit for a small tenant, in resource units per ten seconds.
    var graphBudget = RequestBudget(limit: 3500, window: .seconds(10))
    /// The replication delay of Graph's slower replica; the faster replica has a quarter of the delay.
    let replication: Duration
    /// The time that a host needs to obtain an uncached token.
    let minting: Duration
    var resources: ResourceStore

    init(
        speed: Speed,
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
        self.speed = speed
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

    /// Returns the IDs of a new request.
    mutating func nextRequestID() -> EntraRequestID {
        requests += 1
        return EntraRequestID(
            trace: seed.guid("trace \(requests)"),
            correlation: seed.guid("correlation \(requests)")
        )
    }

    /// Returns the state of the directory on the Graph replica of the latest request; replicas lag behind.
    func graphView(at date: Date) -> DirectoryView {
        let isSlow = seed.fraction("replica \(requests)") < 0.5
        return directory.view(at: date, lag: isSlow ? replication : replication / 4)
    }

    /// Returns the token of an attached identity, from the platform's cache or newly issued.
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

/// The secrets in the environment variables of simulated hosts.
struct HostSecrets: Hashable, Sendable {
    /// `IDENTITY_HEADER` of App Service.
    let appService: String
    /// `MSI_SECRET` of Azure Machine Learning.
    let machineLearning: String
    /// `IDENTITY_HEADER` of Service Fabric.
    let serviceFabric: String

    init(seed: Seed) {
        let digits = "0123456789ABCDEF"
        appService = seed.text("App Service header", count: 32, from: digits)
        machineLearning = seed.text("Machine Learning secret", count: 32, from: digits)
        serviceFabric = seed.text("Service Fabric header", count: 32, from: digits)
    }
}
