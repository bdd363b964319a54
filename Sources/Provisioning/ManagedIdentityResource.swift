import Azure
import Federation
import Transport

/// The managed identity, which setup finds in the directory or creates through Azure Resource Manager.
struct ManagedIdentityResource: ManagedResource {
    let identity: DesiredIdentity
    let tag: OwnershipTag

    var id: SetupObject.ID { .identity(identity.name) }
    var dependencies: [SetupObject.ID] { [] }

    var desired: SetupBasis.Properties {
        var properties = ["name": [identity.id]]
        properties["principal_id"] = identity.principalID.map { [$0] }
        properties["client_id"] = identity.clientID.map { [$0] }
        properties["resource_id"] = (identity.resource?.resourceID ?? identity.resourceID).map { [$0] }
        properties["location"] = identity.resource.map { [$0.location] }
        return properties
    }

    func assess(_ clouds: SetupClouds, _ resolved: ResolvedResources) async throws(SetupError) -> Assessment {
        if let resource = identity.resource { return try await assess(resource, clouds) }
        guard let found = try await principal(try clouds.graph()) else {
            return Assessment(state: .missing, differences: wanted, obstacle: absence)
        }
        return compared(principalID: found.id, clientID: found.appID, isManaged: nil)
    }

    private func assess(
        _ resource: IdentityResource,
        _ clouds: SetupClouds
    ) async throws(SetupError) -> Assessment {
        let arm = try clouds.resources()
        let found = try await callCloud { () async throws(CloudError) in
            try await arm.identity(resourceID: resource.resourceID)
        }
        guard let found else {
            let create = SetupAction("create in \(resource.resourceGroup)") { () async throws(SetupError) in
                _ = try await callCloud { () async throws(CloudError) in
                    try await arm.createIdentity(resource, tags: [OwnershipTag.key: tag.value])
                }
            }
            return Assessment(state: .missing, differences: wanted, actions: [create])
        }
        var assessment = compared(
            principalID: found.principalID,
            clientID: found.clientID,
            isManaged: tag.marks(found.tags)
        )
        let graph = try clouds.graph()
        let isKnown = try await callCloud { () async throws(CloudError) in
            try await graph.servicePrincipal(id: found.principalID) != nil
        }
        if assessment.state == .ok, !isKnown {
            assessment.state = .different
            assessment.differences = [
                SetupDifference("service principal of the identity", wanted: [found.principalID])
            ]
        }
        return assessment
    }

    private func principal(_ graph: GraphClient) async throws(SetupError) -> ServicePrincipalRecord? {
        try await callCloud { () async throws(CloudError) in
            if let principalID = identity.principalID {
                return try await graph.servicePrincipal(id: principalID)
            }
            if let clientID = identity.clientID { return try await graph.servicePrincipal(appID: clientID) }
            guard let resourceID = identity.resourceID else { return nil }
            return try await graph.servicePrincipal(resourceID: resourceID)
        }
    }

    /// Compares the IDs with the configured IDs; a recreated identity has new IDs.
    private func compared(principalID: String, clientID: String, isManaged: Bool?) -> Assessment {
        let pairs = [
            ("principal_id", identity.principalID, principalID), ("client_id", identity.clientID, clientID),
        ]
        let differences = pairs.compactMap { name, configured, found -> SetupDifference? in
            guard let configured, configured != found.lowercased() else { return nil }
            return SetupDifference(name, found: [found], wanted: [configured])
        }
        var assessment = Assessment(
            state: .ok,
            observed: ["principal_id": [principalID], "client_id": [clientID]],
            isManaged: isManaged,
            resolved: .identity(
                identity.id,
                principalID: principalID.lowercased(),
                clientID: clientID.lowercased()
            )
        )
        guard let first = differences.first else { return assessment }
        assessment.state = .different
        assessment.differences = differences
        assessment.obstacle = Failure(
            kind: .refused,
            code: "identity-recreated",
            message:
                "The identity \(identity.name) has \(first.property) \(first.found[0]); the configuration has "
                + "\(first.wanted[0]).",
            fix:
                "Correct \(first.property) under identities.\(identity.id): an identity that was created again has "
                + "new IDs, which the assignment and the trust policy need too."
        )
        return assessment
    }

    private var wanted: [SetupDifference] {
        var wanted: [SetupDifference] = []
        if let id = identity.resourceID { wanted.append(SetupDifference("id", wanted: [id])) }
        if let resource = identity.resource {
            wanted.append(SetupDifference("location", wanted: [resource.location]))
        }
        if let id = identity.principalID { wanted.append(SetupDifference("principalId", wanted: [id])) }
        return wanted
    }

    private var absence: Failure {
        Failure(
            kind: .refused,
            code: "identity-missing",
            message: "The directory has no service principal of the identity \(identity.name)"
                + (identity.principalID.map { " (\($0))." } ?? "."),
            fix:
                "Correct the identity's IDs in the configuration, or create the identity (az identity create) and set "
                + "its IDs. To have cambist create the identity, set setup.identity in the mapping."
        )
    }

    func removal(
        _ clouds: SetupClouds,
        _ resolved: ResolvedResources,
        keeping retained: RetainedResources
    ) async throws(SetupError) -> Removal {
        guard let resource = identity.resource, resolved.objects[id]?.isManaged == true else {
            return .keep("it was not created by setup")
        }
        let arm = try clouds.resources()
        let delete = SetupAction("delete") { () async throws(SetupError) in
            try await callCloud { () async throws(CloudError) in
                try await arm.deleteIdentity(resourceID: resource.resourceID)
            }
        }
        return .remove("Delete the managed identity \(identity.name)", [delete]) {
            () async throws(SetupError) in
            try await callCloud { () async throws(CloudError) in
                try await arm.identity(resourceID: resource.resourceID) == nil
            }
        }
    }
}
