import Federation
import FoundationEssentials

extension DirectoryApplication {
    /// The application as Graph JSON.
    var json: JSONValue {
        .object([
            "id": .string(objectID),
            "appId": .string(appID),
            "displayName": .string(displayName),
            "createdDateTime": .string(created.formatted(.iso8601)),
            "signInAudience": .string(signInAudience.rawValue),
            "identifierUris": .array(identifierURIs.map(JSONValue.string)),
            "api": .object([
                "acceptMappedClaims": .null,
                "knownClientApplications": .array([]),
                "oauth2PermissionScopes": .array([]),
                "preAuthorizedApplications": .array(
                    preauthorizedClients.map {
                        .object(["appId": .string($0), "delegatedPermissionIds": .array([])])
                    }
                ),
                "requestedAccessTokenVersion": tokenVersion.map(JSONValue.integer) ?? .null,
            ]),
            "appRoles": .array(roles.map(\.json)),
            "optionalClaims": accessTokenClaims.isEmpty
                ? .null
                : .object([
                    "accessToken": .array(accessTokenClaims.map(\.json)),
                    "idToken": .array([]),
                    "saml2Token": .array([]),
                ]),
            "notes": notes.map(JSONValue.string) ?? .null,
            "tags": .array(tags.map(JSONValue.string)),
            "keyCredentials": .array([]),
            "passwordCredentials": .array([]),
        ])
    }
}

extension AppRole {
    fileprivate var json: JSONValue {
        .object([
            "allowedMemberTypes": .array(memberTypes.map { .string($0.rawValue) }),
            "description": .string(description),
            "displayName": .string(displayName),
            "id": .string(id),
            "isEnabled": .bool(isEnabled),
            "origin": .string("Application"),
            "value": value.map(JSONValue.string) ?? .null,
        ])
    }
}

extension OptionalClaim {
    fileprivate var json: JSONValue {
        .object([
            "name": .string(name),
            "essential": .bool(isEssential),
            "source": source.map(JSONValue.string) ?? .null,
            "additionalProperties": .array(additionalProperties.map(JSONValue.string)),
        ])
    }
}

extension DirectoryView {
    /// Returns a service principal as Graph JSON, including the properties that Graph copies from the application.
    func json(_ principal: ServicePrincipal) -> JSONValue {
        .object([
            "id": .string(principal.objectID),
            "appId": .string(principal.appID),
            "displayName": .string(principal.displayName),
            "appDisplayName": principal.kind == .application ? .string(principal.displayName) : .null,
            "accountEnabled": .bool(principal.isEnabled),
            "alternativeNames": .array(principal.alternativeNames.map(JSONValue.string)),
            "appOwnerOrganizationId": principal.foreign == nil && principal.kind == .application
                ? .string(tenantID) : .null,
            "appRoleAssignmentRequired": .bool(principal.requiresAssignment),
            "appRoles": .array(roles(of: principal).map(\.json)),
            "createdDateTime": .string(principal.created.formatted(.iso8601)),
            "notes": principal.notes.map(JSONValue.string) ?? .null,
            "servicePrincipalNames": .array(names(of: principal).map(JSONValue.string)),
            "servicePrincipalType": .string(principal.kind.rawValue),
            "tags": .array(principal.tags.map(JSONValue.string)),
        ])
    }

    /// Returns an assignment as Graph JSON, including the display names of its principal and its resource.
    func json(_ assignment: AppRoleAssignment) -> JSONValue {
        let principal = servicePrincipal(assignment.principalID)
        let resource = servicePrincipal(assignment.resourceID)
        return .object([
            "id": .string(assignment.id),
            "appRoleId": .string(assignment.roleID),
            "createdDateTime": .string(assignment.created.formatted(.iso8601)),
            "deletedDateTime": .null,
            "principalDisplayName": .string(principal?.displayName ?? ""),
            "principalId": .string(assignment.principalID),
            "principalType": .string("ServicePrincipal"),
            "resourceDisplayName": .string(resource?.displayName ?? ""),
            "resourceId": .string(assignment.resourceID),
        ])
    }
}
