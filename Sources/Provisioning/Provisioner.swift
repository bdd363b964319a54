import AWS
import Azure
package import Federation
import Transport

/// Plans a setup, applies an approved plan, and removes objects that setup created.
///
/// Every write is safe to repeat, so an interrupted run can be completed by running it again.
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

    /// The ID of the tenant.
    package var tenantID: String { desiredState.tenantID }

    // MARK: Plan

    /// Compares both clouds with the desired state, without changing anything.
    ///
    /// Each object is read once, except for those just written, which a lagging replica may hide.
    ///
    /// - Parameters:
    ///   - written: The objects that an apply has just written.
    ///   - progress: Receives each object as it is read.
    /// - Returns: Every object of the desired state, in creation order.
    package func plan(
        after written: [SetupObject.ID] = [],
        progress: @Sendable (SetupProgress) async -> Void = { _ in }
    ) async -> SetupPlan {
        await observe(progress) { written.contains($0) }.plan
    }

    /// Reads every object, those that `mayBeHidden` again while a lagging replica may hide them.
    func observe(
        _ progress: @Sendable (SetupProgress) async -> Void,
        mayBeHidden: (SetupObject.ID) -> Bool
    ) async -> (plan: SetupPlan, resolved: ResolvedResources) {
        var resolved = ResolvedResources(desiredState.identities)
        var plan = SetupPlan(sources: clouds.sources)
        for resource in resources {
            await progress(SetupProgress(resource.id, .reading))
            plan.objects.append(await read(resource, &resolved, mayBeHidden: mayBeHidden(resource.id)))
        }
        return (plan, resolved)
    }

    /// The number of consecutive directory reads required to conclude that an object is not in the desired state.
    private static let confirmations = 3
    /// The pauses before repeating a read that failed temporarily.
    private static let pauses = [1, 2, 4].map(Duration.seconds)

    /// Reads an object once, a directory object again if a lagging replica may hide it.
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

    /// Reads an object once; a read error is part of the result.
    private func assess(
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

    /// Returns the permissions that a plan requires and the caller's token for Graph does not contain.
    ///
    /// IAM reports missing permissions only when they are used. A user's token contains scopes, but not directory
    /// roles.
    ///
    /// - Parameter plan: The plan whose pending objects are to be written.
    /// - Returns: The permissions by Microsoft's names; empty if there is no token for Graph.
    package func missingPermissions(for plan: SetupPlan) async -> [String] {
        guard let graph = try? clouds.graph(), let held = try? await graph.permissions() else { return [] }
        let kinds = plan.pending.filter { $0.obstacle == nil }.map(\.id.kind)
        return RequiredPermissions.missing(for: Set(kinds), held: held)
    }

    // MARK: Apply

    /// Executes exactly the approved plan, in order.
    ///
    /// Each object is read again immediately before its first write. If it no longer matches the plan, it is not
    /// changed and fails with `changed-since-plan`. A failure skips only dependent objects.
    ///
    /// - Parameters:
    ///   - plan: The approved plan.
    ///   - selection: The objects to write, `nil` for all; other objects are only read.
    ///   - progress: Receives every step.
    /// - Returns: The objects that were changed, and those that failed.
    package func apply(
        _ plan: SetupPlan,
        only selection: Set<SetupObject.ID>? = nil,
        progress: @Sendable (SetupProgress) async -> Void
    ) async -> SetupOutcome {
        var resolved = ResolvedResources(desiredState.identities)
        var outcome = SetupOutcome()
        let planned = Dictionary(plan.objects.map { ($0.id, $0) }) { first, _ in first }
        for resource in resources {
            guard !Task.isCancelled else { break }
            guard let object = planned[resource.id], selection?.contains(resource.id) ?? true else {
                _ = await assess(resource, &resolved)
                continue
            }
            do throws(SetupError) {
                try requireSuccess(of: resource.dependencies, outcome)
                let isFresh = resource.dependencies.contains(where: outcome.changed.contains)
                let changed = try await apply(object, of: resource, isFresh: isFresh, &resolved, progress)
                if changed { outcome.changed.append(resource.id) }
                await progress(SetupProgress(resource.id, .done(changed: changed)))
            } catch {
                outcome.failures.append(
                    SetupOutcome.FailedObject(object: resource.id, failure: error.failure)
                )
                await progress(SetupProgress(resource.id, .failed(error.failure)))
            }
        }
        return outcome
    }

    /// Brings an object to the desired state, provided that it still matches the plan.
    ///
    /// - Returns: Whether anything was written.
    private func apply(
        _ planned: SetupObject,
        of resource: any ManagedResource,
        isFresh: Bool,
        _ resolved: inout ResolvedResources,
        _ progress: @Sendable (SetupProgress) async -> Void
    ) async throws(SetupError) -> Bool {
        await progress(SetupProgress(resource.id, .reading))
        guard let basis = planned.basis else {
            throw SetupError(planned.obstacle ?? StaleObject.unread(resource.id))
        }
        guard basis.desired == resource.desired else {
            throw SetupError(StaleObject.otherConfiguration(resource.id))
        }
        return try await write(planned, basis, of: resource, isFresh: isFresh, &resolved, progress)
    }

    /// The latest write of an object.
    private struct LatestWrite {
        let titles: [String]
        let at: Duration
        /// The service's refusal, if it refused the write for a reason that replication may explain.
        let refusal: SetupError?
    }

    /// Repeats writing and reading until the object is in the desired state.
    ///
    /// After a write, two consecutive reads must confirm it, because replicas may differ. A refusal that replication may
    /// explain is repeated for six minutes if this run wrote a dependency (`isFresh`), otherwise for one.
    private func write(
        _ planned: SetupObject,
        _ basis: SetupBasis,
        of resource: any ManagedResource,
        isFresh: Bool,
        _ resolved: inout ResolvedResources,
        _ progress: @Sendable (SetupProgress) async -> Void
    ) async throws(SetupError) -> Bool {
        var retry = RetryState(.replication)
        let start = time.uptime
        var written: LatestWrite?
        var confirmations = 0
        while true {
            let (object, assessment, fault) = await assess(resource, &resolved)
            var cause = fault
            var reason = "written; waiting until it is visible"
            if let assessment {
                if object.state == .ok {
                    confirmations += 1
                    if written == nil || confirmations == 2 { return written != nil }
                    try await wait(.seconds(1), resource.id, "visible; reading once more", progress)
                    continue
                }
                confirmations = 0
                if let obstacle = object.obstacle { throw SetupError(obstacle) }
                if let pendingDependency = assessment.pendingDependency {
                    try require(pendingDependency, resolved)
                }
                let titles = assessment.actions.map(\.title)
                if !titles.isEmpty, isDue(titles, after: written) {
                    if planned.state != .ok, isExpected(assessment, basis, after: written?.titles) {
                        cause = await perform(assessment.actions, of: resource.id, progress)
                        if let lost = cause, lost.isResponseLost {
                            reason = "\(lost.failure.message) Checking whether the write was executed."
                            cause = nil
                        }
                        if cause == nil || cause?.isDelay == true {
                            written = LatestWrite(titles: titles, at: time.uptime, refusal: cause)
                        }
                    } else if isHidden(assessment, basis, resource.id, time.uptime - start) {
                        reason = "not visible; reading again"
                    } else {
                        throw SetupError(StaleObject.changed(object, since: basis))
                    }
                }
            }
            if let cause, !cause.isDelay { throw cause }
            let elapsed = time.uptime - start
            let refusal = cause ?? written?.refusal
            if let refusal, refusal.failure.kind == .refused, !isFresh, elapsed >= ReplicationDelay.refusal {
                throw refusal
            }
            guard let pause = retry.pause(after: .pending, elapsed: elapsed) else {
                throw refusal
                    ?? SetupError(
                        Self.replicationTimeout("The \(resource.id) was written but is not visible")
                    )
            }
            try await wait(pause, resource.id, refusal?.failure.message ?? reason, progress)
        }
    }

    /// Whether the actions may be executed now: if they repeat a write that was accepted, it must have had time to
    /// replicate.
    private func isDue(_ titles: [String], after written: LatestWrite?) -> Bool {
        guard let written, written.titles == titles, written.refusal == nil else { return true }
        return time.uptime - written.at >= ReplicationDelay.rewrite
    }

    /// Whether an object matches the plan, or shows the partial result of this run's own writes.
    private func isExpected(_ found: Assessment, _ basis: SetupBasis, after written: [String]?) -> Bool {
        if found.observed == basis.observed { return true }
        guard let written else { return false }
        let remaining = found.actions.map(\.title)
        return remaining.count < written.count && written.suffix(remaining.count).elementsEqual(remaining)
    }

    /// Whether a lagging replica of the directory may hide an object that the plan contains.
    private func isHidden(
        _ found: Assessment,
        _ basis: SetupBasis,
        _ id: SetupObject.ID,
        _ elapsed: Duration
    ) -> Bool {
        found.observed == nil && basis.observed != nil && id.kind.cloud == .azure
            && elapsed < ReplicationDelay.absence
    }

    /// Executes the writes of an object in order.
    private func perform(
        _ actions: [SetupAction],
        of id: SetupObject.ID,
        _ progress: @Sendable (SetupProgress) async -> Void
    ) async -> SetupError? {
        for action in actions {
            await progress(SetupProgress(id, .writing(action.title)))
            do throws(SetupError) {
                try await action.run()
                await progress(SetupProgress(id, .answered(isAccepted: true)))
            } catch {
                if error.changesNothing { await progress(SetupProgress(id, .answered(isAccepted: false))) }
                return error.naming(id.kind, .write)
            }
        }
        return nil
    }

    /// Skips an object if a dependency failed in this run.
    private func requireSuccess(
        of dependencies: [SetupObject.ID],
        _ outcome: SetupOutcome
    ) throws(SetupError) {
        guard let failed = outcome.failures.first(where: { dependencies.contains($0.object) }) else { return }
        throw SetupError(
            Failure(
                kind: failed.failure.kind,
                code: "dependency-missing",
                message: "It was skipped, because the \(failed.object) failed.",
                fix: "Correct the \(failed.object) first."
            )
        )
    }

    /// Fails immediately if a dependency should have been created earlier in the run, but was not.
    private func require(
        _ dependency: SetupObject.ID,
        _ resolved: ResolvedResources
    ) throws(SetupError) {
        guard resolved.objects[dependency]?.state != .ok else { return }
        throw SetupError(
            Failure(
                kind: resolved.objects[dependency]?.obstacle?.kind ?? .refused,
                code: "dependency-missing",
                message: "The \(dependency), which it needs, does not exist.",
                fix: "Create the \(dependency) first."
            )
        )
    }

    private func wait(
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

    private static func replicationTimeout(_ event: String) -> Failure {
        Failure(
            kind: .tryAgain,
            code: "not-settled",
            message:
                "\(event) everywhere after \(RetryPolicy.replication.limit.wholeSeconds / 60) minutes.",
            fix: "Run the command again to complete the interrupted run."
        )
    }

    // MARK: Destroy

    /// Removes the objects that setup created, in reverse creation order; foreign and still needed objects are kept.
    ///
    /// - Parameters:
    ///   - others: The desired state of the remaining mappings, if any.
    ///   - confirm: Called with a question before each removal; `false` keeps the object.
    ///   - progress: Receives every step.
    /// - Returns: The objects that were removed, those that were kept with the reason, and those that failed.
    package func destroy(
        keeping others: DesiredState?,
        confirm: @Sendable (SetupObject.ID, String) async -> Bool,
        progress: @Sendable (SetupProgress) async -> Void
    ) async -> SetupOutcome {
        let resolved = await observe(progress) { _ in true }.resolved
        let retained = RetainedResources(others, principalIDs: resolved.principalIDs)
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

    /// Keeps an object if an object that depends on it could not be removed in this run.
    ///
    /// Removing it would remove the other implicitly, or leave it without what it needs.
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
                fix: "Correct the \(failed.object) first."
            )
        )
    }

    /// Asks for confirmation, then removes the object, provided that it did not change while the prompt was open.
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
        if let mapping = retained.mappings[resource.id] { return .kept("the mapping \(mapping) needs it") }
        switch try await resource.removal(clouds, resolved, keeping: retained) {
        case .absent: return .done(changed: false)
        case .keep(let reason): return .kept(reason)
        case .remove(let question, _, _):
            guard await confirm(resource.id, question) else { return .kept("the removal was declined") }
            guard
                case .remove(question, let actions, let isGone) =
                    try await resource.removal(clouds, resolved, keeping: retained)
            else { return .kept("it changed at the prompt; run the command again") }
            try await removed(resource.id, actions, isGone, progress)
            return .removed
        }
    }

    /// Repeats removing and reading until two consecutive reads confirm that the object no longer exists.
    private func removed(
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
            // A replica that did not have the object yet may have reported a successful removal.
            if written.map({ confirmations == 0 && time.uptime - $0 >= ReplicationDelay.removal }) ?? true {
                let fault = await perform(actions, of: id, progress)
                if let fault {
                    guard fault.isDelay || fault.isResponseLost else { throw fault }
                    reason = fault.failure.message
                }
                written = time.uptime
            }
            confirmations = try await isGone() ? confirmations + 1 : 0
            if confirmations == 2 { return }
            guard let pause = retry.pause(after: .pending, elapsed: time.uptime - start) else {
                throw SetupError(Self.replicationTimeout("The \(id) was removed, and is still visible"))
            }
            try await wait(confirmations > 0 ? .seconds(1) : pause, id, reason, progress)
        }
    }
}

/// The result of applying a plan or destroying a setup.
package struct SetupOutcome: Hashable, Sendable {
    /// The objects that were created, changed, or removed.
    package var changed: [SetupObject.ID] = []
    /// The objects whose removal was requested, but which were kept.
    package var kept: [KeptObject] = []
    /// The objects that could not be changed or removed as requested.
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

/// The failures of objects that no longer match the approved plan.
private enum StaleObject {
    /// The maximum length of a value that is quoted in a message.
    private static let longestValue = 80

    static func changed(_ object: SetupObject, since basis: SetupBasis) -> Failure {
        failure(
            "The \(object.id) has changed since the plan was made (\(text(basis.observed, object.basis?.observed))). "
                + "It was left unchanged."
        )
    }

    static func otherConfiguration(_ id: SetupObject.ID) -> Failure {
        failure("The configuration of the \(id) has changed since the plan was made. It was left unchanged.")
    }

    static func unread(_ id: SetupObject.ID) -> Failure {
        failure("The plan does not show the \(id). It was left unchanged.")
    }

    private static func failure(_ message: String) -> Failure {
        Failure(
            kind: .refused,
            code: "changed-since-plan",
            message: message,
            fix: "Make a new plan and review it."
        )
    }

    private static func text(
        _ planned: SetupBasis.Properties?,
        _ found: SetupBasis.Properties?
    ) -> String {
        guard let found else { return "it does not exist" }
        guard let planned else { return "it exists already" }
        let names = Set(planned.keys).union(found.keys).filter { planned[$0] != found[$0] }
        let changes = names.sorted().map { name in
            let value = found[name]?.joined(separator: ", ") ?? "absent"
            return value.count > longestValue ? name : "\(name) is \(value)"
        }
        return changes.isEmpty
            ? "a property does not match the configuration" : changes.joined(separator: "; ")
    }
}
