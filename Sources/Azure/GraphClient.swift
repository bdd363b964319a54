import Diagnosis
package import Federation
package import FoundationEssentials
package import Transport

/// A client for Microsoft Graph v1.0: applications, service principals, and app-role assignments.
///
/// Graph reads from replicas, so a new object may not be found at first. The client does not wait.
///
/// Source: Microsoft Graph REST API v1.0.
package struct GraphClient: Sendable {
    let service: AzureService

    /// Creates a client; the default endpoint is the public cloud's.
    package init(
        endpoint: URL? = nil,
        caller: AzureCredential,
        transport: HTTPTransport,
        time: any TimeSource
    ) {
        let address = (endpoint ?? MicrosoftCloud.public.graph).absoluteString.trimmingSuffix("/")
        service = AzureService(
            service: .graph,
            base: URL(string: address + "/v1.0") ?? URL(filePath: "/"),
            audience: Self.audience(of: endpoint),
            caller: caller,
            transport: transport,
            time: time
        )
    }

    private static let pageLimit = 200

    /// Returns the token audience for an endpoint; each national cloud has a separate audience.
    static func audience(of endpoint: URL?) -> String {
        MicrosoftCloud.audience(ofHost: endpoint?.host(), \.graph)
    }

    /// Returns the application permissions or delegated scopes in the caller's token.
    ///
    /// The result is empty if the token cannot be decoded.
    ///
    /// - Throws: ``CloudError/noToken(_:)``.
    package func permissions() async throws(CloudError) -> Set<String> {
        let claims = try await claims()
        let scopes = claims?.payload["scp"]?.string?.split(separator: " ").map(String.init) ?? []
        return Set((claims?.roles ?? []) + scopes)
    }

    /// Returns the tenant ID in the caller's token, in lowercase; `nil` if the token cannot be decoded.
    ///
    /// - Throws: ``CloudError/noToken(_:)``.
    package func tenantID() async throws(CloudError) -> String? {
        try await claims()?.tenantID?.lowercased()
    }

    private func claims() async throws(CloudError) -> Claims? {
        let token: AccessToken
        do throws(TokenSourceError) {
            token = try await service.caller.token(for: service.audience)
        } catch {
            throw .noToken(error.failure)
        }
        return try? Claims(decoding: token.rawValue)
    }

    /// Returns the objects on all pages of a collection.
    func list(
        _ path: String,
        query: String,
        headers: [HTTPRequest.HeaderField] = []
    ) async throws(CloudError) -> [JSONValue] {
        var found: [JSONValue] = []
        var answer = try await service.send(.get, path, query: query, headers: headers)
        for _ in 0..<Self.pageLimit {
            guard case .array(let values) = answer["value"] else {
                throw service.unexpectedResponse(status: 200, "JSON without a list")
            }
            found += values
            guard let next = answer["@odata.nextLink"]?.string else { return found }
            answer = try await service.page(next)
        }
        throw service.unexpectedResponse(status: 200, "a list of more than \(Self.pageLimit) pages")
    }

    /// Returns an object; `nil` if the object is not on the replica that responds.
    func object(_ path: String, select: String) async throws(CloudError) -> JSONValue? {
        do throws(CloudError) {
            return try await service.send(.get, path, query: "$select=\(select)")
        } catch {
            guard error.refusal?.status == 404 else { throw error }
            return nil
        }
    }

    /// Returns the encoded query parameter `$filter`.
    ///
    /// The value in single quotes replaces `?` in the expression. Single quotes in the value are doubled.
    static func filter(_ expression: String, _ value: String) -> String {
        let quoted = "'" + value.replacing("'", with: "''") + "'"
        return "$filter=" + FormEncoding.escape(expression.replacing("?", with: quoted))
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}

// Queries.
extension GraphClient {
    private static let applicationFields =
        "id,appId,displayName,signInAudience,identifierUris,api,appRoles,tags"
    private static let principalFields =
        "id,appId,displayName,servicePrincipalType,accountEnabled,appRoleAssignmentRequired,appRoles,"
        + "servicePrincipalNames,alternativeNames,tags"

    /// Returns the application with the given identifier URI, if any.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func application(identifierURI: String) async throws(CloudError) -> ApplicationRecord? {
        try await applications(Self.filter("identifierUris/any(u:u eq ?)", identifierURI)).first {
            $0.identifierURIs.contains(identifierURI)
        }
    }

    /// Returns the application with the given client ID, if any.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func application(appID: String) async throws(CloudError) -> ApplicationRecord? {
        try await applications(Self.filter("appId eq ?", appID)).first
    }

    /// Returns the application with the given object ID, if any.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func application(id: String) async throws(CloudError) -> ApplicationRecord? {
        try await object("/applications/\(FormEncoding.escape(id))", select: Self.applicationFields)
            .flatMap(ApplicationRecord.init(json:))
    }

    /// Returns the identifier URIs of at most 999 of the tenant's applications.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func someIdentifierURIs() async throws(CloudError) -> [String] {
        let answer = try await service.send(
            .get,
            "/applications",
            query: "$select=\(Self.applicationFields)&$top=999"
        )
        guard case .array(let values) = answer["value"] else { return [] }
        return values.flatMap { $0["identifierUris"]?.strings ?? [] }
    }

    /// Returns the applications with the given display name.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func applications(displayName: String) async throws(CloudError) -> [ApplicationRecord] {
        try await applications(Self.filter("displayName eq ?", displayName))
    }

    private func applications(_ filter: String) async throws(CloudError) -> [ApplicationRecord] {
        try await list("/applications", query: "\(filter)&$select=\(Self.applicationFields)")
            .compactMap(ApplicationRecord.init(json:))
    }

    /// Returns the service principal with the given audience in `servicePrincipalNames`, if any.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func servicePrincipal(audience: String) async throws(CloudError) -> ServicePrincipalRecord? {
        try await servicePrincipals(Self.filter("servicePrincipalNames/any(n:n eq ?)", audience)).first
    }

    /// Returns the service principal with the given object ID, if any.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func servicePrincipal(id: String) async throws(CloudError) -> ServicePrincipalRecord? {
        try await object("/servicePrincipals/\(FormEncoding.escape(id))", select: Self.principalFields)
            .flatMap(ServicePrincipalRecord.init(json:))
    }

    /// Returns the service principal with the given client ID, if any.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func servicePrincipal(appID: String) async throws(CloudError) -> ServicePrincipalRecord? {
        try await servicePrincipals(Self.filter("appId eq ?", appID)).first
    }

    /// Returns the service principal of the managed identity with the given Azure Resource Manager ID, if any.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func servicePrincipal(resourceID: String) async throws(CloudError) -> ServicePrincipalRecord? {
        try await servicePrincipals(
            Self.filter("alternativeNames/any(a:a eq ?)", resourceID) + "&$count=true",
            headers: [.init("ConsistencyLevel", "eventual")]
        ).first
    }

    private func servicePrincipals(
        _ filter: String,
        headers: [HTTPRequest.HeaderField] = []
    ) async throws(CloudError) -> [ServicePrincipalRecord] {
        try await list(
            "/servicePrincipals",
            query: "\(filter)&$select=\(Self.principalFields)",
            headers: headers
        ).compactMap(ServicePrincipalRecord.init(json:))
    }

    /// Returns the assignments to a resource's app roles; `id` is the resource's object ID.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func assignments(
        toResource id: String
    ) async throws(CloudError) -> [AppRoleAssignmentRecord] {
        try await assignments("/servicePrincipals/\(FormEncoding.escape(id))/appRoleAssignedTo")
    }

    /// Returns a principal's app-role assignments; `id` is the principal's object ID.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func assignments(
        ofPrincipal id: String
    ) async throws(CloudError) -> [AppRoleAssignmentRecord] {
        try await assignments("/servicePrincipals/\(FormEncoding.escape(id))/appRoleAssignments")
    }

    private func assignments(_ path: String) async throws(CloudError) -> [AppRoleAssignmentRecord] {
        try await list(path, query: "$top=999").compactMap(AppRoleAssignmentRecord.init(json:))
    }
}

// Changes.
extension GraphClient {
    /// Creates an application in one request.
    ///
    /// - Throws: ``CloudError``; Graph refuses an identifier URI that is already in use or not permitted.
    package func createApplication(
        displayName: String,
        _ properties: ApplicationChange
    ) async throws(CloudError) -> ApplicationRecord {
        var members = properties.members
        members["displayName"] = .string(displayName)
        return try created(
            ApplicationRecord(json: try await service.send(.post, "/applications", body: .object(members))),
            "an application"
        )
    }

    /// The properties of an application to change; `nil` keeps the current value.
    package struct ApplicationChange: Hashable, Sendable {
        package var identifierURIs: [String]?
        package var signInAudience: String?
        package var tokenVersion: Int?
        /// The complete list; it replaces the current list.
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

    /// Updates the application with the given object ID.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func update(applicationID id: String, _ change: ApplicationChange) async throws(CloudError) {
        _ = try await service.send(
            .patch,
            "/applications/\(FormEncoding.escape(id))",
            body: .object(change.members)
        )
    }

    /// Deletes an application, its service principal, and all assignments to it.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func deleteApplication(id: String) async throws(CloudError) {
        try await delete("/applications/\(FormEncoding.escape(id))")
    }

    /// Creates the service principal of an application; `requiresAssignment` applies from the start.
    ///
    /// - Throws: ``CloudError`` if the call fails, for example because the application has not replicated yet.
    package func createServicePrincipal(
        appID: String,
        requiresAssignment: Bool,
        tags: [String]
    ) async throws(CloudError) -> ServicePrincipalRecord {
        let body: JSONValue = .object([
            "appId": .string(appID),
            "appRoleAssignmentRequired": .bool(requiresAssignment),
            "tags": .array(tags.map(JSONValue.string)),
        ])
        return try created(
            ServicePrincipalRecord(json: try await service.send(.post, "/servicePrincipals", body: body)),
            "a service principal"
        )
    }

    /// Updates the service principal with the given object ID; `nil` keeps the current value.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func update(
        servicePrincipalID id: String,
        requiresAssignment: Bool? = nil,
        isEnabled: Bool? = nil,
        tags: [String]? = nil
    ) async throws(CloudError) {
        var members: [String: JSONValue] = [:]
        members["appRoleAssignmentRequired"] = requiresAssignment.map(JSONValue.bool)
        members["accountEnabled"] = isEnabled.map(JSONValue.bool)
        members["tags"] = tags.map { .array($0.map(JSONValue.string)) }
        let path = "/servicePrincipals/\(FormEncoding.escape(id))"
        _ = try await service.send(.patch, path, body: .object(members))
    }

    /// Deletes a service principal, the assignments to its app roles, and its own assignments.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func deleteServicePrincipal(id: String) async throws(CloudError) {
        try await delete("/servicePrincipals/\(FormEncoding.escape(id))")
    }

    /// Assigns a principal to an app role of a resource.
    ///
    /// The principal's and the resource's IDs are object IDs; Graph refuses client IDs.
    ///
    /// - Throws: ``CloudError`` if the call fails, for example because an object has not replicated yet.
    package func assign(
        principalID: String,
        toRole roleID: String,
        ofResource resourceID: String
    ) async throws(CloudError) -> AppRoleAssignmentRecord {
        let body: JSONValue = .object([
            "principalId": .string(principalID), "resourceId": .string(resourceID),
            "appRoleId": .string(roleID),
        ])
        let path = "/servicePrincipals/\(FormEncoding.escape(resourceID))/appRoleAssignedTo"
        return try created(
            AppRoleAssignmentRecord(json: try await service.send(.post, path, body: body)),
            "an assignment"
        )
    }

    /// Deletes an assignment.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func deleteAssignment(_ assignment: AppRoleAssignmentRecord) async throws(CloudError) {
        try await delete(
            "/servicePrincipals/\(FormEncoding.escape(assignment.resourceID))/appRoleAssignedTo/"
                + FormEncoding.escape(assignment.id)
        )
    }

    /// Deletes an object; succeeds if the object does not exist.
    private func delete(_ path: String) async throws(CloudError) {
        do throws(CloudError) {
            _ = try await service.send(.delete, path)
        } catch {
            guard error.refusal?.status == 404 else { throw error }
        }
    }

    private func created<Record>(_ record: Record?, _ kind: String) throws(CloudError) -> Record {
        guard let record else { throw service.unexpectedResponse(status: 201, "JSON that is not \(kind)") }
        return record
    }
}
