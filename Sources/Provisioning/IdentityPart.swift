import Azure
import Federation

/// The managed identity: found in the directory, or made through Azure Resource Manager.
struct IdentityPart: ManagedResource {
    let identity: DesiredIdentity

    var id: SetupObject.ID { .of(identity) }

    func assess(
        _ clouds: SetupClouds,
        _ knowledge: inout ResolvedResources
    ) async throws(SetupFault) -> Assessment {
        // What the configuration knows serves the objects in AWS even where Azure cannot be asked.
        if let principalID = identity.principalID { knowledge.principalIDs[identity.id] = principalID }
        if let resource = identity.resource {
            return try await assess(resource, clouds, &knowledge)
        }
        let graph = try clouds.graph()
        guard let found = try await principal(graph) else {
            return Assessment(state: .missing, differences: wanted, obstacle: absence)
        }
        knowledge.principalIDs[identity.id] = found.id.lowercased()
        return compared(principalID: found.id, clientID: found.appID, isOurs: nil)
    }

    private func assess(
        _ resource: IdentityResource,
        _ clouds: SetupClouds,
        _ knowledge: inout ResolvedResources
    ) async throws(SetupFault) -> Assessment {
        let arm = try clouds.resources()
        let found = try await azure { () async throws(AzureError) in
            try await arm.identity(resourceID: resource.resourceID)
        }
        guard let found else {
            let create = SetupAction("create in \(resource.resourceGroup)") { () async throws(SetupFault) in
                _ = try await azure { () async throws(AzureError) in
                    try await arm.createIdentity(resource, tags: [OwnershipTag.key: OwnershipTag.value])
                }
            }
            return Assessment(state: .missing, differences: wanted, actions: [create])
        }
        knowledge.principalIDs[identity.id] = found.principalID
        let isOurs = found.tags[OwnershipTag.key] == OwnershipTag.value
        var assessment = compared(principalID: found.principalID, clientID: found.clientID, isOurs: isOurs)
        let graph = try clouds.graph()
        let isKnown = try await azure { () async throws(AzureError) in
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

    private func principal(_ graph: GraphClient) async throws(SetupFault) -> ServicePrincipalRecord? {
        try await azure { () async throws(AzureError) in
            if let principalID = identity.principalID {
                return try await graph.servicePrincipal(id: principalID)
            }
            if let clientID = identity.clientID { return try await graph.servicePrincipal(appID: clientID) }
            guard let resourceID = identity.resourceID else { return nil }
            return try await graph.servicePrincipal(resourceID: resourceID)
        }
    }

    /// An identity that was deleted and made again has other ids, which nobody can give it back.
    private func compared(principalID: String, clientID: String, isOurs: Bool?) -> Assessment {
        let pairs = [
            ("principal_id", identity.principalID, principalID), ("client_id", identity.clientID, clientID),
        ]
        let differences = pairs.compactMap { name, configured, found -> SetupDifference? in
            guard let configured, configured != found.lowercased() else { return nil }
            return SetupDifference(name, found: [found], wanted: [configured])
        }
        guard let first = differences.first else { return Assessment(state: .ok, isOurs: isOurs) }
        let failure = Failure(
            kind: .refused,
            code: "identity-recreated",
            message:
                "The identity \(identity.name) has \(first.property) \(first.found[0]), the configuration says "
                + "\(first.wanted[0]).",
            fix:
                "Correct \(first.property) under identities.\(identity.id): an identity that was made again has "
                + "new ids, which the assignment and the trust policy need too."
        )
        return Assessment(
            state: .different,
            differences: differences,
            isOurs: isOurs,
            obstacle: failure
        )
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
                "Create it (az identity create) and correct principal_id, or set setup.identity of the mapping to "
                + "have it created."
        )
    }

    func removal(_ clouds: SetupClouds, _ knowledge: ResolvedResources) async throws(SetupFault) -> Removal {
        guard let resource = identity.resource, knowledge.objects[id]?.isOurs == true else {
            return .keep("it was not made by the set-up")
        }
        let arm = try clouds.resources()
        let delete = SetupAction("delete") { () async throws(SetupFault) in
            try await azure { () async throws(AzureError) in
                try await arm.deleteIdentity(resourceID: resource.resourceID)
            }
        }
        return .remove("Delete the managed identity \(identity.name)", [delete]) {
            () async throws(SetupFault) in
            try await azure { () async throws(AzureError) in
                try await arm.identity(resourceID: resource.resourceID) == nil
            }
        }
    }
}
