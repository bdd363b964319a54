import Federation
import Foundation
import Transport

// What is there.
extension GraphClient {
    private static let applicationFields =
        "id,appId,displayName,signInAudience,identifierUris,api,appRoles,tags"
    private static let principalFields =
        "id,appId,displayName,servicePrincipalType,accountEnabled,appRoleAssignmentRequired,appRoles,"
        + "servicePrincipalNames,alternativeNames,tags"

    /// The application that has this identifier URI.
    ///
    /// - Throws: ``AzureError`` when Graph does not answer or refuses.
    package func application(identifierURI: String) async throws(AzureError) -> ApplicationRecord? {
        try await applications(Self.filter("identifierUris/any(u:u eq ?)", identifierURI)).first {
            $0.identifierURIs.contains(identifierURI)
        }
    }

    /// The application of this client id.
    ///
    /// - Throws: ``AzureError`` when Graph does not answer or refuses.
    package func application(appID: String) async throws(AzureError) -> ApplicationRecord? {
        try await applications(Self.filter("appId eq ?", appID)).first
    }

    /// The applications of this display name.
    ///
    /// - Throws: ``AzureError`` when Graph does not answer or refuses.
    package func applications(displayName: String) async throws(AzureError) -> [ApplicationRecord] {
        try await applications(Self.filter("displayName eq ?", displayName))
    }

    private func applications(_ filter: String) async throws(AzureError) -> [ApplicationRecord] {
        try await list("/applications", query: "\(filter)&$select=\(Self.applicationFields)")
            .compactMap(ApplicationRecord.init(json:))
    }

    /// The service principal that tokens for an audience are asked by, as its name stands in `servicePrincipalNames`.
    ///
    /// - Throws: ``AzureError`` when Graph does not answer or refuses.
    package func servicePrincipal(audience: String) async throws(AzureError) -> ServicePrincipalRecord? {
        try await servicePrincipals(Self.filter("servicePrincipalNames/any(n:n eq ?)", audience)).first
    }

    /// The service principal of an object id.
    ///
    /// - Throws: ``AzureError`` when Graph does not answer or refuses.
    package func servicePrincipal(id: String) async throws(AzureError) -> ServicePrincipalRecord? {
        try await object("/servicePrincipals/\(FormEncoding.escape(id))", select: Self.principalFields)
            .flatMap(ServicePrincipalRecord.init(json:))
    }

    /// The service principal of a client id.
    ///
    /// - Throws: ``AzureError`` when Graph does not answer or refuses.
    package func servicePrincipal(appID: String) async throws(AzureError) -> ServicePrincipalRecord? {
        try await servicePrincipals(Self.filter("appId eq ?", appID)).first
    }

    /// The service principal of a managed identity, by its Azure Resource Manager id.
    ///
    /// - Throws: ``AzureError`` when Graph does not answer or refuses.
    package func servicePrincipal(resourceID: String) async throws(AzureError) -> ServicePrincipalRecord? {
        try await servicePrincipals(
            Self.filter("alternativeNames/any(a:a eq ?)", resourceID) + "&$count=true",
            headers: [.init("ConsistencyLevel", "eventual")]
        ).first
    }

    private func servicePrincipals(
        _ filter: String,
        headers: [HTTPRequest.HeaderField] = []
    ) async throws(AzureError) -> [ServicePrincipalRecord] {
        try await list(
            "/servicePrincipals",
            query: "\(filter)&$select=\(Self.principalFields)",
            headers: headers
        ).compactMap(ServicePrincipalRecord.init(json:))
    }

    /// Who has app roles of a resource, whose object id is given.
    ///
    /// - Throws: ``AzureError`` when Graph does not answer or refuses.
    package func assignments(
        toResource id: String
    ) async throws(AzureError) -> [AppRoleAssignmentRecord] {
        try await assignments("/servicePrincipals/\(FormEncoding.escape(id))/appRoleAssignedTo")
    }

    /// Which app roles a principal has, whose object id is given.
    ///
    /// - Throws: ``AzureError`` when Graph does not answer or refuses.
    package func assignments(
        ofPrincipal id: String
    ) async throws(AzureError) -> [AppRoleAssignmentRecord] {
        try await assignments("/servicePrincipals/\(FormEncoding.escape(id))/appRoleAssignments")
    }

    private func assignments(_ path: String) async throws(AzureError) -> [AppRoleAssignmentRecord] {
        try await list(path, query: "$top=999").compactMap(AppRoleAssignmentRecord.init(json:))
    }
}

// The shapes of Graph's objects.
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

    /// The role as Graph takes it.
    var json: JSONValue {
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
            created: created.flatMap(Self.instant)
        )
    }

    /// Graph writes up to seven digits of a second's fraction.
    private static func instant(_ text: String) -> Date? {
        let whole = text.prefix { $0 != "." && $0 != "Z" }
        return try? Date(whole + "Z", strategy: .iso8601)
    }
}
