import Azure
import Federation
import Foundation
import Transport

/// Asks the directory when an app role was assigned, with the rights of `setup.graph_identity`.
struct AssignmentDate: Sendable {
    let configuration: Configuration
    let tokens: TokenCache
    let transport: HTTPTransport
    let time: any TimeSource

    /// When the mapping's app role was assigned to its identity.
    ///
    /// `nil` where nobody may read the directory, where it does not answer, and where there is no assignment.
    func of(_ mapping: RoleMapping) async -> Date? {
        guard let name = configuration.setup.graphIdentity, let reader = configuration.identity(name),
            let identity = configuration.identity(mapping.identity)
        else { return nil }
        let graph = GraphClient(
            endpoint: configuration.endpoints.graph,
            caller: AzureCaller(identity: reader, tokens: tokens),
            transport: transport,
            time: time
        )
        do throws(AzureError) {
            guard let resource = try await graph.servicePrincipal(audience: mapping.audience),
                let principal = try await principal(of: identity, graph)
            else { return nil }
            let roles = resource.appRoles.filter { mapping.appRole == nil || $0.value == mapping.appRole }
            let wanted = Set(roles.map { $0.id.lowercased() })
            return try await graph.assignments(ofPrincipal: principal)
                .filter { $0.resourceID == resource.id && wanted.contains($0.appRoleID) }
                .compactMap(\.created).min()
        } catch {
            return nil
        }
    }

    private func principal(
        of identity: ManagedIdentity,
        _ graph: GraphClient
    ) async throws(AzureError) -> String? {
        if let id = identity.principalID { return id }
        guard let clientID = identity.clientID else { return nil }
        return try await graph.servicePrincipal(appID: clientID)?.id
    }
}
