import Federation
import FoundationEssentials

/// An app role: a permission in the `roles` claim of tokens for an application.
struct AppRole: Hashable, Sendable {
    /// A GUID chosen by the owner of the application.
    var id: String
    /// The value in the `roles` claim; a role without a value does not appear in tokens.
    var value: String?
    var displayName: String
    var description: String
    var memberTypes: [MemberType]
    var isEnabled = true

    /// A kind of principal in `allowedMemberTypes`.
    enum MemberType: String, CaseIterable, Sendable {
        /// Users and groups.
        case user = "User"
        /// Applications, including managed identities.
        case application = "Application"
    }

    /// The role ID of an assignment without a specific role.
    static let defaultAccess = "00000000-0000-0000-0000-000000000000"
}

/// An application registered in the directory.
struct DirectoryApplication: Hashable, Sendable {
    let objectID: String
    /// The client ID.
    let appID: String
    var displayName: String
    var signInAudience = SignInAudience.myOrganization
    var identifierURIs: [String] = []
    /// `api.requestedAccessTokenVersion`: `nil` and 1 request v1 tokens, 2 requests v2 tokens.
    var tokenVersion: Int?
    var roles: [AppRole] = []
    /// `optionalClaims.accessToken`.
    var accessTokenClaims: [OptionalClaim] = []
    var notes: String?
    var tags: [String] = []
    var secrets: [ClientSecret] = []
    var certificates: [RegisteredCertificate] = []
    var federatedCredentials: [FederatedCredential] = []
    /// `api.preAuthorizedApplications`: clients that do not need user consent.
    var preauthorizedClients: [String] = []
    let created: Date

    /// The accounts that may sign in.
    enum SignInAudience: String, CaseIterable, Sendable {
        case myOrganization = "AzureADMyOrg"
        case multipleOrganizations = "AzureADMultipleOrgs"
        case organizationsAndPersonal = "AzureADandPersonalMicrosoftAccount"
        case personal = "PersonalMicrosoftAccount"

        /// Whether personal accounts may sign in, which requires v2 tokens.
        var includesPersonalAccounts: Bool {
            self == .organizationsAndPersonal || self == .personal
        }
    }

    /// Whether the application's tokens have version 2.0.
    var issuesVersion2: Bool {
        tokenVersion == 2
    }

    /// Whether `aud` is the client ID even in v1 tokens.
    var usesGUIDAudience: Bool {
        accessTokenClaims.contains { $0.name == "aud" && $0.additionalProperties.contains("use_guid") }
    }

    /// Whether tokens contain `idtyp`.
    var includesIdentityType: Bool {
        accessTokenClaims.contains { $0.name == "idtyp" }
    }
}

/// A claim that an application requests for its tokens.
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

/// A certificate for verifying an application's assertions.
struct RegisteredCertificate: Hashable, Sendable {
    /// The certificate in DER.
    let certificate: Data
    let expiry: Date
}

/// A federated identity credential: the issuer, subject, and audience of trusted tokens.
struct FederatedCredential: Hashable, Sendable {
    var name: String
    var issuer: String
    var subject: String
    var audiences: [String]
    var description: String?
}

/// A service principal: an application or a managed identity within the tenant.
struct ServicePrincipal: Hashable, Sendable {
    let objectID: String
    let appID: String
    var displayName: String
    let kind: Kind
    var isEnabled = true
    var requiresAssignment = false
    var notes: String?
    var tags: [String] = []
    /// The federated identity credentials of a managed identity; an application's credentials are in its registration.
    var federatedCredentials: [FederatedCredential] = []
    /// `isExplicit=…` and the Azure Resource Manager ID of a managed identity.
    var alternativeNames: [String] = []
    /// The application's properties, if the application belongs to another tenant (for example, Microsoft's).
    var foreign: ForeignApplication?
    let created: Date

    /// `servicePrincipalType`.
    enum Kind: String, Sendable {
        case application = "Application"
        case managedIdentity = "ManagedIdentity"
    }
}

/// The properties of another tenant's application that are visible in this tenant.
struct ForeignApplication: Hashable, Sendable {
    var identifierURIs: [String]
    var roles: [AppRole] = []
    /// Whether the application's tokens have version 2.0.
    var issuesVersion2 = false

    /// The identifier URI of Microsoft's token exchange application.
    static let exchangeURI = "api://AzureADTokenExchange"
}

/// A user of the directory.
struct DirectoryUser: Hashable, Sendable {
    let objectID: String
    /// `upn`.
    let principalName: String
    let displayName: String
}

/// The assignment of a service principal to an app role.
struct AppRoleAssignment: Hashable, Sendable {
    /// An opaque ID.
    let id: String
    /// The object ID of the assigned service principal.
    let principalID: String
    /// The object ID of the service principal that defines the role.
    let resourceID: String
    let roleID: String
    let created: Date
}
