package import Federation

package import struct FoundationEssentials.Date

/// An application registration.
package struct ApplicationRecord: Hashable, Sendable {
    /// The object ID.
    package var id: String
    /// The client ID, which is also the client ID of the service principal.
    package var appID: String
    package var displayName: String
    package var signInAudience: String?
    package var identifierURIs: [String] = []
    /// `api.requestedAccessTokenVersion`; `nil` and 1 request v1 tokens.
    package var tokenVersion: Int?
    package var appRoles: [AppRoleRecord] = []
    package var tags: [String] = []
}

/// An app role of an application or its service principal.
package struct AppRoleRecord: Hashable, Sendable {
    /// A lowercase GUID.
    package var id: String
    /// The value in the `roles` claim of tokens.
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

    /// Whether managed identities can be assigned to the role.
    package var allowsApplications: Bool { memberTypes.contains("Application") && isEnabled }
}

/// A service principal: the representation of an application or managed identity in a tenant.
package struct ServicePrincipalRecord: Hashable, Sendable {
    /// The object ID, which is the `sub` claim of its tokens.
    package var id: String
    /// The client ID.
    package var appID: String
    package var displayName: String
    /// The type: `ManagedIdentity`, `Application`, ….
    package var kind: String?
    /// `accountEnabled`: whether tokens can have this service principal as the subject or the audience.
    package var isEnabled = true
    /// `appRoleAssignmentRequired`: whether only assigned principals get tokens for this service principal.
    package var requiresAssignment = false
    package var appRoles: [AppRoleRecord] = []
    /// The client ID and the identifier URIs: the audiences that Entra accepts in token requests.
    package var names: [String] = []
    /// For a managed identity, `isExplicit=…` and the Azure Resource Manager ID.
    package var alternativeNames: [String] = []
    package var tags: [String] = []
}

/// The assignment of a principal to an app role of a resource.
package struct AppRoleAssignmentRecord: Hashable, Sendable {
    /// An opaque ID.
    package var id: String
    /// The object ID of the assigned service principal, user, or group.
    package var principalID: String
    /// The object ID of the service principal that defines the role.
    package var resourceID: String
    /// A lowercase GUID; all zeros for access without a specific role.
    package var appRoleID: String
    /// `createdDateTime`.
    package var created: Date?
}

/// A user-assigned managed identity in Azure Resource Manager.
package struct IdentityRecord: Hashable, Sendable {
    /// The Azure Resource Manager ID.
    package var id: String
    package var location: String
    package var principalID: String
    package var clientID: String
    package var tags: [String: String] = [:]
}

// Decoding and encoding of Microsoft Graph JSON.
extension ApplicationRecord {
    init?(json: JSONValue) {
        guard let id = json["id"]?.string, let appID = json["appId"]?.string else { return nil }
        self.init(
            id: id,
            appID: appID,
            displayName: json["displayName"]?.string ?? "",
            signInAudience: json["signInAudience"]?.string,
            identifierURIs: json["identifierUris"]?.strings ?? [],
            tokenVersion: json["api"]?["requestedAccessTokenVersion"]?.integer,
            appRoles: AppRoleRecord.list(json["appRoles"]),
            tags: json["tags"]?.strings ?? []
        )
    }
}

extension AppRoleRecord {
    static func list(_ json: JSONValue?) -> [AppRoleRecord] {
        guard case .array(let elements) = json else { return [] }
        return elements.compactMap { role in
            role["id"]?.string.map { id in
                AppRoleRecord(
                    id: id.lowercased(),
                    value: role["value"]?.string,
                    displayName: role["displayName"]?.string ?? "",
                    description: role["description"]?.string ?? "",
                    memberTypes: role["allowedMemberTypes"]?.strings ?? [],
                    isEnabled: role["isEnabled"] != .bool(false)
                )
            }
        }
    }

    /// The role as Graph JSON.
    package var json: JSONValue {
        .object([
            "id": .string(id),
            "value": value.map(JSONValue.string) ?? .null,
            "displayName": .string(displayName),
            "description": .string(description),
            "allowedMemberTypes": .array(memberTypes.map(JSONValue.string)),
            "isEnabled": .bool(isEnabled),
        ])
    }
}

extension ServicePrincipalRecord {
    init?(json: JSONValue) {
        guard let id = json["id"]?.string, let appID = json["appId"]?.string else { return nil }
        self.init(
            id: id,
            appID: appID,
            displayName: json["displayName"]?.string ?? "",
            kind: json["servicePrincipalType"]?.string,
            isEnabled: json["accountEnabled"] != .bool(false),
            requiresAssignment: json["appRoleAssignmentRequired"] == .bool(true),
            appRoles: AppRoleRecord.list(json["appRoles"]),
            names: json["servicePrincipalNames"]?.strings ?? [],
            alternativeNames: json["alternativeNames"]?.strings ?? [],
            tags: json["tags"]?.strings ?? []
        )
    }
}

extension AppRoleAssignmentRecord {
    init?(json: JSONValue) {
        guard let id = json["id"]?.string, let principalID = json["principalId"]?.string,
            let resourceID = json["resourceId"]?.string, let roleID = json["appRoleId"]?.string
        else { return nil }
        let created = json["createdDateTime"]?.string
        self.init(
            id: id,
            principalID: principalID,
            resourceID: resourceID,
            appRoleID: roleID.lowercased(),
            // Graph writes up to seven decimal places, which are dropped here.
            created: created.flatMap(Instant.init(iso8601:)).flatMap {
                Instant(unixSeconds: $0.date.timeIntervalSince1970.rounded(.down))?.date
            }
        )
    }
}
