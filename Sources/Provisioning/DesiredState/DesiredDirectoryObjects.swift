package import Azure
package import Federation

/// A managed identity, and the IDs for its lookup in the directory.
package struct DesiredIdentity: Hashable, Sendable, Identifiable {
    /// The name in the configuration.
    package let id: ManagedIdentity.ID
    /// The object ID in lower case, the token's `sub`; `nil` if it is not configured.
    package let principalID: String?
    /// The client ID in lower case.
    package let clientID: String?
    /// The Azure Resource Manager ID.
    package let resourceID: String?
    /// The resource to create if it does not exist; `nil` if the identity must already exist.
    package let resource: IdentityResource?

    /// The name in Azure: the resource's name or, without a resource, the name in the configuration.
    package var name: String { resource?.name ?? id }

    /// Whether two identities have the same client ID or the same resource ID.
    func isSame(as other: DesiredIdentity) -> Bool {
        clientID.map { $0 == other.clientID } ?? false
            || resourceID.map { $0.lowercased() == other.resourceID?.lowercased() } ?? false
    }
}

/// The Entra application for an audience, with its service principal.
package struct DesiredApplication: Hashable, Sendable {
    package let displayName: String
    /// The Application ID URI, identical to the token's `aud`.
    package let identifierURI: String
    package let appRoles: [DesiredAppRole]

    /// `api.requestedAccessTokenVersion`; version 1, because `aud` is the URI only in version 1 tokens.
    package static let tokenVersion = 1
    /// `signInAudience`: only accounts of the tenant; personal accounts would require version 2 tokens.
    package static let signInAudience = "AzureADMyOrg"
    /// `appRoleAssignmentRequired` of the service principal.
    package static let requiresAssignment = true

    /// Returns the properties of a new application.
    package func properties(tags: [String]) -> GraphClient.ApplicationChange {
        var change = GraphClient.ApplicationChange()
        change.identifierURIs = [identifierURI]
        change.signInAudience = Self.signInAudience
        change.tokenVersion = Self.tokenVersion
        change.appRoles = appRoles.map { AppRoleRecord($0) }
        change.tags = tags
        return change
    }

    /// Evaluates the identifier URI by Microsoft's rules for new URIs.
    package func admission(tenantID: String) -> IdentifierURIAdmission {
        IdentifierURIAdmission(identifierURI, tenantID: tenantID)
    }
}

/// An app role; the `roles` claim of assigned identities contains the role's value.
package struct DesiredAppRole: Hashable, Sendable {
    /// A GUID derived from the audience and the value.
    package let id: String
    /// The value in the `roles` claim: the mapping's `app_role`; by default, ``defaultValue``.
    package let value: String

    /// The value for `allowedMemberTypes`; roles for `User` cannot be assigned to managed identities.
    package static let memberType = "Application"
    package static let defaultValue = "AssumeRoleWithWebIdentity"
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
    /// The identity's name in Azure.
    package let identityName: String
    /// The identifier URI of the application.
    package let identifierURI: String
    package let appRole: DesiredAppRole
}

extension AppRoleRecord {
    /// Creates the record for Graph.
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

/// A GUID derived from a name, so that repeated creation yields the same GUID.
///
/// The GUID is the 128-bit FNV-1a hash of the name, marked as version 8 (RFC 9562 §5.8, custom formats).
enum NamedGUID {
    /// Returns the GUID for a name, in lower case.
    static func text(of name: String) -> String {
        var hash = UInt128(0x6c62_272e_07bb_0142) << 64 | 0x62b8_2175_6295_c58d
        let prime = UInt128(1) << 88 | 0x13b
        for byte in name.utf8 { hash = (hash ^ UInt128(byte)) &* prime }
        var bytes = (0..<16).map { UInt8(truncatingIfNeeded: hash >> UInt128(120 - 8 * $0)) }
        bytes[6] = bytes[6] & 0x0f | 0x80
        bytes[8] = bytes[8] & 0x3f | 0x80
        let digits = bytes.hexadecimal
        let ends = [8, 12, 16, 20, 32]
        return zip([0] + ends, ends).map { start, end in
            String(digits.dropFirst(start).prefix(end - start))
        }.joined(separator: "-")
    }
}
