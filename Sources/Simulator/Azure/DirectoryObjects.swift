import Federation
import Foundation

/// An app role: a permission that an application offers and a token's `roles` names.
struct AppRole: Hashable, Sendable {
    /// A GUID that the application's owner chose.
    var id: String
    /// What stands in `roles`; a role without one is emitted nowhere.
    var value: String?
    var displayName: String
    var description: String
    var memberTypes: [MemberType]
    var isEnabled = true

    /// Who may be assigned.
    enum MemberType: String, CaseIterable, Sendable {
        /// Users and groups.
        case user = "User"
        /// Applications, managed identities among them.
        case application = "Application"
    }

    /// The id of an assignment to an application without naming any of its roles.
    static let defaultAccess = "00000000-0000-0000-0000-000000000000"
}

/// An application registered in the directory.
struct DirectoryApplication: Hashable, Sendable {
    let objectID: String
    /// The client id.
    let appID: String
    var displayName: String
    var signInAudience = SignInAudience.myOrganization
    var identifierURIs: [String] = []
    /// `api.requestedAccessTokenVersion`: `nil` and 1 give v1 tokens, 2 gives v2 tokens.
    var tokenVersion: Int?
    var roles: [AppRole] = []
    /// `optionalClaims.accessToken`.
    var accessTokenClaims: [OptionalClaim] = []
    var notes: String?
    var tags: [String] = []
    var secrets: [ClientSecret] = []
    var certificates: [RegisteredCertificate] = []
    var federatedCredentials: [FederatedCredential] = []
    /// `api.preAuthorizedApplications`: clients that need no user's consent.
    var preauthorizedClients: [String] = []
    let created: Date

    /// Whose accounts may sign in.
    enum SignInAudience: String, CaseIterable, Sendable {
        case myOrganization = "AzureADMyOrg"
        case multipleOrganizations = "AzureADMultipleOrgs"
        case organizationsAndPersonal = "AzureADandPersonalMicrosoftAccount"
        case personal = "PersonalMicrosoftAccount"

        /// Whether personal accounts may, which demands v2 tokens.
        var includesPersonalAccounts: Bool {
            self == .organizationsAndPersonal || self == .personal
        }
    }

    /// Whether its tokens are of version 2.0.
    var issuesVersion2: Bool {
        tokenVersion == 2
    }

    /// Whether `aud` is the client id even in v1 tokens.
    var usesGUIDAudience: Bool {
        accessTokenClaims.contains { $0.name == "aud" && $0.additionalProperties.contains("use_guid") }
    }

    /// Whether tokens say `idtyp`.
    var tellsIdentityType: Bool {
        accessTokenClaims.contains { $0.name == "idtyp" }
    }
}

/// A claim that an application asks to have in the tokens for it.
struct OptionalClaim: Hashable, Sendable {
    var name: String
    var isEssential = false
    var source: String?
    var additionalProperties: [String] = []
}

/// A client secret of an application.
struct ClientSecret: Hashable, Sendable {
    let id: String
    let value: String
    let expiry: Date
}

/// A certificate an application may sign assertions with.
struct RegisteredCertificate: Hashable, Sendable {
    /// DER.
    let certificate: Data
    let expiry: Date
}

/// A token of another issuer that an application or a managed identity may be known by.
struct FederatedCredential: Hashable, Sendable {
    var name: String
    var issuer: String
    var subject: String
    var audiences: [String]
}

/// What an application or a managed identity is within the directory: the thing that is assigned and asks for tokens.
struct ServicePrincipal: Hashable, Sendable {
    let objectID: String
    let appID: String
    var displayName: String
    let kind: Kind
    var isEnabled = true
    var requiresAssignment = false
    var notes: String?
    var tags: [String] = []
    /// Of a managed identity, whose registration nobody sees: the tokens it may be known by.
    var federatedCredentials: [FederatedCredential] = []
    /// Of a managed identity: `isExplicit=…` and its Azure Resource Manager id.
    var alternativeNames: [String] = []
    /// Of an application registered in another tenant, Microsoft's own among them: what is known of it here.
    var foreign: ForeignApplication?
    let created: Date

    /// `servicePrincipalType`.
    enum Kind: String, Sendable {
        case application = "Application"
        case managedIdentity = "ManagedIdentity"
    }
}

/// An application of another tenant, as far as its service principal mirrors it.
struct ForeignApplication: Hashable, Sendable {
    var identifierURIs: [String]
    var roles: [AppRole] = []
    /// Whether its tokens are of version 2.0.
    var issuesVersion2 = false

    /// The name of Microsoft's application that stands for the exchange of federated assertions.
    static let exchangeURI = "api://AzureADTokenExchange"
}

/// A person.
struct DirectoryUser: Hashable, Sendable {
    let objectID: String
    /// `upn`.
    let principalName: String
    let displayName: String
}

/// The assignment of a service principal to an app role.
struct AppRoleAssignment: Hashable, Sendable {
    /// Opaque.
    let id: String
    /// The object id of the service principal that gets the role.
    let principalID: String
    /// The object id of the service principal that offers it.
    let resourceID: String
    let roleID: String
    let created: Date
}
