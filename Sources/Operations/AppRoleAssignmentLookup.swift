import Azure
import Diagnosis
import Federation
import FoundationEssentials
import Transport
import TrustPolicy

/// Reads from Microsoft Graph whether an identity is assigned to a mapping's app role.
struct AppRoleAssignmentLookup: DirectoryLookup {
    private let graph: GraphClient
    private let configuration: Configuration

    /// Creates a lookup; `nil` if `setup.graph_identity` is not set, or is not an identity of the configuration.
    init?(_ clients: CloudClients) {
        guard let graph = clients.directory else { return nil }
        self.graph = graph
        configuration = clients.configuration
    }

    /// Reads the audience's application and the identity's assignment.
    ///
    /// Without `app_role`, any assignment to the application counts.
    ///
    /// - Parameters:
    ///   - mapping: The mapping.
    ///   - principal: The object ID of the identity, if a token contains it.
    /// - Returns: The properties of the application and the assignment; `nil` if the identity's object ID is unknown.
    /// - Throws: ``CloudError`` when Graph does not respond or refuses the request.
    func facts(of mapping: RoleMapping, principal: String?) async throws(CloudError) -> AssignmentFacts? {
        guard let principal = try await self.principal(of: mapping, known: principal) else { return nil }
        guard let resource = try await graph.servicePrincipal(audience: mapping.audience) else {
            return try await factsWithoutServicePrincipal(of: mapping.audience)
        }
        let roles = Set(resource.appRoles.filter { $0.value == mapping.appRole }.map { $0.id.lowercased() })
        let assignments = try await graph.assignments(ofPrincipal: principal).filter { assignment in
            assignment.resourceID == resource.id
                && (mapping.appRole == nil || roles.contains(assignment.appRoleID.lowercased()))
        }
        let assigned = assignments.compactMap(\.created).min()
        // An assignment without a date counts as old.
        var facts = AssignmentFacts(
            isRequired: resource.requiresAssignment,
            assigned: assigned ?? (assignments.isEmpty ? nil : .distantPast)
        )
        facts.resourceID = resource.id
        facts.applicationID = resource.appID
        if let role = resource.appRoles.first(where: { $0.value == mapping.appRole }) {
            facts.appRole = AppRoleFacts(id: role.id, memberTypes: role.memberTypes)
            if !role.memberTypes.contains("Application") {
                let application = try await graph.application(appID: resource.appID)
                facts.appRole?.readRoles = application.map { JSONValue.array($0.appRoles.map(\.json)) }
                facts.appRole?.correctedRoles = application?.appRoles(assignable: role.id)
            }
        }
        return facts
    }

    /// Reads the application with the audience as identifier URI, or finds a similar identifier URI.
    ///
    /// The caller has found no service principal with this audience in the tenant.
    private func factsWithoutServicePrincipal(
        of audience: String
    ) async throws(CloudError) -> AssignmentFacts {
        var facts = AssignmentFacts(resourceExists: false, isRequired: false, assigned: nil)
        if let application = try await graph.application(identifierURI: audience) {
            facts.applicationID = application.appID
            return facts
        }
        // The audience may be an identifier URI with a scope, such as `api://example/read`.
        if let uri = audience.withoutLastPathSegment,
            let application = try await graph.application(identifierURI: uri)
        {
            facts.similarAudience = application.identifierURIs.contains(uri) ? uri : nil
            return facts
        }
        let uris = Set(try await graph.someIdentifierURIs())
        let equivalent = uris.sorted().first {
            $0.lowercased().droppingTrailingSlash == audience.lowercased().droppingTrailingSlash
        }
        facts.similarAudience = equivalent ?? NearestName.ofIdentifierURI(audience, among: uris.sorted())
        return facts
    }

    /// Returns whether no service principal of the tenant has this object ID.
    func isMissing(_ id: String) async throws(CloudError) -> Bool {
        try await graph.servicePrincipal(id: id) == nil
    }

    /// Returns whether an application of the tenant has this object ID.
    func isApplication(_ id: String) async throws(CloudError) -> Bool {
        try await graph.application(id: id) != nil
    }

    /// Returns the time of the earliest assignment; `nil` if the time is unknown.
    func date(of mapping: RoleMapping) async -> Date? {
        let assigned = try? await facts(of: mapping, principal: nil)?.assigned
        return assigned.flatMap { $0 == .distantPast ? nil : $0 }
    }

    private func principal(of mapping: RoleMapping, known: String?) async throws(CloudError) -> String? {
        if let known { return known }
        guard let identity = configuration.identity(mapping.identity) else { return nil }
        if let id = identity.principalID { return id }
        guard let clientID = identity.clientID else { return nil }
        return try await graph.servicePrincipal(appID: clientID)?.id
    }
}

extension String {
    /// The URI without its last path segment; `nil` if the URI has no path or ends in a slash.
    fileprivate var withoutLastPathSegment: String? {
        guard let scheme = firstRange(of: "://"), let slash = lastIndex(of: "/"), slash >= scheme.upperBound,
            index(after: slash) < endIndex
        else { return nil }
        return String(self[..<slash])
    }
}

extension ApplicationRecord {
    /// Returns the application's `appRoles` as Graph's JSON, after making one role assignable to applications.
    fileprivate func appRoles(assignable id: String) -> JSONValue {
        let roles = appRoles.map { role in
            var role = role
            if role.id == id { role.memberTypes.append("Application") }
            return role.json
        }
        return .array(roles)
    }
}
