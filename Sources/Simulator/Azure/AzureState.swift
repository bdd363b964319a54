import Federation
import Foundation

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
    /// `nil` without a directory for key files.
    var arcKeys: ArcKeyFiles?
    /// The user who is signed in to Cloud Shell.
    let user: DirectoryUser
    private var requests = 0
    /// Rate limit of the machine's token requests.
    var metadataBudget = RequestBudget(limit: InstanceMetadata.rateLimit, window: .seconds(1))
    /// Concurrency limit of the machine's token requests.
    var metadataConcurrency = ConcurrencyLimit(width: InstanceMetadata.concurrencyLimit)
    /// Graph's limit in resource units, for a small tenant.
    var graphBudget = RequestBudget(limit: 3500, window: .seconds(10))
    /// Replication delay to the slower of Graph's two replicas.
    let replication: Duration
    /// Time that a host needs to obtain a token that is not cached.
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

    /// Returns the ids of a new request.
    mutating func nextRequestID() -> EntraRequestID {
        requests += 1
        return EntraRequestID(
            trace: seed.guid("trace \(requests)"),
            correlation: seed.guid("correlation \(requests)")
        )
    }

    /// The directory as seen by the Graph replica that answers the latest request.
    func graphView(at date: Date) -> DirectoryView {
        let isSlow = seed.fraction("replica \(requests)") < 0.5
        return directory.view(at: date, lag: isSlow ? replication : replication / 4)
    }

    /// Returns an attached identity's token, from the platform's cache or newly issued.
    ///
    /// Only tokens are cached, not refusals.
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
