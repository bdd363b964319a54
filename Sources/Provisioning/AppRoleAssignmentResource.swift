import Azure
import Federation
import Transport

/// The assignment of an identity to an app role of the application.
struct AppRoleAssignmentResource: ManagedResource {
    let assignment: DesiredAssignment
    let tag: OwnershipTag

    private var uri: String { assignment.identifierURI }

    var id: SetupObject.ID {
        SetupObject.ID(
            .assignment,
            "\(assignment.identityName) → \(assignment.appRole.value) of \(uri)"
        )
    }

    var dependencies: [SetupObject.ID] {
        [.identity(assignment.identityName), .application(uri), .servicePrincipal(uri)]
    }

    var desired: SetupBasis.Properties {
        ["identity": [assignment.identity], "appRole": [assignment.appRole.value], "audience": [uri]]
    }

    func assess(_ clouds: SetupClouds, _ resolved: ResolvedResources) async throws(SetupError) -> Assessment {
        let graph = try clouds.graph()
        guard let principalID = resolved.principalIDs[assignment.identity] else {
            return .awaiting(.identity(assignment.identityName), wanted(nil))
        }
        guard let resource = resolved.servicePrincipal(uri) else {
            return .awaiting(.servicePrincipal(uri), wanted(principalID))
        }
        guard let roleID = resolved.appRoleID(assignment) else {
            return .awaiting(.application(uri), wanted(principalID))
        }
        let mark = OwnershipTag.addedAssignment(principalID: principalID, roleID: roleID)
        let isManaged = resource.tags.contains(mark) || tag.marks(resource.tags)
        let held = try await assignments(of: principalID, to: resource, graph)
        if held.contains(where: { $0.appRoleID == roleID }) {
            return Assessment(
                state: .ok,
                observed: ["principalId": [principalID], "appRole": [roleID]],
                isManaged: isManaged
            )
        }
        let assign = SetupAction("assign") { () async throws(SetupError) in
            do throws(CloudError) {
                _ = try await graph.assign(principalID: principalID, toRole: roleID, ofResource: resource.id)
            } catch {
                throw SetupError(error).adding(
                    "The request had principalId \(principalID), appRoleId \(roleID), resourceId \(resource.id)."
                )
            }
        }
        return Assessment(
            state: .missing,
            differences: wanted(principalID),
            notes: held.isEmpty ? [] : [Self.otherRole],
            isManaged: isManaged,
            actions: isManaged ? [assign] : [marking(resource, mark, graph), assign]
        )
    }

    /// Returns the action that tags an already existing service principal.
    ///
    /// The tag lets a later removal recognize that setup added the assignment.
    private func marking(
        _ resource: ServicePrincipalRecord,
        _ mark: String,
        _ graph: GraphClient
    ) -> SetupAction {
        SetupAction("tag the service principal") { () async throws(SetupError) in
            try await callCloud { () async throws(CloudError) in
                // Another assignment in the same run may have added a tag in the meantime.
                let newest = try await graph.servicePrincipal(id: resource.id)?.tags ?? resource.tags
                try await graph.update(servicePrincipalID: resource.id, tags: newest + [mark])
            }
        }
    }

    /// Returns the principal's assignments to `resource`; empty if the responding replica does not have the resource.
    private func assignments(
        of principalID: String,
        to resource: ServicePrincipalRecord,
        _ graph: GraphClient
    ) async throws(SetupError) -> [AppRoleAssignmentRecord] {
        do throws(CloudError) {
            return try await graph.assignments(toResource: resource.id).filter {
                $0.principalID.lowercased() == principalID
            }
        } catch {
            if error.refusal?.status == 404 { return [] }
            throw SetupError(error)
        }
    }

    private func wanted(_ principalID: String?) -> [SetupDifference] {
        [
            SetupDifference("principalId", wanted: [principalID ?? "of \(assignment.identityName)"]),
            SetupDifference("appRole", wanted: [assignment.appRole.value]),
        ]
    }

    private static let otherRole = SetupNote(
        "other-role-assigned",
        "The identity is assigned to the application, but not to this role, so the identity's tokens do not contain the "
            + "role. A host that has already requested a token caches the token for up to 24 h."
    )

    func removal(
        _ clouds: SetupClouds,
        _ resolved: ResolvedResources,
        keeping retained: RetainedResources
    ) async throws(SetupError) -> Removal {
        guard let principalID = resolved.principalIDs[assignment.identity],
            let resource = resolved.servicePrincipal(uri), let roleID = resolved.appRoleID(assignment)
        else { return .absent }
        let graph = try clouds.graph()
        let find = { @Sendable () async throws(SetupError) -> [AppRoleAssignmentRecord] in
            try await assignments(of: principalID, to: resource, graph).filter { $0.appRoleID == roleID }
        }
        guard resolved.objects[id]?.state == .ok else { return .absent }
        guard resolved.objects[id]?.isManaged == true else { return .keep("it was not created by setup") }
        let mark = OwnershipTag.addedAssignment(principalID: principalID, roleID: roleID)
        var actions = [
            SetupAction("remove the assignment") { () async throws(SetupError) in
                for found in try await find() {
                    try await callCloud { () async throws(CloudError) in
                        try await graph.deleteAssignment(found)
                    }
                }
            }
        ]
        if resource.tags.contains(mark) {
            actions.append(
                SetupAction("untag the service principal") { () async throws(SetupError) in
                    try await callCloud { () async throws(CloudError) in
                        // The removal of another assignment in the same run may have removed a tag in the meantime.
                        let newest = try await graph.servicePrincipal(id: resource.id)?.tags ?? resource.tags
                        try await graph.update(
                            servicePrincipalID: resource.id,
                            tags: newest.filter { $0 != mark }
                        )
                    }
                }
            )
        }
        let question = "Remove the assignment of \(assignment.identityName) to \(assignment.appRole.value)"
        return .remove(question, actions) { () async throws(SetupError) in try await find().isEmpty }
    }
}
