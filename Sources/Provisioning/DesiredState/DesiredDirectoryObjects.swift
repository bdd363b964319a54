package import Azure
package import Federation

/// A managed identity and the ids by which the directory finds it.
package struct DesiredIdentity: Hashable, Sendable, Identifiable {
    /// Its name in the configuration.
    package let id: ManagedIdentity.ID
    /// The object id, lower case: the token's `sub`; `nil` when it is not configured.
    package let principalID: String?
    /// The client id, lower case.
    package let clientID: String?
    /// The Azure Resource Manager id.
    package let resourceID: String?
    /// The resource to create if absent; `nil` when the identity must exist.
    package let resource: IdentityResource?

    /// Its name in the clouds: the resource's name, else the name in the configuration.
    package var name: String { resource?.name ?? id }
}

/// The Entra application of an audience, with its service principal.
package struct DesiredApplication: Hashable, Sendable {
    package let displayName: String
    /// The Application ID URI: the token's `aud`, character for character.
    package let identifierURI: String
    package let appRoles: [DesiredAppRole]

    /// `api.requestedAccessTokenVersion`: the `aud` of version 1 tokens is the URI.
    package static let tokenVersion = 1
    /// `signInAudience`: the tenant's own accounts only, because others require version 2 tokens.
    package static let signInAudience = "AzureADMyOrg"
    /// `appRoleAssignmentRequired` of its service principal, set before the first token is requested.
    package static let requiresAssignment = true

    /// The properties of a new application.
    package func properties(tags: [String]) -> GraphClient.ApplicationChange {
        var change = GraphClient.ApplicationChange()
        change.identifierURIs = [identifierURI]
        change.signInAudience = Self.signInAudience
        change.tokenVersion = Self.tokenVersion
        change.appRoles = appRoles.map { AppRoleRecord($0) }
        change.tags = tags
        return change
    }

    /// The verdict of Microsoft's rules for new identifier URIs.
    package func admission(tenantID: String) -> IdentifierURIAdmission {
        IdentifierURIAdmission(identifierURI, tenantID: tenantID)
    }
}

/// An app role, which the tokens of assigned identities name in `roles`.
package struct DesiredAppRole: Hashable, Sendable {
    /// A GUID derived from audience and value.
    package let id: String
    /// The value in `roles`: `AssumeRoleWithWebIdentity`.
    package let value: String

    /// `allowedMemberTypes`: managed identities are service principals, which `User` excludes.
    package static let memberType = "Application"
    /// The default value.
    package static let usualValue = "AssumeRoleWithWebIdentity"
    package static let displayName = "AssumeRole"
    package static let description = "May exchange its token for AWS session credentials."

    package init(value: String, identifierURI: String) {
        self.value = value
        id = NamedGUID.text(of: "\(identifierURI)\n\(value)")
    }
}

/// The assignment of an identity to an app role.
package struct DesiredAssignment: Hashable, Sendable {
    /// The identity's name in the configuration.
    package let identity: ManagedIdentity.ID
    /// The identity's name in the clouds.
    package let identityName: String
    /// The application's identifier URI.
    package let identifierURI: String
    package let appRole: DesiredAppRole
}

extension AppRoleRecord {
    /// Creates the role in the form of Graph.
    init(_ role: DesiredAppRole) {
        self.init(
            id: role.id,
            value: role.value,
            displayName: DesiredAppRole.displayName,
            description: DesiredAppRole.description,
            memberTypes: [DesiredAppRole.memberType]
        )
    }
}
