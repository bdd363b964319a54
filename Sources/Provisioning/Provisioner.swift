package import Federation

/// Compares both clouds with a blueprint, makes what is missing, and removes what it made.
///
/// Every write is repeatable and each object is read anew before it is written, so that a run that was ended at
/// any point is simply run again.
package struct Provisioner: Sendable {
    let blueprint: DesiredState
    let clouds: SetupClouds
    let time: any TimeSource
    /// In the order in which they are made.
    let parts: [any ManagedResource]

    package init(blueprint: DesiredState, clouds: SetupClouds, time: any TimeSource) {
        self.blueprint = blueprint
        self.clouds = clouds
        self.time = time
        parts = Self.parts(of: blueprint)
    }

    /// The tenant that is set up.
    package var tenantID: String { blueprint.tenantID }

    private static func parts(of blueprint: DesiredState) -> [any ManagedResource] {
        var parts: [any ManagedResource] = blueprint.identities.map(IdentityPart.init)
        parts += blueprint.applications.map {
            ApplicationPart(application: $0, tenantID: blueprint.tenantID)
        }
        parts += blueprint.applications.map(ServicePrincipalPart.init)
        parts += blueprint.assignments.map(AssignmentPart.init)
        parts += blueprint.providers.map(ProviderPart.init)
        for role in blueprint.roles {
            parts.append(RolePart(role: role))
            parts += role.managedPolicies.map { AttachedPolicyPart(role: role, policy: $0) }
            parts += role.inlinePolicies.map { InlinePolicyPart(role: role, policy: $0) }
        }
        return parts
    }

    /// What is there and what is not; nothing is changed.
    ///
    /// - Parameter progress: Hears of each object as it is read.
    /// - Returns: Every object of the blueprint, in the order in which they are made.
    package func plan(
        progress: @Sendable (SetupProgress) async -> Void = { _ in }
    ) async -> SetupPlan {
        var knowledge = ResolvedResources()
        return await plan(&knowledge, progress)
    }

    func plan(
        _ knowledge: inout ResolvedResources,
        _ progress: @Sendable (SetupProgress) async -> Void
    ) async -> SetupPlan {
        var objects: [SetupObject] = []
        for part in parts {
            await progress(SetupProgress(part.id, .reading))
            objects.append(await look(part, &knowledge))
        }
        return SetupPlan(objects: objects)
    }

    /// How often the directory is asked before it is believed that something is not there.
    private static let looks = 3

    /// Reads an object, and once more what a lagging replica of the directory may not show.
    private func look(_ part: any ManagedResource, _ knowledge: inout ResolvedResources) async -> SetupObject
    {
        let cloud = part.id.kind.cloud
        for _ in 1..<(cloud == .azure ? Self.looks : 1) {
            let (object, assessment, _) = await assess(part, &knowledge)
            let isOpen = object.state == .missing || object.state == .different
            if !isOpen || assessment?.awaited != nil { return object }
        }
        return await assess(part, &knowledge).object
    }

    /// Reads one object; what cannot be read is an object too.
    func assess(
        _ part: any ManagedResource,
        _ knowledge: inout ResolvedResources
    ) async -> (object: SetupObject, assessment: Assessment?, fault: SetupFault?) {
        var object = SetupObject(id: part.id, state: .unreadable)
        var assessment: Assessment?
        var fault: SetupFault?
        do throws(SetupFault) {
            let found = try await part.assess(clouds, &knowledge)
            object = SetupObject(part.id, found)
            assessment = found
            if let awaited = found.awaited, knowledge.objects[awaited]?.state == .unreadable {
                object.state = .unreadable
                object.obstacle = knowledge.objects[awaited]?.obstacle
            }
        } catch {
            let named = error.naming(part.id.kind, .read)
            object.obstacle = named.failure
            fault = named
        }
        knowledge.objects[part.id] = object
        return (object, assessment, fault)
    }
}

extension SetupObject {
    init(_ id: ID, _ assessment: Assessment) {
        self.init(
            id: id,
            state: assessment.state,
            differences: assessment.differences,
            notes: assessment.notes,
            isOurs: assessment.isOurs,
            obstacle: assessment.obstacle
        )
    }
}

/// How a set-up or its undoing ended.
package struct SetupOutcome: Hashable, Sendable {
    /// The objects that had to be made, changed or removed, and were.
    package var changed: [SetupObject.ID] = []
    /// What stays where removal was asked for, and why.
    package var kept: [Kept] = []
    /// Why an object is not as it shall be.
    package var failures: [Failed] = []

    package struct Kept: Hashable, Sendable {
        package let object: SetupObject.ID
        package let reason: String
    }

    package struct Failed: Hashable, Sendable {
        package let object: SetupObject.ID
        package let failure: Failure
    }
}
