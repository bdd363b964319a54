import Federation
import FoundationEssentials

/// Applies the properties in a request body to an application, if the directory's rules allow them.
struct ApplicationChange {
    private(set) var result: DirectoryApplication
    private let former: DirectoryApplication

    /// Applies the properties in `body` to `application`.
    ///
    /// - Throws: ``GraphError`` for an unknown property or a refused value.
    init(
        _ body: [String: JSONValue],
        of application: DirectoryApplication,
        in directory: DirectoryView
    ) throws(GraphError) {
        result = application
        former = application
        let isNew = directory.application(application.objectID) == nil
        if let audience = body["signInAudience"] {
            guard let value = audience.string.flatMap(DirectoryApplication.SignInAudience.init) else {
                throw .invalidValue("signInAudience", of: "Application")
            }
            result.signInAudience = value
            if isNew, !value.includesPersonalAccounts { result.tokenVersion = nil }
        }
        for (name, value) in body where name != "signInAudience" && !name.hasPrefix("@odata.") {
            try set(name, to: value)
        }
        guard !result.signInAudience.includesPersonalAccounts || result.tokenVersion == 2 else {
            throw .badRequest("Property api.requestedAccessTokenVersion is invalid.")
        }
        let rules = IdentifierURIRules(application: result, directory: directory)
        for uri in result.identifierURIs where !former.identifierURIs.contains(uri) {
            try rules.check(uri)
        }
    }

    private mutating func set(_ name: String, to value: JSONValue) throws(GraphError) {
        switch (name, value) {
        case ("displayName", .string(let text)) where !text.isEmpty && text.count <= 256:
            result.displayName = text
        case ("identifierUris", .array): result.identifierURIs = value.strings
        case ("notes", .string(let text)): result.notes = text
        case ("notes", .null): result.notes = nil
        case ("tags", .array): result.tags = value.strings
        case ("api", .object(let members)): try setAPI(members)
        case ("appRoles", .array(let roles)):
            result.roles = try AppRoleRules.read(roles, replacing: former.roles)
        case ("optionalClaims", .object(let members)): try setOptionalClaims(members)
        case ("optionalClaims", .null): result.accessTokenClaims = []
        case ("displayName", _), ("identifierUris", _), ("notes", _), ("tags", _), ("api", _),
            ("appRoles", _),
            ("optionalClaims", _):
            throw .invalidValue(name, of: "Application")
        default: throw .unknownProperty(name)
        }
    }

    private mutating func setAPI(_ members: [String: JSONValue]) throws(GraphError) {
        for (name, value) in members {
            switch (name, value) {
            case ("requestedAccessTokenVersion", .null): result.tokenVersion = nil
            case ("requestedAccessTokenVersion", .integer(let version)) where version == 1 || version == 2:
                result.tokenVersion = version
            case ("requestedAccessTokenVersion", _): throw .invalidValue(name, of: "Application")
            case ("acceptMappedClaims", .null), ("knownClientApplications", .array([])),
                ("oauth2PermissionScopes", .array([])):
                continue
            case ("preAuthorizedApplications", .array(let clients)):
                result.preauthorizedClients = clients.compactMap { $0["appId"]?.string }
            default: throw .unknownProperty("api/\(name)")
            }
        }
    }

    private mutating func setOptionalClaims(_ members: [String: JSONValue]) throws(GraphError) {
        for (name, value) in members {
            guard ["accessToken", "idToken", "saml2Token"].contains(name), case .array(let claims) = value
            else {
                throw .invalidValue("optionalClaims", of: "Application")
            }
            guard name == "accessToken" else { continue }
            var read: [OptionalClaim] = []
            for claim in claims {
                guard let title = claim["name"]?.string else {
                    throw .invalidValue("optionalClaims", of: "Application")
                }
                read.append(
                    OptionalClaim(
                        name: title,
                        isEssential: claim["essential"] == .bool(true),
                        source: claim["source"]?.string,
                        additionalProperties: claim["additionalProperties"]?.strings ?? []
                    )
                )
            }
            result.accessTokenClaims = read
        }
    }
}

/// The rules for new identifier URIs.
///
/// Source: Microsoft Entra, "Restrictions on identifier URIs of Microsoft Entra applications".
struct IdentifierURIRules {
    /// The verified domain of the lab's tenant.
    static let verifiedDomain = "lab.example"

    let application: DirectoryApplication
    let directory: DirectoryView

    func check(_ uri: String) throws(GraphError) {
        guard uri.count <= 255, !uri.hasSuffix("/"),
            let match = uri.wholeMatch(of: /([a-z][a-z\-]*):\/\/([^\/\s]+)(\/\S*)?/),
            ["api", "https", "http", "ms-appx"].contains(match.1)
        else { throw .invalidValue("identifierUris", of: "Application") }
        let host = String(match.2)
        if match.1 == "https" || match.1 == "http" { try checkDomain(host) }
        if match.1 == "api", !application.issuesVersion2 { try checkDefaultPolicy(uri, host: host) }
        let holder = directory.applications.first { $0.identifierURIs.contains(uri) }
        guard holder == nil || holder?.objectID == application.objectID else {
            throw .badRequest(
                "Another object with the same value for property identifierUris already exists."
            )
        }
    }

    private func checkDomain(_ host: String) throws(GraphError) {
        guard host == Self.verifiedDomain || host.hasSuffix("." + Self.verifiedDomain) else {
            throw GraphError(
                400,
                "HostNameNotOnVerifiedDomain",
                "Values of identifierUris property must use a verified domain of the organization or its subdomain"
            )
        }
    }

    /// Checks the URI against Entra's default tenant policy, which does not apply to applications with v2 tokens.
    private func checkDefaultPolicy(_ uri: String, host: String) throws(GraphError) {
        let segments = uri.dropFirst("api://".count).split(separator: "/").map(String.init)
        let isSecure =
            segments.contains(application.appID) || host == directory.tenantID || host == Self.verifiedDomain
        guard isSecure else {
            throw .badRequest(
                "Failed to add identifier URI \(uri). All newly added URIs must contain a tenant verified domain, "
                    + "tenant ID, or app ID, as per the default tenant policy of your organization. See "
                    + "https://aka.ms/identifier-uri-addition-error for more information on this error."
            )
        }
    }
}

/// The rules for app roles.
enum AppRoleRules {
    /// Parses the new list of app roles; `former` is the list before the change.
    static func read(_ values: [JSONValue], replacing former: [AppRole]) throws(GraphError) -> [AppRole] {
        var roles: [AppRole] = []
        for value in values {
            guard let role = role(value) else { throw .invalidValue("appRoles", of: "Application") }
            roles.append(role)
        }
        guard Set(roles.map(\.id)).count == roles.count,
            Set(roles.compactMap(\.value)).count == roles.compactMap(\.value).count
        else { throw .badRequest("Property appRoles contains duplicate values.") }
        for old in former where old.isEnabled && !roles.contains(where: { $0.id == old.id }) {
            throw GraphError(
                400,
                "CannotDeleteOrUpdateEnabledEntitlement",
                "Permission (scope or role) cannot be deleted or updated unless disabled first."
            )
        }
        return roles
    }

    private static func role(_ value: JSONValue) -> AppRole? {
        guard case .object(let members) = value,
            let id = members["id"]?.string, id.isGUID,
            let displayName = members["displayName"]?.string, (1...100).contains(displayName.count),
            let description = members["description"]?.string, !description.isEmpty,
            case .array(let types) = members["allowedMemberTypes"]
        else { return nil }
        let memberTypes = types.compactMap { $0.string.flatMap(AppRole.MemberType.init) }
        let text = members["value"]?.string
        guard !memberTypes.isEmpty, memberTypes.count == types.count,
            text.map({ $0.count <= 120 && !$0.contains(where: \.isWhitespace) && !$0.isEmpty }) ?? true
        else { return nil }
        return AppRole(
            id: id.lowercased(),
            value: text,
            displayName: displayName,
            description: description,
            memberTypes: memberTypes,
            isEnabled: members["isEnabled"] != .bool(false)
        )
    }
}
