import AWS
import Azure
package import Federation
import Transport

/// Plans a setup, applies an approved plan, and removes objects that setup created.
///
/// Every write is safe to repeat, so a second run can complete an interrupted run.
package struct Provisioner: Sendable {
    let desiredState: DesiredState
    let clouds: SetupClouds
    let time: any TimeSource
    /// The resources, in creation order.
    var resources: [any ManagedResource]

    package init(desiredState: DesiredState, clouds: SetupClouds, time: any TimeSource) {
        self.desiredState = desiredState
        self.clouds = clouds
        self.time = time
        resources = desiredState.resources
    }

    package var tenantID: String { desiredState.tenantID }

    /// Compares both clouds with the desired state, without changing anything.
    ///
    /// An object in `written` may be read repeatedly, because some replicas may not have the object yet.
    ///
    /// - Parameters:
    ///   - written: The objects that an apply has just written.
    ///   - progress: Receives a step before each read of an object.
    /// - Returns: Every object of the desired state, in creation order.
    package func plan(
        after written: [SetupObject.ID] = [],
        progress: @Sendable (SetupProgress) async -> Void = { _ in }
    ) async -> SetupPlan {
        await observe(progress) { written.contains($0) }.plan
    }

    /// Reads every object; may read an object repeatedly if `mayBeHidden` returns true.
    func observe(
        _ progress: @Sendable (SetupProgress) async -> Void,
        mayBeHidden: (SetupObject.ID) -> Bool
    ) async -> (plan: SetupPlan, resolved: ResolvedResources) {
        var resolved = ResolvedResources(desiredState.identities, at: time.now)
        var plan = SetupPlan(sources: clouds.sources)
        for resource in resources {
            await progress(SetupProgress(resource.id, .reading))
            plan.objects.append(await read(resource, &resolved, mayBeHidden: mayBeHidden(resource.id)))
        }
        return (plan, resolved)
    }

    /// The maximum number of reads of a directory object that some replicas may not have yet.
    private static let confirmations = 3
    /// The pauses between reads if replication lag may cause the error.
    private static let pauses = [1, 2, 4].map(Duration.seconds)

    /// Reads an object, repeatedly if replication lag may explain the result.
    ///
    /// A read is repeated in two cases:
    /// - Replication lag may cause the error.
    /// - A directory object does not have the desired state, and a replica may be out of date (`mayBeHidden`).
    private func read(
        _ resource: any ManagedResource,
        _ resolved: inout ResolvedResources,
        mayBeHidden: Bool
    ) async -> SetupObject {
        var confirmations = mayBeHidden && resource.id.kind.cloud == .azure ? Self.confirmations : 1
        var pauses = Self.pauses[...]
        while true {
            let (object, assessment, fault) = await assess(resource, &resolved)
            if let fault, fault.isDelay, fault.failure.kind != .tryAgain, let pause = pauses.popFirst() {
                guard (try? await time.sleep(for: pause)) != nil else { return object }
                continue
            }
            confirmations -= 1
            let isFinal = object.state == .ok || fault != nil || assessment?.pendingDependency != nil
            if isFinal || confirmations == 0 { return object }
        }
    }

    /// Reads an object once; the result includes the error of the read, if any.
    func assess(
        _ resource: any ManagedResource,
        _ resolved: inout ResolvedResources
    ) async -> (object: SetupObject, assessment: Assessment?, fault: SetupError?) {
        var object = SetupObject(
            id: resource.id,
            state: .unreadable,
            dependencies: resource.dependencies
        )
        do throws(SetupError) {
            let found = try await resource.assess(clouds, resolved)
            object.state = found.state
            object.differences = found.differences
            object.notes = found.notes
            object.isManaged = found.isManaged
            object.obstacle = found.obstacle
            if let pendingDependency = found.pendingDependency,
                resolved.objects[pendingDependency]?.state == .unreadable
            {
                object.state = .unreadable
                object.obstacle = resolved.objects[pendingDependency]?.obstacle
            } else {
                object.basis = SetupBasis(desired: resource.desired, observed: found.observed)
            }
            resolved.add(object, found.resolved)
            return (object, found, nil)
        } catch {
            let named = error.naming(resource.id.kind, .read)
            object.obstacle = named.failure
            resolved.add(object, nil)
            return (object, nil, named)
        }
    }

    /// Returns the required Graph permissions that the caller's token lacks.
    ///
    /// Only the claims `roles` and `scp` are read, so permissions through directory roles do not count. IAM's
    /// permissions are not checked, because IAM reports a missing permission only after a request.
    ///
    /// - Parameter plan: The plan with the pending objects.
    /// - Returns: The permissions by Microsoft's names; empty if no token for Graph is available.
    package func missingPermissions(for plan: SetupPlan) async -> [String] {
        guard let graph = try? clouds.graph(), let held = try? await graph.permissions() else { return [] }
        let kinds = plan.pending.filter { $0.obstacle == nil }.map(\.id.kind)
        return RequiredPermissions.missing(for: Set(kinds), held: held)
    }

    /// Executes the writes of an object in order; returns the first error.
    func perform(
        _ actions: [SetupAction],
        of id: SetupObject.ID,
        to act: RequiredPermissions.Operation,
        _ progress: @Sendable (SetupProgress) async -> Void
    ) async -> SetupError? {
        for action in actions {
            await progress(SetupProgress(id, .writing(action.title)))
            do throws(SetupError) {
                try await action.run()
                await progress(SetupProgress(id, .answered(isAccepted: true)))
            } catch {
                if error.changesNothing { await progress(SetupProgress(id, .answered(isAccepted: false))) }
                return error.naming(id.kind, act)
            }
        }
        return nil
    }

    func wait(
        _ pause: Duration,
        _ id: SetupObject.ID,
        _ reason: String,
        _ progress: @Sendable (SetupProgress) async -> Void
    ) async throws(SetupError) {
        await progress(SetupProgress(id, .waiting(reason, pause: pause)))
        do {
            try await time.sleep(for: pause)
        } catch {
            throw SetupError(
                Failure(
                    kind: .refused,
                    code: "canceled",
                    message: "The run was interrupted.",
                    fix: "Run the command again to complete the interrupted run."
                )
            )
        }
    }

    /// Returns the failure for a change that did not reach all replicas in time.
    ///
    /// `event` is, for example, "The role audit was removed but is still visible on some replicas".
    static func replicationTimeout(_ event: String) -> Failure {
        Failure(
            kind: .tryAgain,
            code: "not-settled",
            message:
                "\(event) after \(RetryPolicy.replication.limit.wholeSeconds / 60) minutes.",
            fix: "Run the command again."
        )
    }
}

/// The result of applying a plan or destroying a setup.
package struct SetupOutcome: Hashable, Sendable {
    /// The objects that were created, changed, or removed.
    package var changed: [SetupObject.ID] = []
    /// The objects that were kept although the caller requested their removal.
    package var kept: [KeptObject] = []
    /// The objects that could not be changed or removed.
    package var failures: [FailedObject] = []

    package struct KeptObject: Hashable, Sendable {
        package let object: SetupObject.ID
        package let reason: String
    }

    package struct FailedObject: Hashable, Sendable {
        package let object: SetupObject.ID
        package let failure: Failure
    }
}
