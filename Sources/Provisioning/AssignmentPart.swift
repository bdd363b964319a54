import Azure
import Federation
import Transport

/// The assignment of an identity to the application's role.
struct AssignmentPart: ManagedResource {
    let assignment: DesiredAssignment

    private var uri: String { assignment.identifierURI }

    var id: SetupObject.ID {
        SetupObject.ID(
            .assignment,
            "\(assignment.identityName) → \(assignment.appRole.value) of \(uri)"
        )
    }

    func assess(
        _ clouds: SetupClouds,
        _ knowledge: inout ResolvedResources
    ) async throws(SetupFault) -> Assessment {
        let graph = try clouds.graph()
        guard let principalID = knowledge.principalIDs[assignment.identity] else {
            return .awaiting(SetupObject.ID(.identity, assignment.identityName), wanted(nil))
        }
        guard let resource = knowledge.servicePrincipals[uri] else {
            return .awaiting(.servicePrincipal(uri), wanted(principalID))
        }
        guard let roleID = knowledge.appRoleID(assignment) else {
            return .awaiting(.application(uri), wanted(principalID))
        }
        let mark = OwnershipTag.addedAssignment(principalID: principalID, roleID: roleID)
        let isMarked = resource.tags.contains(mark)
        let isOurs = isMarked || resource.tags.contains(OwnershipTag.directoryTag)
        let held = try await azure { () async throws(AzureError) in
            try await graph.assignments(toResource: resource.id)
        }.filter { $0.principalID.lowercased() == principalID }
        if held.contains(where: { $0.appRoleID == roleID }) {
            return Assessment(state: .ok, isOurs: isOurs)
        }
        var actions: [SetupAction] = []
        if !isOurs {
            actions.append(
                SetupAction("tag the service principal") { () async throws(SetupFault) in
                    try await azure { () async throws(AzureError) in
                        // Another assignment of this run may have left its mark since.
                        let newest = try await graph.servicePrincipal(id: resource.id)?.tags ?? []
                        let others = newest.filter { !resource.tags.contains($0) }
                        try await graph.update(
                            servicePrincipalID: resource.id,
                            tags: resource.tags + others + [mark]
                        )
                    }
                }
            )
        }
        actions.append(
            SetupAction("assign") { () async throws(SetupFault) in
                _ = try await azure { () async throws(AzureError) in
                    try await graph.assign(
                        principalID: principalID,
                        toRole: roleID,
                        ofResource: resource.id
                    )
                }
            }
        )
        return Assessment(
            state: .missing,
            differences: wanted(principalID),
            notes: held.isEmpty ? [] : [Self.otherRole],
            isOurs: isOurs,
            actions: actions
        )
    }

    private func wanted(_ principalID: String?) -> [SetupDifference] {
        [
            SetupDifference("principalId", wanted: [principalID ?? "of \(assignment.identityName)"]),
            SetupDifference("appRole", wanted: [assignment.appRole.value]),
        ]
    }

    private static let otherRole = SetupNote(
        "other-role-assigned",
        "The identity has access to the application without this role: its tokens do not name the role, and a host "
            + "that asked already keeps its token for up to 24 h."
    )

    func removal(_ clouds: SetupClouds, _ knowledge: ResolvedResources) async throws(SetupFault) -> Removal {
        guard let principalID = knowledge.principalIDs[assignment.identity],
            let resource = knowledge.servicePrincipals[uri], let roleID = knowledge.appRoleID(assignment)
        else { return .absent }
        let graph = try clouds.graph()
        let find = { @Sendable () async throws(SetupFault) -> [AppRoleAssignmentRecord] in
            do throws(AzureError) {
                return try await graph.assignments(toResource: resource.id).filter {
                    $0.principalID.lowercased() == principalID && $0.appRoleID == roleID
                }
            } catch {
                if error.refusal?.status == 404 { return [] }
                throw SetupFault(error)
            }
        }
        guard knowledge.objects[id]?.state == .ok else { return .absent }
        guard knowledge.objects[id]?.isOurs == true else { return .keep("it was not made by the set-up") }
        let mark = OwnershipTag.addedAssignment(principalID: principalID, roleID: roleID)
        var actions = [
            SetupAction("take back") { () async throws(SetupFault) in
                for found in try await find() {
                    try await azure { () async throws(AzureError) in
                        try await graph.deleteAssignment(found)
                    }
                }
            }
        ]
        if resource.tags.contains(mark) {
            actions.append(
                SetupAction("untag the service principal") { () async throws(SetupFault) in
                    try await azure { () async throws(AzureError) in
                        try await graph.update(
                            servicePrincipalID: resource.id,
                            tags: resource.tags.filter { $0 != mark }
                        )
                    }
                }
            )
        }
        let question = "Take back the assignment of \(assignment.identityName) to \(assignment.appRole.value)"
        return .remove(question, actions) { () async throws(SetupFault) in try await find().isEmpty }
    }
}
