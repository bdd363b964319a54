import Federation
import FoundationEssentials

/// Entra's token service: authorizes token requests and issues tokens.
struct TokenService: Sendable {
    /// The lifetime of a managed identity's token at normal speed.
    static let managedIdentityLife = Duration.seconds(86400)
    /// The difference between the time of issue and the earlier `iat` and `nbf`, at normal speed.
    static let backdating = Duration.seconds(300)

    let speed: Speed
    let seed: Seed
    var keys: EntraSigningKeys
    /// The replication delay from the directory to the token service.
    let lag: Duration
    private var tokensMade = 0

    init(speed: Speed, seed: Seed, keys: EntraSigningKeys, lag: Duration) {
        self.speed = speed
        self.seed = seed
        self.keys = keys
        self.lag = lag
    }

    /// Issues an app-only token to a service principal.
    ///
    /// - Throws: ``EntraError`` for an unusable resource (unknown, disabled, or a managed identity) or a missing
    ///   assignment.
    mutating func issue(
        to principal: ServicePrincipal,
        proof: ClientProof,
        for resource: String,
        in directory: TenantDirectory,
        at date: Date
    ) throws -> IssuedToken {
        let view = directory.view(at: date, lag: lag)
        let target = try target(resource, in: view)
        let assignments = view.assignments(of: principal.objectID, on: target.objectID)
        if target.requiresAssignment, assignments.isEmpty {
            throw EntraError.notAssigned(
                client: principal.appID,
                name: principal.displayName,
                resource: resource,
                resourceName: target.displayName
            )
        }
        let assigned = Set(assignments.map(\.roleID))
        let roles = view.roles(of: target).filter { assigned.contains($0.id) }.compactMap(\.value).sorted()
        let bearer = TokenContents.Bearer.application(principal, roles: roles, proof: proof)
        return try make(TokenContents(bearer, resource: resource, target: target, in: view), at: date)
    }

    /// Issues a delegated token to a user.
    ///
    /// - Throws: ``EntraError`` for an unusable resource (unknown, disabled, or a managed identity) or missing consent
    ///   for the client.
    mutating func issue(
        to user: DirectoryUser,
        through client: PublicClient,
        for resource: String,
        in directory: TenantDirectory,
        at date: Date
    ) throws -> IssuedToken {
        let view = directory.view(at: date, lag: lag)
        let target = try target(resource, in: view)
        let clients = view.application(appID: target.appID)?.preauthorizedClients
        guard clients?.contains(client.id) ?? (target.foreign != nil) else {
            throw EntraError.noConsent(client: client.id, name: client.name)
        }
        let bearer = TokenContents.Bearer.user(user, clientID: client.id)
        return try make(TokenContents(bearer, resource: resource, target: target, in: view), at: date)
    }

    /// Creates and signs a token without checking the directory.
    mutating func make(_ contents: TokenContents, at date: Date) throws -> IssuedToken {
        tokensMade += 1
        let name = "\(contents.bearer.objectID) \(contents.resource) \(tokensMade)"
        let issued =
            (Instant(unixSeconds: date.timeIntervalSince1970.rounded(.down)) ?? Instant(clamping: date)).date
        let notBefore = issued - speed.scaled(Self.backdating).seconds.rounded()
        let expiry = issued + max(1, speed.scaled(life(of: contents.bearer, name: name)).seconds.rounded())
        var payload = contents.claims
        payload["iat"] = .integer(Int(saturating: notBefore.timeIntervalSince1970))
        payload["nbf"] = .integer(Int(saturating: notBefore.timeIntervalSince1970))
        payload["exp"] = .integer(Int(saturating: expiry.timeIntervalSince1970))
        for (claim, size) in [("aio", 24), ("rh", 27), ("uti", 16)] {
            payload[claim] = .string(Data(seed.bytes("\(claim) \(name)").prefix(size)).base64URL)
        }
        let key = try keys.current(at: date)
        return IssuedToken(
            compact: try key.sign(
                header: contents.isVersion2 ? [:] : ["x5t": .string(key.id)],
                payload: payload
            ),
            resource: contents.resource,
            clientID: contents.bearer.clientID,
            issued: issued,
            notBefore: notBefore,
            expiry: expiry
        )
    }

    private func target(_ resource: String, in view: DirectoryView) throws(EntraError) -> ServicePrincipal {
        guard let target = view.servicePrincipal(named: resource) else {
            throw .resourceNotFound(resource, tenant: view.tenantID)
        }
        guard target.kind == .application else { throw .managedIdentityAsResource(resource) }
        guard target.isEnabled else { throw .resourceDisabled(resource) }
        return target
    }

    /// Returns the token lifetime at normal speed.
    ///
    /// A managed identity's token lives for 24 h. Other tokens have a random lifetime between 60 and 90 min.
    private func life(of bearer: TokenContents.Bearer, name: String) -> Duration {
        bearer.isManagedIdentity
            ? Self.managedIdentityLife : .seconds(3600 + 1800 * seed.fraction("life \(name)"))
    }
}

/// The method of client authentication, with its value in the claims `appidacr` and `azpacr`.
enum ClientProof: String, Sendable {
    /// A public client.
    case none = "0"
    case secret = "1"
    /// Also used for managed identities and federated assertions.
    case certificate = "2"
}

/// A Microsoft public client that acts on behalf of users.
struct PublicClient: Hashable, Sendable {
    let id: String
    let name: String

    static let cloudShell = PublicClient(
        id: "b677c290-cf4b-4a8e-a60e-91ba650a4abe",
        name: "Azure Cloud Shell"
    )
}

/// An issued token.
struct IssuedToken: Hashable, Sendable {
    /// The compact serialization.
    let compact: String
    let resource: String
    /// The client ID of the principal.
    let clientID: String
    /// The time of issue; `iat` and `nbf` are earlier by the scaled ``TokenService/backdating``.
    let issued: Date
    /// The `nbf` and `iat` claims.
    let notBefore: Date
    /// The `exp` claim.
    let expiry: Date

    /// Returns the whole seconds until expiration.
    func secondsLeft(at date: Date) -> Int {
        max(0, Int(saturating: expiry.timeIntervalSince(date)))
    }

    /// The value of `expires_on`, in seconds since 1970.
    var expirySeconds: String {
        String(Int(saturating: expiry.timeIntervalSince1970))
    }

    /// The value of `not_before`, in seconds since 1970.
    var notBeforeSeconds: String {
        String(Int(saturating: notBefore.timeIntervalSince1970))
    }
}
