import Azure
import Federation
import Transport

/// The application for an audience: its identifier URI, token version, and app roles.
struct ApplicationResource: ManagedResource {
    let application: DesiredApplication
    let tenantID: String
    let tag: OwnershipTag

    private var uri: String { application.identifierURI }
    var id: SetupObject.ID { .application(uri) }
    var dependencies: [SetupObject.ID] { [] }

    var desired: SetupBasis.Properties {
        var properties = [
            "displayName": [application.displayName], "identifierUris": [uri],
            "api.requestedAccessTokenVersion": [String(DesiredApplication.tokenVersion)],
        ]
        for role in application.appRoles { properties["appRoles.\(role.value)"] = [role.id] }
        return properties
    }

    func assess(_ clouds: SetupClouds, _ resolved: ResolvedResources) async throws(SetupError) -> Assessment {
        if let obstacle = Failure.microsoftAudience(uri, tenantID: tenantID) {
            return Assessment(state: .missing, obstacle: obstacle)
        }
        let graph = try clouds.graph()
        if let found = try await callCloud({ () async throws(CloudError) in
            try await graph.application(identifierURI: uri)
        }) {
            return compared(found, graph)
        }
        switch application.admission(tenantID: tenantID) {
        case .refused(let reason): return refused(reason)
        case .needsApplicationID(let appID): return try await existingApplication(appID, graph)
        case .accepted: return missing(graph, notes: [])
        case .needsVerifiedDomain(let host):
            let note = SetupNote(
                "unverified-domain",
                "The directory accepts \(uri) only if \(host) is a verified domain of the tenant."
            )
            return missing(graph, notes: [note])
        }
    }

    private func missing(_ graph: GraphClient, notes: [SetupNote]) -> Assessment {
        let create = SetupAction("create") { () async throws(SetupError) in
            _ = try await callCloud { () async throws(CloudError) in
                try await graph.createApplication(
                    displayName: application.displayName,
                    application.properties(tags: [tag.directoryTag])
                )
            }
        }
        return Assessment(state: .missing, differences: wanted, notes: notes, actions: [create])
    }

    /// Assesses the application whose ID the URI contains; without this application, the directory refuses the URI.
    private func existingApplication(_ appID: String, _ graph: GraphClient) async throws(SetupError)
        -> Assessment
    {
        let found = try await callCloud { () async throws(CloudError) in
            try await graph.application(appID: appID)
        }
        guard let found else {
            return refused("it contains an application's ID, and no application \(appID) exists")
        }
        return compared(found, graph)
    }

    private func refused(_ reason: String) -> Assessment {
        let failure = Failure(
            kind: .refused,
            code: "identifier-uri-refused",
            message: "The directory would refuse the identifier URI \(uri): \(reason).",
            fix:
                "Use \(AudienceName.uri(like: uri, tenantID: tenantID)) as audience, and keep version 1 tokens: version 2 would change iss and aud."
        )
        return Assessment(state: .missing, differences: wanted, obstacle: failure)
    }

    private var wanted: [SetupDifference] {
        [
            SetupDifference("displayName", wanted: [application.displayName]),
            SetupDifference("identifierUris", wanted: [uri]),
            SetupDifference(
                "api.requestedAccessTokenVersion",
                wanted: [String(DesiredApplication.tokenVersion)]
            ),
        ] + application.appRoles.map { SetupDifference("appRoles.\($0.value)", wanted: [$0.summary]) }
    }

    func removal(
        _ clouds: SetupClouds,
        _ resolved: ResolvedResources,
        keeping retained: RetainedResources
    ) async throws(SetupError) -> Removal {
        guard let found = resolved.application(uri) else { return .absent }
        guard tag.marks(found.tags) else { return .keep("it was not created by setup") }
        let graph = try clouds.graph()
        if let principal = resolved.servicePrincipal(uri) {
            let others = try await ServicePrincipalResource.otherAssignments(of: principal, graph, resolved)
            if !others.isEmpty { return .keep(ServicePrincipalResource.reason(others)) }
        }
        let delete = SetupAction("delete") { () async throws(SetupError) in
            try await callCloud { () async throws(CloudError) in
                try await graph.deleteApplication(id: found.id)
            }
        }
        return .remove("Delete the application \(found.displayName)", [delete]) {
            () async throws(SetupError) in
            try await callCloud { () async throws(CloudError) in
                try await graph.application(identifierURI: uri) == nil
            }
        }
    }
}

// Comparison with an existing application.
extension ApplicationResource {
    private func compared(_ found: ApplicationRecord, _ graph: GraphClient) -> Assessment {
        var assessment = Assessment(
            state: .ok,
            observed: found.properties,
            isManaged: tag.marks(found.tags),
            resolved: .application(found)
        )
        var change = GraphClient.ApplicationChange()
        if !found.identifierURIs.contains(uri) {
            assessment.differences.append(SetupDifference("identifierUris", wanted: [uri]))
            change.identifierURIs = found.identifierURIs + [uri]
        }
        if found.tokenVersion == 2 {
            assessment.differences.append(
                SetupDifference("api.requestedAccessTokenVersion", found: ["2"], wanted: ["1"])
            )
            change.tokenVersion = DesiredApplication.tokenVersion
            assessment.notes.append(
                SetupNote(
                    "changes-all-tokens",
                    "The tokens of all clients of the application get another iss and aud, so roles and services "
                        + "that expect version 2 will refuse the tokens."
                )
            )
            if found.signInAudience?.contains("Personal") == true {
                assessment.obstacle = personalAccountConflict(found)
            }
        }
        let roles = mergedRoles(found.appRoles)
        if !roles.differences.isEmpty {
            assessment.differences += roles.differences
            change.appRoles = roles.list
        }
        guard !assessment.differences.isEmpty else { return assessment }
        assessment.state = .different
        assessment.actions = actions(change, on: found, graph)
        return assessment
    }

    private func actions(
        _ change: GraphClient.ApplicationChange,
        on found: ApplicationRecord,
        _ graph: GraphClient
    ) -> [SetupAction] {
        var actions: [SetupAction] = []
        // The directory refuses to change the member types of an enabled role, so the role is disabled first.
        let changed = change.appRoles?.filter { role in
            found.appRoles.contains {
                $0.id == role.id && $0.isEnabled && $0.memberTypes != role.memberTypes
            }
        }
        if let changed, !changed.isEmpty {
            var disabling = GraphClient.ApplicationChange()
            disabling.appRoles = found.appRoles.map { role in
                var role = role
                if changed.contains(where: { $0.id == role.id }) { role.isEnabled = false }
                return role
            }
            actions.append(update(found, disabling, "disable the app role temporarily", graph))
        }
        let properties = [
            change.identifierURIs.map { _ in "identifierUris" },
            change.tokenVersion.map { _ in "api.requestedAccessTokenVersion" },
            change.appRoles.map { _ in "appRoles" },
        ]
        let title = "set " + properties.compactMap(\.self).joined(separator: ", ")
        return actions + [update(found, change, title, graph)]
    }

    private func update(
        _ found: ApplicationRecord,
        _ change: GraphClient.ApplicationChange,
        _ title: String,
        _ graph: GraphClient
    ) -> SetupAction {
        SetupAction(title) { () async throws(SetupError) in
            try await callCloud { () async throws(CloudError) in
                try await graph.update(applicationID: found.id, change)
            }
        }
    }

    /// Returns the application's roles merged with the desired roles; a role with the same value keeps its ID.
    private func mergedRoles(
        _ found: [AppRoleRecord]
    ) -> (list: [AppRoleRecord], differences: [SetupDifference]) {
        var list = found
        var differences: [SetupDifference] = []
        for wanted in application.appRoles {
            let property = "appRoles.\(wanted.value)"
            guard let index = list.firstIndex(where: { $0.value == wanted.value }) else {
                list.append(AppRoleRecord(wanted))
                differences.append(SetupDifference(property, wanted: [wanted.summary]))
                continue
            }
            guard !list[index].allowsApplications else { continue }
            let former = list[index].summary
            if !list[index].memberTypes.contains(DesiredAppRole.memberType) {
                list[index].memberTypes.append(DesiredAppRole.memberType)
            }
            list[index].isEnabled = true
            differences.append(
                SetupDifference(property, found: [former], wanted: [list[index].summary])
            )
        }
        return (list, differences)
    }

    private func personalAccountConflict(_ found: ApplicationRecord) -> Failure {
        Failure(
            kind: .refused,
            code: "application-personal",
            message:
                "The application \(found.displayName) allows personal accounts, which requires version 2 "
                + "tokens; setup uses version 1.",
            fix:
                "If personal accounts need no access to the application, set its signInAudience to AzureADMyOrg. "
                + "Otherwise, set audience to the identifier URI of another application."
        )
    }
}

extension ApplicationRecord {
    /// The properties that an update replaces, and the object ID, which identifies the application.
    fileprivate var properties: SetupBasis.Properties {
        var properties = [
            "id": [id], "identifierUris": identifierURIs,
            "api.requestedAccessTokenVersion": [String(tokenVersion ?? 1)],
        ]
        for role in appRoles { properties["appRoles.\(role.value ?? role.id)"] = [role.id, role.summary] }
        return properties
    }
}

extension DesiredAppRole {
    fileprivate var summary: String { "allowedMemberTypes \(Self.memberType), enabled" }
}

extension AppRoleRecord {
    fileprivate var summary: String {
        "allowedMemberTypes \(memberTypes.joined(separator: " and ")), \(isEnabled ? "enabled" : "disabled")"
    }
}
