import Federation
import Foundation
import Transport

// What is made, changed and removed.
extension GraphClient {
    /// Registers an application with every property that a token for it depends on, in one request.
    ///
    /// - Throws: ``AzureError``; its refusal may say that the identifier URI is taken or not allowed.
    package func createApplication(
        displayName: String,
        _ properties: ApplicationChange
    ) async throws(AzureError) -> ApplicationRecord {
        var members = properties.members
        members["displayName"] = .string(displayName)
        return try made(
            ApplicationRecord(json: try await service.send(.post, "/applications", body: .object(members))),
            "an application"
        )
    }

    /// The properties of an application to write; `nil` members keep their value.
    package struct ApplicationChange: Hashable, Sendable {
        package var identifierURIs: [String]?
        package var signInAudience: String?
        package var tokenVersion: Int?
        /// The whole list: Graph replaces it.
        package var appRoles: [AppRoleRecord]?
        package var tags: [String]?

        package init() {}

        fileprivate var members: [String: JSONValue] {
            var members: [String: JSONValue] = [:]
            members["identifierUris"] = identifierURIs.map { .array($0.map(JSONValue.string)) }
            members["signInAudience"] = signInAudience.map(JSONValue.string)
            members["api"] = tokenVersion.map { .object(["requestedAccessTokenVersion": .integer($0)]) }
            members["appRoles"] = appRoles.map { .array($0.map(\.json)) }
            members["tags"] = tags.map { .array($0.map(JSONValue.string)) }
            return members
        }
    }

    /// Changes an application, whose object id is given.
    ///
    /// - Throws: ``AzureError`` when Graph does not answer or refuses.
    package func update(applicationID id: String, _ change: ApplicationChange) async throws(AzureError) {
        _ = try await service.send(
            .patch,
            "/applications/\(FormEncoding.escape(id))",
            body: .object(change.members)
        )
    }

    /// Deletes an application, its service principal and every assignment to it.
    ///
    /// - Throws: ``AzureError`` when Graph does not answer or refuses.
    package func deleteApplication(id: String) async throws(AzureError) {
        try await delete("/applications/\(FormEncoding.escape(id))")
    }

    /// Makes the service principal of an application, with assignment required from its first instant.
    ///
    /// - Throws: ``AzureError`` when Graph does not answer or refuses; the application may not have replicated yet.
    package func createServicePrincipal(
        appID: String,
        requiresAssignment: Bool,
        tags: [String]
    ) async throws(AzureError) -> ServicePrincipalRecord {
        let body: JSONValue = .object([
            "appId": .string(appID),
            "appRoleAssignmentRequired": .bool(requiresAssignment),
            "tags": .array(tags.map(JSONValue.string)),
        ])
        return try made(
            ServicePrincipalRecord(json: try await service.send(.post, "/servicePrincipals", body: body)),
            "a service principal"
        )
    }

    /// Changes a service principal, whose object id is given; members left `nil` stay.
    ///
    /// - Throws: ``AzureError`` when Graph does not answer or refuses.
    package func update(
        servicePrincipalID id: String,
        requiresAssignment: Bool? = nil,
        isEnabled: Bool? = nil,
        tags: [String]? = nil
    ) async throws(AzureError) {
        var members: [String: JSONValue] = [:]
        members["appRoleAssignmentRequired"] = requiresAssignment.map(JSONValue.bool)
        members["accountEnabled"] = isEnabled.map(JSONValue.bool)
        members["tags"] = tags.map { .array($0.map(JSONValue.string)) }
        let path = "/servicePrincipals/\(FormEncoding.escape(id))"
        _ = try await service.send(.patch, path, body: .object(members))
    }

    /// Deletes a service principal and the assignments of either side.
    ///
    /// - Throws: ``AzureError`` when Graph does not answer or refuses.
    package func deleteServicePrincipal(id: String) async throws(AzureError) {
        try await delete("/servicePrincipals/\(FormEncoding.escape(id))")
    }

    /// Assigns a principal to an app role of a resource; all three are object ids and GUIDs, never client ids.
    ///
    /// - Throws: ``AzureError`` when Graph does not answer or refuses; either side may not have replicated yet.
    package func assign(
        principalID: String,
        toRole roleID: String,
        ofResource resourceID: String
    ) async throws(AzureError) -> AppRoleAssignmentRecord {
        let body: JSONValue = .object([
            "principalId": .string(principalID), "resourceId": .string(resourceID),
            "appRoleId": .string(roleID),
        ])
        let path = "/servicePrincipals/\(FormEncoding.escape(resourceID))/appRoleAssignedTo"
        return try made(
            AppRoleAssignmentRecord(json: try await service.send(.post, path, body: body)),
            "an assignment"
        )
    }

    /// Takes an assignment back.
    ///
    /// - Throws: ``AzureError`` when Graph does not answer or refuses.
    package func deleteAssignment(_ assignment: AppRoleAssignmentRecord) async throws(AzureError) {
        try await delete(
            "/servicePrincipals/\(FormEncoding.escape(assignment.resourceID))/appRoleAssignedTo/"
                + FormEncoding.escape(assignment.id)
        )
    }

    /// Deletes an object; one that is gone is as good as deleted.
    private func delete(_ path: String) async throws(AzureError) {
        do throws(AzureError) {
            _ = try await service.send(.delete, path)
        } catch {
            guard error.refusal?.status == 404 else { throw error }
        }
    }

    private func made<Record>(_ record: Record?, _ what: String) throws(AzureError) -> Record {
        guard let record else {
            let host = service.base.host() ?? "Graph"
            throw .unintelligible(host: host, status: 201, seen: "JSON that is not \(what)")
        }
        return record
    }
}
