import Azure
import Diagnosis
import Federation
import Foundation
import Transport

/// Reads from Microsoft Graph whether an identity is assigned to a mapping's app role.
struct AppRoleAssignmentLookup: Sendable {
    private let graph: GraphClient
    private let configuration: Configuration

    /// `nil` where `setup.graph_identity` names no identity of the configuration.
    init?(_ clients: CloudClients) {
        guard let graph = clients.directory else { return nil }
        self.graph = graph
        configuration = clients.configuration
    }

    /// Reads the audience's application and the identity's assignment.
    ///
    /// Without `app_role` any assignment to the application counts.
    ///
    /// - Parameters:
    ///   - mapping: The mapping.
    ///   - principal: The object id of the identity, where a token shows it.
    /// - Returns: The facts; `nil` where the identity's principal is unknown.
    /// - Throws: ``CloudError`` when Graph does not answer or refuses.
    func facts(of mapping: RoleMapping, principal: String? = nil) async throws(CloudError) -> AssignmentFacts?
    {
        guard let principal = try await self.principal(of: mapping, known: principal) else { return nil }
        guard let resource = try await graph.servicePrincipal(audience: mapping.audience) else {
            return AssignmentFacts(resourceExists: false, isRequired: false, assigned: nil)
        }
        let roles = Set(resource.appRoles.filter { $0.value == mapping.appRole }.map { $0.id.lowercased() })
        let assignments = try await graph.assignments(ofPrincipal: principal).filter { assignment in
            assignment.resourceID == resource.id
                && (mapping.appRole == nil || roles.contains(assignment.appRoleID.lowercased()))
        }
        let assigned = assignments.compactMap(\.created).min()
        return AssignmentFacts(
            isRequired: resource.requiresAssignment,
            assigned: assigned ?? (assignments.isEmpty ? nil : .distantPast)
        )
    }

    /// The instant of the assignment; `nil` where Graph does not answer or there is no assignment.
    func date(of mapping: RoleMapping) async -> Date? {
        let assigned = try? await facts(of: mapping)?.assigned
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
