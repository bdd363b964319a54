package import Federation
import Transport

extension Provisioner {
    /// Removes the objects that setup created, in reverse creation order.
    ///
    /// Objects that the remaining mappings need are kept.
    ///
    /// - Parameters:
    ///   - others: The desired state of the remaining mappings, if any.
    ///   - confirm: Called with a question before each removal; `false` keeps the object.
    ///   - progress: Receives every step.
    /// - Returns: The removed objects, the kept objects with the reasons, and the objects whose removal failed.
    package func destroy(
        keeping others: DesiredState?,
        confirm: @Sendable (SetupObject.ID, String) async -> Bool,
        progress: @Sendable (SetupProgress) async -> Void
    ) async -> SetupOutcome {
        let resolved = await observe(progress) { _ in true }.resolved
        let retained = RetainedResources(
            others,
            own: desiredState.identities,
            principalIDs: resolved.principalIDs
        )
        var outcome = SetupOutcome()
        for resource in resources.reversed() {
            guard !Task.isCancelled else { break }
            do throws(SetupError) {
                try requireRemoval(before: resource.id, outcome)
                let result = try await remove(resource, resolved, keeping: retained, confirm, progress)
                switch result {
                case .removed:
                    outcome.changed.append(resource.id)
                case .kept(let reason):
                    outcome.kept.append(SetupOutcome.KeptObject(object: resource.id, reason: reason))
                default: break
                }
                await progress(SetupProgress(resource.id, result))
            } catch {
                outcome.failures.append(
                    SetupOutcome.FailedObject(object: resource.id, failure: error.failure)
                )
                await progress(SetupProgress(resource.id, .failed(error.failure)))
            }
        }
        return outcome
    }

    /// Throws `dependent-kept` if the removal of a dependent object failed in this run.
    ///
    /// The dependent object may be unusable without `object`.
    private func requireRemoval(
        before object: SetupObject.ID,
        _ outcome: SetupOutcome
    ) throws(SetupError) {
        let dependents = resources.filter { $0.dependencies.contains(object) }.map(\.id)
        guard let failed = outcome.failures.first(where: { dependents.contains($0.object) }) else { return }
        throw SetupError(
            Failure(
                kind: failed.failure.kind,
                code: "dependent-kept",
                message: "It was kept, because the removal of the \(failed.object) failed.",
                fix: "Resolve the failed removal of the \(failed.object), then run the command again."
            )
        )
    }

    /// Removes the object after a confirmation.
    ///
    /// The object is kept if its planned removal changes while the confirmation prompt is open.
    private func remove(
        _ resource: any ManagedResource,
        _ resolved: ResolvedResources,
        keeping retained: RetainedResources,
        _ confirm: @Sendable (SetupObject.ID, String) async -> Bool,
        _ progress: @Sendable (SetupProgress) async -> Void
    ) async throws(SetupError) -> SetupProgress.Phase {
        if let object = resolved.objects[resource.id], object.state == .unreadable,
            let failure = object.obstacle
        {
            throw SetupError(failure)
        }
        if retained.objects.contains(resource.id) {
            return .kept("at least one of the other mappings needs it: \(retained.mappings)")
        }
        switch try await removal(of: resource, resolved, keeping: retained) {
        case .absent: return .done(changed: false)
        case .keep(let reason): return .kept(reason)
        case .remove(let question, _, _):
            guard await confirm(resource.id, question) else { return .kept("the removal was declined") }
            guard
                case .remove(question, let actions, let isGone) =
                    try await removal(of: resource, resolved, keeping: retained)
            else { return .kept("it changed while the prompt was open; run the command again") }
            try await removeAndConfirm(resource.id, actions, isGone, progress)
            return .removed
        }
    }

    /// Returns the planned removal of an object; an error's message lists the required permissions.
    private func removal(
        of resource: any ManagedResource,
        _ resolved: ResolvedResources,
        keeping retained: RetainedResources
    ) async throws(SetupError) -> Removal {
        do throws(SetupError) {
            return try await resource.removal(clouds, resolved, keeping: retained)
        } catch {
            throw error.naming(resource.id.kind, .remove)
        }
    }

    /// Repeats removing and reading until two consecutive reads confirm the removal.
    private func removeAndConfirm(
        _ id: SetupObject.ID,
        _ actions: [SetupAction],
        _ isGone: @Sendable () async throws(SetupError) -> Bool,
        _ progress: @Sendable (SetupProgress) async -> Void
    ) async throws(SetupError) {
        var retry = RetryState(.replication)
        let start = time.uptime
        var written: Duration?
        var confirmations = 0
        while true {
            var reason = "still visible on a replica"
            // The removal is repeated, because a replica without the object may have reported success.
            if written.map({ confirmations == 0 && time.uptime - $0 >= ReplicationDelay.removal }) ?? true {
                let fault = await perform(actions, of: id, to: .remove, progress)
                if let fault {
                    guard fault.isDelay || fault.isResponseLost else { throw fault }
                    reason = fault.failure.message
                }
                written = time.uptime
            }
            confirmations = try await isGone() ? confirmations + 1 : 0
            if confirmations == 2 { return }
            guard let pause = retry.pause(after: .pending, elapsed: time.uptime - start) else {
                throw SetupError(
                    Self.replicationTimeout("The \(id) was removed but is still visible on some replicas")
                )
            }
            try await wait(confirmations > 0 ? .seconds(1) : pause, id, reason, progress)
        }
    }
}
