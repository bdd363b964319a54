package import Federation

/// The data that discovery read from both clouds and from this host's files.
package struct DiscoveryFindings: Sendable {
    /// The roles whose trust policies name an OIDC provider of Entra.
    package var roles: [FoundRole] = []
    /// The providers in the trust policies of the roles, by ARN; a provider that was not read is absent.
    package var providers: [String: FoundProvider] = [:]
    /// The directory, if Graph could be read.
    package var directory: FoundDirectory?
    /// The user-assigned identities in Azure Resource Manager.
    package var identities: [FoundIdentity] = []
    /// This host, according to the instance metadata service.
    package var host: FoundHost?
    /// The profiles of AWS's tools that assume roles or use this program's credentials.
    package var profiles: [FoundProfile] = []
    /// The accounts whose roles were listed.
    package var accounts: [String] = []
    /// Notes on data that discovery could not read or did not look up.
    package var unreadable: [DiscoveryNote] = []
    /// The kind of each failure to read an account.
    package var accountFailures: [Failure.Kind] = []

    package init() {}
}

/// A note on an object that was found or could not be read.
package struct DiscoveryNote: Hashable, Sendable {
    /// The object: `role arn:aws:…`, `Microsoft Graph`, `profile ci`.
    package let subject: String
    package let reason: String

    package init(_ subject: String, _ reason: String) {
        self.subject = VisibleText.oneLine(subject, limit: 300)
        self.reason = VisibleText.oneLine(reason)
    }
}

/// A role that IAM listed.
package struct FoundRole: Hashable, Sendable {
    package let arn: RoleARN
    /// The trust policy, as JSON.
    package let trustDocument: String
    /// The display name of the credentials with which the role was read: `profile admin`.
    package let reader: String

    package init(arn: RoleARN, trustDocument: String, reader: String) {
        self.arn = arn
        self.trustDocument = trustDocument
        self.reader = reader
    }
}

/// A provider as IAM describes it.
package enum FoundProvider: Hashable, Sendable {
    /// A provider that accepts these audiences.
    case accepts([String])
    case missing
}

/// The objects of one tenant that Microsoft Graph returned.
package struct FoundDirectory: Sendable {
    /// In lowercase.
    package let tenantID: String
    /// The service principals that were looked up, by object ID; `nil` for an object that does not exist.
    package var principals: [String: FoundPrincipal?] = [:]
    /// The applications that were looked up, by identifier URI or client ID; `nil` for an object that does not exist.
    package var applications: [String: FoundApplication?] = [:]
    /// The IDs of the app roles assigned to each principal, by the principal's object ID.
    package var assignments: [String: Set<String>] = [:]

    package init(tenantID: String) {
        self.tenantID = tenantID
    }
}

/// A service principal.
package struct FoundPrincipal: Hashable, Sendable {
    package let objectID: String
    package let clientID: String
    package let name: String
    package let isManagedIdentity: Bool
    /// Whether the principal is the system-assigned identity of a host.
    package let isSystemAssigned: Bool
    /// The Azure Resource Manager ID of a managed identity; for a system-assigned identity, the ID of the host.
    package let resourceID: String?

    package init(
        objectID: String,
        clientID: String,
        name: String,
        isManagedIdentity: Bool,
        alternativeNames: [String]
    ) {
        self.objectID = objectID.lowercased()
        self.clientID = clientID.lowercased()
        self.name = name
        self.isManagedIdentity = isManagedIdentity
        isSystemAssigned = alternativeNames.contains { $0.lowercased() == "isexplicit=false" }
        resourceID = alternativeNames.first { $0.lowercased().hasPrefix("/subscriptions/") }
    }
}

/// An application, with the app roles that can be assigned to applications.
package struct FoundApplication: Hashable, Sendable {
    package let clientID: String
    package let name: String
    /// The values of the app roles, by the ID of the app role.
    package let roles: [String: String]

    package init(clientID: String, name: String, roles: [String: String]) {
        self.clientID = clientID
        self.name = name
        self.roles = roles
    }
}

/// A user-assigned identity in Azure Resource Manager.
package struct FoundIdentity: Hashable, Sendable {
    package let resourceID: String
    package let principalID: String
    package let clientID: String

    package init(resourceID: String, principalID: String, clientID: String) {
        self.resourceID = resourceID
        self.principalID = principalID.lowercased()
        self.clientID = clientID.lowercased()
    }

    /// The last part of the ID.
    package var name: String { resourceID.split(separator: "/").last.map(String.init) ?? resourceID }
}

/// The virtual machine that this program runs on.
package struct FoundHost: Hashable, Sendable {
    package let name: String
    package let subscription: String
    package let resourceGroup: String

    package init(name: String, subscription: String, resourceGroup: String) {
        self.name = name
        self.subscription = subscription
        self.resourceGroup = resourceGroup
    }
}

/// A profile of AWS's tools that assumes a role or uses this program's credentials.
package struct FoundProfile: Hashable, Sendable {
    package enum Origin: Hashable, Sendable {
        /// A web identity token in a file; the claims are absent if the token cannot be decoded.
        case webIdentity(file: String, FoundToken?)
        /// The credentials of another profile.
        case source(profile: String)
        /// This program's credentials for a mapping.
        case cambist(mapping: RoleMapping.ID)
        /// Another source, with the settings that select it.
        case other(String)
    }

    package let name: String
    /// `nil` for a profile that uses this program's credentials.
    package let role: RoleARN?
    package let origin: Origin
    package var externalID: String?
    package var region: String?
    package var sessionName: String?
    /// In seconds.
    package var duration: Int?
    package var needsMFA = false

    package init(name: String, role: RoleARN?, origin: Origin) {
        self.name = name
        self.role = role
        self.origin = origin
    }
}

/// The claims of a token that describe the identity; the token itself is not kept.
package struct FoundToken: Hashable, Sendable {
    package let issuer: String
    package let audience: String
    package let subject: String
    package let tenantID: String?
    package let clientID: String?

    /// Reads the claims; `nil` unless the claims contain an issuer, a subject, and exactly one audience.
    package init?(_ claims: Claims) {
        guard let issuer = claims.issuer, let subject = claims.subject, claims.audiences.count == 1 else {
            return nil
        }
        self.issuer = issuer
        self.subject = subject
        audience = claims.audiences[0]
        tenantID = claims.tenantID
        clientID = claims.clientID
    }
}
