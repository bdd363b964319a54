import Federation
import FoundationEssentials

/// The contents of a token, except times and opaque claims.
struct TokenContents: Sendable {
    let bearer: Bearer
    /// The resource, as written in the request.
    let resource: String
    let tenantID: String
    let isVersion2: Bool
    private let resourceAppID: String
    private let usesGUIDAudience: Bool
    private let includesIdentityType: Bool

    /// Creates the contents of a token, based on the registration of the resource.
    init(_ bearer: Bearer, resource: String, target: ServicePrincipal, in view: DirectoryView) {
        self.bearer = bearer
        self.resource = resource
        tenantID = view.tenantID
        resourceAppID = target.appID
        let application = view.application(appID: target.appID)
        isVersion2 = application?.issuesVersion2 ?? target.foreign?.issuesVersion2 ?? false
        usesGUIDAudience = application?.usesGUIDAudience ?? false
        includesIdentityType = application?.includesIdentityType ?? false
    }

    /// The principal to which a token is issued.
    enum Bearer: Sendable {
        case application(ServicePrincipal, roles: [String], proof: ClientProof)
        case user(DirectoryUser, clientID: String)

        var objectID: String {
            switch self {
            case .application(let principal, _, _): principal.objectID
            case .user(let user, _): user.objectID
            }
        }

        var clientID: String {
            switch self {
            case .application(let principal, _, _): principal.appID
            case .user(_, let clientID): clientID
            }
        }

        var isManagedIdentity: Bool {
            guard case .application(let principal, _, _) = self else { return false }
            return principal.kind == .managedIdentity
        }
    }

    /// The claims of an access token of version 1.0 or 2.0.
    ///
    /// Source: Microsoft Entra access token claims reference.
    var claims: [String: JSONValue] {
        let version = isVersion2 ? version2 : version1
        return version.merging(bearerClaims) { $1 }
    }

    private var version1: [String: JSONValue] {
        [
            "ver": .string("1.0"),
            "iss": .string(Issuer.version1(tenantID)),
            "idp": .string(Issuer.version1(tenantID)),
            "aud": .string(usesGUIDAudience ? resourceAppID : resource),
            "appid": .string(bearer.clientID),
            "appidacr": .string(proof.rawValue),
        ]
    }

    private var version2: [String: JSONValue] {
        [
            "ver": .string("2.0"),
            "iss": .string(Issuer.version2(tenantID)),
            "aud": .string(resourceAppID),
            "azp": .string(bearer.clientID),
            "azpacr": .string(proof.rawValue),
        ]
    }

    private var bearerClaims: [String: JSONValue] {
        var claims: [String: JSONValue] = ["tid": .string(tenantID), "oid": .string(bearer.objectID)]
        switch bearer {
        case .application(let principal, let roles, _):
            claims["sub"] = .string(bearer.objectID)
            if let path = principal.managedResource { claims["xms_mirid"] = .string(path) }
            if !roles.isEmpty { claims["roles"] = .array(roles.map(JSONValue.string)) }
            if includesIdentityType { claims["idtyp"] = .string("app") }
        case .user(let user, _):
            claims["sub"] = .string(pairwiseSubject(of: user))
            claims["scp"] = .string("user_impersonation")
            claims["upn"] = .string(user.principalName)
            claims["unique_name"] = .string(user.principalName)
            claims["name"] = .string(user.displayName)
        }
        return claims
    }

    private var proof: ClientProof {
        switch bearer {
        case .application(_, _, let proof): proof
        case .user: .none
        }
    }

    /// Returns the `sub` claim for a user; the value differs for each resource.
    private func pairwiseSubject(of user: DirectoryUser) -> String {
        Data(Seed(value: 0).bytes("\(user.objectID) at \(resourceAppID)")).base64URL
    }
}

extension ServicePrincipal {
    /// The Azure Resource Manager ID of a managed identity (`xms_mirid`).
    ///
    /// The lab includes the claim in all tokens. Entra includes the claim only for Microsoft's own resources and some
    /// others.
    fileprivate var managedResource: String? {
        kind == .managedIdentity ? alternativeNames.first { $0.hasPrefix("/subscriptions/") } : nil
    }
}

/// The issuer URLs in Entra tokens.
enum Issuer {
    /// Returns the issuer of v1 tokens, with a trailing slash.
    static func version1(_ tenantID: String) -> String {
        "https://sts.windows.net/\(tenantID)/"
    }

    /// Returns the issuer of v2 tokens, without a trailing slash.
    static func version2(_ tenantID: String) -> String {
        "https://login.microsoftonline.com/\(tenantID)/v2.0"
    }
}
