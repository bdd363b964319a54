package import struct Foundation.Date

/// An application as the directory has it registered.
package struct ApplicationRecord: Hashable, Sendable {
    /// The object id.
    package var id: String
    /// The client id, which its service principal shares.
    package var appID: String
    package var displayName: String
    package var signInAudience: String?
    package var identifierURIs: [String]
    /// `api.requestedAccessTokenVersion`; `nil` and 1 give tokens of version 1.
    package var tokenVersion: Int?
    package var appRoles: [AppRoleRecord]
    package var tags: [String]

    package init(
        id: String,
        appID: String,
        displayName: String,
        signInAudience: String? = nil,
        identifierURIs: [String] = [],
        tokenVersion: Int? = nil,
        appRoles: [AppRoleRecord] = [],
        tags: [String] = []
    ) {
        self.id = id
        self.appID = appID
        self.displayName = displayName
        self.signInAudience = signInAudience
        self.identifierURIs = identifierURIs
        self.tokenVersion = tokenVersion
        self.appRoles = appRoles
        self.tags = tags
    }
}

/// An app role as an application or its service principal shows it.
package struct AppRoleRecord: Hashable, Sendable {
    /// A GUID, lower case.
    package var id: String
    /// What stands in a token's `roles`.
    package var value: String?
    package var displayName: String
    package var description: String
    /// `User`, `Application`, or both.
    package var memberTypes: [String]
    package var isEnabled: Bool

    package init(
        id: String,
        value: String?,
        displayName: String = "",
        description: String = "",
        memberTypes: [String],
        isEnabled: Bool = true
    ) {
        self.id = id
        self.value = value
        self.displayName = displayName
        self.description = description
        self.memberTypes = memberTypes
        self.isEnabled = isEnabled
    }

    /// Whether a managed identity can be assigned to it.
    package var admitsApplications: Bool { memberTypes.contains("Application") && isEnabled }
}

/// A service principal: what an application or a managed identity is within the directory.
package struct ServicePrincipalRecord: Hashable, Sendable {
    /// The object id: the `sub` of its tokens.
    package var id: String
    /// The client id.
    package var appID: String
    package var displayName: String
    /// `ManagedIdentity`, `Application`, ….
    package var kind: String?
    /// Whether tokens for it, and by it, are issued at all.
    package var isEnabled: Bool
    /// `appRoleAssignmentRequired`: whether only the assigned get tokens for it.
    package var requiresAssignment: Bool
    package var appRoles: [AppRoleRecord]
    /// The client id and the identifier URIs that tokens for it can be asked by.
    package var names: [String]
    /// Of a managed identity: `isExplicit=…` and the Azure Resource Manager id.
    package var alternativeNames: [String]
    package var tags: [String]

    package init(
        id: String,
        appID: String,
        displayName: String,
        kind: String? = nil,
        isEnabled: Bool = true,
        requiresAssignment: Bool = false,
        appRoles: [AppRoleRecord] = [],
        names: [String] = [],
        alternativeNames: [String] = [],
        tags: [String] = []
    ) {
        self.id = id
        self.appID = appID
        self.displayName = displayName
        self.kind = kind
        self.isEnabled = isEnabled
        self.requiresAssignment = requiresAssignment
        self.appRoles = appRoles
        self.names = names
        self.alternativeNames = alternativeNames
        self.tags = tags
    }
}

/// The assignment of a principal to an app role of a resource.
package struct AppRoleAssignmentRecord: Hashable, Sendable {
    /// Opaque.
    package var id: String
    /// The object id of the service principal, user or group that has the role.
    package var principalID: String
    /// The object id of the service principal that offers it.
    package var resourceID: String
    /// A GUID, lower case; all zeros for access without a role.
    package var appRoleID: String
    /// `createdDateTime`.
    package var created: Date?

    package init(
        id: String,
        principalID: String,
        resourceID: String,
        appRoleID: String,
        created: Date? = nil
    ) {
        self.id = id
        self.principalID = principalID
        self.resourceID = resourceID
        self.appRoleID = appRoleID
        self.created = created
    }
}

/// A user-assigned managed identity as Azure Resource Manager shows it.
package struct IdentityRecord: Hashable, Sendable {
    /// The Azure Resource Manager id.
    package var id: String
    package var location: String
    package var principalID: String
    package var clientID: String
    package var tags: [String: String]

    package init(
        id: String,
        location: String,
        principalID: String,
        clientID: String,
        tags: [String: String] = [:]
    ) {
        self.id = id
        self.location = location
        self.principalID = principalID
        self.clientID = clientID
        self.tags = tags
    }
}
