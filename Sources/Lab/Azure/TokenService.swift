import Federation
import Foundation

/// Entra's token service: decides whether a principal gets a token for a resource, and makes it.
struct TokenService: Sendable {
    /// How long a managed identity's token lives.
    static let managedIdentityLife = Duration.seconds(86400)
    /// How far `iat` and `nbf` lie before the making of a token.
    static let backdating = Duration.seconds(300)

    let pace: Pace
    let seed: Seed
    var keys: SigningKeys
    /// How far the service's view of the directory lags behind.
    let lag: Duration
    private var tokensMade = 0

    init(pace: Pace, seed: Seed, keys: SigningKeys, lag: Duration) {
        self.pace = pace
        self.seed = seed
        self.keys = keys
        self.lag = lag
    }

    /// How a client showed who it is; `appidacr` or `azpacr`.
    enum ClientProof: String, Sendable {
        case secret = "1"
        /// Also a managed identity's, whose certificate the platform keeps.
        case certificate = "2"
    }

    /// Issues a token to `principal` for the resource of that name.
    ///
    /// - Throws: ``EntraError`` when the resource is unknown, disabled or a managed identity, or when it wants an
    ///   assignment that the principal does not have.
    mutating func issue(
        to principal: ServicePrincipal,
        for resource: String,
        proof: ClientProof,
        in directory: Directory,
        at date: Date
    ) throws -> IssuedToken {
        let view = directory.view(at: date, lag: lag)
        guard let target = view.servicePrincipal(named: resource) else {
            throw EntraError.resourceNotFound(resource, tenant: directory.tenantID)
        }
        guard target.kind == .application else { throw EntraError.managedIdentityAsResource(resource) }
        guard target.isEnabled else { throw EntraError.resourceDisabled(resource) }
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
        return try make(
            TokenContents(
                tenantID: directory.tenantID,
                principal: principal,
                resource: resource,
                resourceAppID: target.appID,
                application: view.application(appID: target.appID),
                roles: roles,
                proof: proof
            ),
            at: date
        )
    }

    /// Makes and signs a token, whatever the directory says.
    mutating func make(_ contents: TokenContents, at date: Date) throws -> IssuedToken {
        tokensMade += 1
        let name = "\(contents.principal.objectID) \(contents.resource) \(tokensMade)"
        let made = Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.down))
        let notBefore = made - pace.scaled(Self.backdating).seconds.rounded()
        let expiry = made + max(1, pace.scaled(life(of: contents.principal, name: name)).seconds.rounded())
        var payload = contents.claims
        payload["iat"] = .integer(Int(notBefore.timeIntervalSince1970))
        payload["nbf"] = .integer(Int(notBefore.timeIntervalSince1970))
        payload["exp"] = .integer(Int(expiry.timeIntervalSince1970))
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
            clientID: contents.principal.appID,
            made: made,
            notBefore: notBefore,
            expiry: expiry
        )
    }

    /// 24 h for a managed identity; for an application 60 to 90 min, drawn anew for each token.
    private func life(of principal: ServicePrincipal, name: String) -> Duration {
        switch principal.kind {
        case .managedIdentity: Self.managedIdentityLife
        case .application: .seconds(3600 + 1800 * seed.fraction("life \(name)"))
        }
    }
}

/// What a token says, but for its times and its opaque claims.
struct TokenContents: Sendable {
    let tenantID: String
    let principal: ServicePrincipal
    /// As it was asked for.
    let resource: String
    let resourceAppID: String
    /// The resource's registration; absent for an application of another tenant.
    let application: DirectoryApplication?
    let roles: [String]
    let proof: TokenService.ClientProof

    /// The resource's application chooses the version.
    var isVersion2: Bool {
        application?.issuesVersion2 ?? false
    }

    /// The claims of Entra's access tokens, version 1.0 or 2.0.
    ///
    /// Source: Microsoft Entra access token claims reference.
    var claims: [String: JSONValue] {
        var claims: [String: JSONValue] = [
            "oid": .string(principal.objectID),
            "sub": .string(principal.objectID),
            "tid": .string(tenantID),
        ]
        if !roles.isEmpty { claims["roles"] = .array(roles.map(JSONValue.string)) }
        if application?.tellsIdentityType ?? false { claims["idtyp"] = .string("app") }
        if isVersion2 {
            claims["ver"] = .string("2.0")
            claims["iss"] = .string(Issuer.version2(tenantID))
            claims["aud"] = .string(resourceAppID)
            claims["azp"] = .string(principal.appID)
            claims["azpacr"] = .string(proof.rawValue)
        } else {
            claims["ver"] = .string("1.0")
            claims["iss"] = .string(Issuer.version1(tenantID))
            claims["idp"] = .string(Issuer.version1(tenantID))
            claims["aud"] = .string((application?.usesGUIDAudience ?? false) ? resourceAppID : resource)
            claims["appid"] = .string(principal.appID)
            claims["appidacr"] = .string(proof.rawValue)
        }
        return claims
    }
}

/// The names that Entra gives itself in tokens.
enum Issuer {
    /// With the slash at its end.
    static func version1(_ tenantID: String) -> String {
        "https://sts.windows.net/\(tenantID)/"
    }

    /// Without a slash at its end.
    static func version2(_ tenantID: String) -> String {
        "https://login.microsoftonline.com/\(tenantID)/v2.0"
    }
}
