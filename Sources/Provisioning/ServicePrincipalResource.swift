import Azure
import Federation
import Transport

/// The application's service principal.
///
/// The service principal requires assignment, so Entra issues tokens only to assigned identities.
struct ServicePrincipalResource: ManagedResource {
    let application: DesiredApplication
    let tag: OwnershipTag

    private var uri: String { application.identifierURI }
    var id: SetupObject.ID { .servicePrincipal(uri) }
    var dependencies: [SetupObject.ID] { [.application(uri)] }

    var desired: SetupBasis.Properties {
        [
            "appRoleAssignmentRequired": [String(DesiredApplication.requiresAssignment)],
            "accountEnabled": ["true"], "audience": [uri],
        ]
    }

    func assess(_ clouds: SetupClouds, _ resolved: ResolvedResources) async throws(SetupError) -> Assessment {
        let graph = try clouds.graph()
        guard let registered = resolved.application(uri) else {
            return .awaiting(.application(uri), wanted)
        }
        let found = try await callCloud { () async throws(CloudError) in
            try await graph.servicePrincipal(appID: registered.appID)
        }
        if let found { return compared(found, graph) }
        let create = SetupAction("create, assignment required") { () async throws(SetupError) in
            _ = try await callCloud { () async throws(CloudError) in
                try await graph.createServicePrincipal(
                    appID: registered.appID,
                    requiresAssignment: DesiredApplication.requiresAssignment,
                    tags: [tag.directoryTag]
                )
            }
        }
        return Assessment(state: .missing, differences: wanted, actions: [create])
    }

    private var wanted: [SetupDifference] {
        [SetupDifference("appRoleAssignmentRequired", wanted: ["true"])]
    }

    private func compared(_ found: ServicePrincipalRecord, _ graph: GraphClient) -> Assessment {
        var assessment = Assessment(
            state: .ok,
            // Names and roles are omitted, because Entra copies them from the application.
            observed: [
                "id": [found.id], "appRoleAssignmentRequired": [String(found.requiresAssignment)],
                "accountEnabled": [String(found.isEnabled)],
            ],
            isManaged: tag.marks(found.tags),
            resolved: .servicePrincipal(found)
        )
        var properties: [String] = []
        if !found.requiresAssignment {
            properties.append("appRoleAssignmentRequired")
            assessment.notes += notes(isManaged: assessment.isManaged == true)
        }
        if !found.isEnabled { properties.append("accountEnabled") }
        assessment.differences = properties.map { SetupDifference($0, found: ["false"], wanted: ["true"]) }
        if !properties.isEmpty {
            assessment.actions = [
                SetupAction("set \(properties.joined(separator: ", "))") { () async throws(SetupError) in
                    try await callCloud { () async throws(CloudError) in
                        try await graph.update(
                            servicePrincipalID: found.id,
                            requiresAssignment: found.requiresAssignment ? nil : true,
                            isEnabled: found.isEnabled ? nil : true
                        )
                    }
                }
            ]
        }
        if !found.names.contains(uri) {
            assessment.differences.append(
                SetupDifference("servicePrincipalNames", found: found.names, wanted: [uri])
            )
        }
        for role in application.appRoles
        where !found.appRoles.contains(where: { $0.value == role.value && $0.allowsApplications }) {
            assessment.differences.append(
                SetupDifference("appRoles.\(role.value)", wanted: ["as in the application"])
            )
        }
        assessment.state = assessment.differences.isEmpty ? .ok : .different
        return assessment
    }

    private func notes(isManaged: Bool) -> [SetupNote] {
        var notes = [
            SetupNote(
                "assignment-not-required",
                "Any identity of the tenant receives tokens for this audience, without an app role if the identity is "
                    + "not assigned. A host caches such a token for up to 24 h."
            )
        ]
        if !isManaged {
            notes.append(
                SetupNote(
                    "shuts-out-others",
                    "Once assignment is required, unassigned callers receive no tokens for this audience."
                )
            )
        }
        return notes
    }

    func removal(
        _ clouds: SetupClouds,
        _ resolved: ResolvedResources,
        keeping retained: RetainedResources
    ) async throws(SetupError) -> Removal {
        guard let found = resolved.servicePrincipal(uri) else { return .absent }
        guard tag.marks(found.tags) else { return .keep("it was not created by setup") }
        let graph = try clouds.graph()
        let others = try await Self.otherAssignments(of: found, graph, resolved)
        if !others.isEmpty { return .keep(Self.reason(others)) }
        let delete = SetupAction("delete") { () async throws(SetupError) in
            try await callCloud { () async throws(CloudError) in
                try await graph.deleteServicePrincipal(id: found.id)
            }
        }
        return .remove("Delete the service principal of \(found.displayName)", [delete]) {
            () async throws(SetupError) in
            try await callCloud { () async throws(CloudError) in
                try await graph.servicePrincipal(id: found.id) == nil
            }
        }
    }

    /// Returns the assignments of principals outside this run.
    static func otherAssignments(
        of principal: ServicePrincipalRecord,
        _ graph: GraphClient,
        _ resolved: ResolvedResources
    ) async throws(SetupError) -> [AppRoleAssignmentRecord] {
        let own = Set(resolved.principalIDs.values)
        do throws(CloudError) {
            return try await graph.assignments(toResource: principal.id).filter {
                !own.contains($0.principalID.lowercased())
            }
        } catch {
            // This replica does not have the service principal, for example during a deletion.
            if error.refusal?.status == 404 { return [] }
            throw SetupError(error)
        }
    }

    static func reason(_ others: [AppRoleAssignmentRecord]) -> String {
        "other principals are assigned to it: " + others.map(\.principalID).joined(separator: ", ")
    }
}
