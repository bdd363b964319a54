package import Azure
package import Federation

/// An identity that shall exist in the directory, and how it is found there.
package struct DesiredIdentity: Hashable, Sendable, Identifiable {
    /// Its name in the configuration.
    package let id: ManagedIdentity.ID
    /// The object id, lower case: the token's `sub`; `nil` when only the directory knows it.
    package let principalID: String?
    /// The client id, lower case.
    package let clientID: String?
    /// The Azure Resource Manager id.
    package let resourceID: String?
    /// Where it is created when it is missing; `nil` when it must be there already.
    package let resource: IdentityResource?

    /// What it is called in the clouds: the resource's name, else the name in the configuration.
    package var name: String { resource?.name ?? id }
}

/// The Entra application that stands for the audience, with its service principal.
package struct DesiredApplication: Hashable, Sendable {
    package let displayName: String
    /// The Application ID URI: the token's `aud`, character for character.
    package let identifierURI: String
    package let appRoles: [DesiredAppRole]

    /// `api.requestedAccessTokenVersion`: tokens of version 1, whose `aud` is the URI.
    package static let tokenVersion = 1
    /// `signInAudience`: the tenant's own accounts only, for others demand tokens of version 2.
    package static let signInAudience = "AzureADMyOrg"
    /// `appRoleAssignmentRequired` of its service principal, set before the first token is asked for.
    package static let requiresAssignment = true

    /// The properties with which the application is created.
    package func properties(tags: [String]) -> GraphClient.ApplicationChange {
        var change = GraphClient.ApplicationChange()
        change.identifierURIs = [identifierURI]
        change.signInAudience = Self.signInAudience
        change.tokenVersion = Self.tokenVersion
        change.appRoles = appRoles.map { AppRoleRecord($0) }
        change.tags = tags
        return change
    }

    /// What Microsoft's rules for new identifier URIs say of it.
    package func admission(tenantID: String) -> IdentifierURIAdmission {
        IdentifierURIAdmission(identifierURI, tenantID: tenantID)
    }
}

/// A role that the application offers to identities, which their tokens name in `roles`.
package struct DesiredAppRole: Hashable, Sendable {
    /// A GUID of our choice, the same for the same audience and value.
    package let id: String
    /// What stands in `roles`: `AssumeRoleWithWebIdentity`.
    package let value: String

    /// `allowedMemberTypes`: managed identities are service principals, which `User` would shut out.
    package static let memberType = "Application"
    /// The value where the mapping names none.
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
    /// The one that gets the role.
    package let identity: ManagedIdentity.ID
    /// What the identity is called in the clouds.
    package let identityName: String
    /// The application's identifier URI.
    package let identifierURI: String
    package let appRole: DesiredAppRole
}

extension AppRoleRecord {
    /// The role as Graph creates it.
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
