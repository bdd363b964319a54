import Azure
import Federation
import Transport

/// The application's service principal, which tokens for the audience are issued by, to the assigned alone.
struct ServicePrincipalPart: ManagedResource {
    let application: DesiredApplication

    private var uri: String { application.identifierURI }
    var id: SetupObject.ID { .servicePrincipal(uri) }

    func assess(
        _ clouds: SetupClouds,
        _ knowledge: inout ResolvedResources
    ) async throws(SetupFault) -> Assessment {
        let graph = try clouds.graph()
        guard let registered = knowledge.applications[uri] else {
            return .awaiting(.application(uri), wanted)
        }
        let found = try await azure { () async throws(AzureError) in
            try await graph.servicePrincipal(appID: registered.appID)
        }
        guard let found else {
            let create = SetupAction("create, assignment required") { () async throws(SetupFault) in
                _ = try await azure { () async throws(AzureError) in
                    try await graph.createServicePrincipal(
                        appID: registered.appID,
                        requiresAssignment: DesiredApplication.requiresAssignment,
                        tags: [OwnershipTag.directoryTag]
                    )
                }
            }
            return Assessment(state: .missing, differences: wanted, actions: [create])
        }
        knowledge.servicePrincipals[uri] = found
        return compared(found, graph)
    }

    private var wanted: [SetupDifference] {
        [SetupDifference("appRoleAssignmentRequired", wanted: ["true"])]
    }

    private func compared(_ found: ServicePrincipalRecord, _ graph: GraphClient) -> Assessment {
        var assessment = Assessment(state: .ok, isOurs: found.tags.contains(OwnershipTag.directoryTag))
        var properties: [String] = []
        if !found.requiresAssignment {
            properties.append("appRoleAssignmentRequired")
            assessment.notes += notes(isOurs: assessment.isOurs == true)
        }
        if !found.isEnabled { properties.append("accountEnabled") }
        assessment.differences = properties.map { SetupDifference($0, found: ["false"], wanted: ["true"]) }
        if !properties.isEmpty {
            assessment.actions = [
                SetupAction("set \(properties.joined(separator: ", "))") { () async throws(SetupFault) in
                    try await azure { () async throws(AzureError) in
                        try await graph.update(
                            servicePrincipalID: found.id,
                            requiresAssignment: found.requiresAssignment ? nil : true,
                            isEnabled: found.isEnabled ? nil : true
                        )
                    }
                }
            ]
        }
        // These are mirrored from the application; there is nothing to do but to wait for them.
        if !found.names.contains(uri) {
            assessment.differences.append(
                SetupDifference("servicePrincipalNames", found: found.names, wanted: [uri])
            )
        }
        for role in application.appRoles
        where !found.appRoles.contains(where: { $0.value == role.value && $0.admitsApplications }) {
            assessment.differences.append(
                SetupDifference("appRoles.\(role.value)", wanted: ["as the application has it"])
            )
        }
        assessment.state = assessment.differences.isEmpty ? .ok : .different
        return assessment
    }

    private func notes(isOurs: Bool) -> [SetupNote] {
        var notes = [
            SetupNote(
                "assignment-not-required",
                "Any identity of the tenant gets tokens for this audience, and a host that asked already keeps its "
                    + "token without the role for up to 24 h."
            )
        ]
        if !isOurs {
            notes.append(
                SetupNote(
                    "shuts-out-others",
                    "Once assignment is required, callers that are not assigned get no more tokens for it."
                )
            )
        }
        return notes
    }

    func removal(_ clouds: SetupClouds, _ knowledge: ResolvedResources) async throws(SetupFault) -> Removal {
        guard let found = knowledge.servicePrincipals[uri] else { return .absent }
        guard found.tags.contains(OwnershipTag.directoryTag) else {
            return .keep("it was not made by the set-up")
        }
        let graph = try clouds.graph()
        let left = try await Self.strangers(on: found, graph, knowledge)
        if !left.isEmpty { return .keep(Self.reason(left)) }
        let delete = SetupAction("delete") { () async throws(SetupFault) in
            try await azure { () async throws(AzureError) in
                try await graph.deleteServicePrincipal(id: found.id)
            }
        }
        return .remove("Delete the service principal of \(found.displayName)", [delete]) {
            () async throws(SetupFault) in
            try await azure { () async throws(AzureError) in
                try await graph.servicePrincipal(id: found.id) == nil
            }
        }
    }

    /// Who is assigned beside the identities of this run.
    static func strangers(
        on principal: ServicePrincipalRecord,
        _ graph: GraphClient,
        _ knowledge: ResolvedResources
    ) async throws(SetupFault) -> [AppRoleAssignmentRecord] {
        let ours = Set(knowledge.principalIDs.values)
        do throws(AzureError) {
            return try await graph.assignments(toResource: principal.id).filter {
                !ours.contains($0.principalID.lowercased())
            }
        } catch {
            // It is being deleted already, and has not vanished everywhere.
            if error.refusal?.status == 404 { return [] }
            throw SetupFault(error)
        }
    }

    static func reason(_ strangers: [AppRoleAssignmentRecord]) -> String {
        "others are assigned to it: " + strangers.map(\.principalID).joined(separator: ", ")
    }
}
