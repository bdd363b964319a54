package import Federation
import Transport

extension Provisioner {
    /// Executes an approved plan, in order.
    ///
    /// Each object is read again immediately before its first write. An object with unplanned changes fails with
    /// `changed-since-plan`, unless the object already has the desired state. After a failure, only dependent objects
    /// are skipped.
    ///
    /// - Parameters:
    ///   - plan: The approved plan.
    ///   - selection: The objects to write, or `nil` for all objects. The other objects are only read.
    ///   - progress: Receives every step.
    /// - Returns: The changed objects, and the objects whose change failed.
    package func apply(
        _ plan: SetupPlan,
        only selection: Set<SetupObject.ID>? = nil,
        progress: @Sendable (SetupProgress) async -> Void
    ) async -> SetupOutcome {
        var resolved = ResolvedResources(desiredState.identities, at: time.now)
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

    /// Changes an object to the desired state if the object still matches the plan.
    ///
    /// - Returns: Whether a write was needed.
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

    /// The latest write of an object in this run; `at` is the host's uptime at that time.
    private struct LatestWrite {
        let titles: [String]
        let at: Duration
        /// The error of the write, if the write failed but can be repeated.
        let refusal: SetupError?
    }

    /// Repeats writing and reading until the object is in the desired state.
    ///
    /// After a write, two consecutive reads must show the desired state, because replicas may differ.
    ///
    /// A refusal may result from replication lag. After a refusal, the write is repeated for one minute, or for six
    /// minutes if this run wrote a dependency (`isFresh`).
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
                        cause = await perform(assessment.actions, of: resource.id, to: .write, progress)
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
                        throw SetupError(
                            StaleObject.changed(object, since: basis, isStarted: written != nil)
                        )
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
                        Self.replicationTimeout(
                            "The \(resource.id) was written but is not visible on every replica"
                        )
                    )
            }
            try await wait(pause, resource.id, refusal?.failure.message ?? reason, progress)
        }
    }

    /// Whether the actions can be executed now.
    ///
    /// An accepted write is repeated only after ``ReplicationDelay/rewrite``, because replication takes time.
    private func isDue(_ titles: [String], after written: LatestWrite?) -> Bool {
        guard let written, written.titles == titles, written.refusal == nil else { return true }
        return time.uptime - written.at >= ReplicationDelay.rewrite
    }

    /// Whether an object matches the plan or differs only because of this run's writes.
    private func isExpected(_ found: Assessment, _ basis: SetupBasis, after written: [String]?) -> Bool {
        if found.observed == basis.observed { return true }
        guard let written else { return false }
        let remaining = found.actions.map(\.title)
        return remaining.count < written.count && written.suffix(remaining.count).elementsEqual(remaining)
    }

    /// Whether the object may still exist although the read did not find the object.
    private func isHidden(
        _ found: Assessment,
        _ basis: SetupBasis,
        _ id: SetupObject.ID,
        _ elapsed: Duration
    ) -> Bool {
        found.observed == nil && basis.observed != nil && id.kind.cloud == .azure
            && elapsed < ReplicationDelay.absence
    }

    /// Throws `dependency-missing` if a dependency failed in this run.
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
                fix: "Resolve the failure of the \(failed.object), then run the command again."
            )
        )
    }

    /// Throws `dependency-missing` if a dependency is not in the desired state.
    ///
    /// A retry would not help, because the run has already processed the dependency.
    private func require(
        _ dependency: SetupObject.ID,
        _ resolved: ResolvedResources
    ) throws(SetupError) {
        let found = resolved.objects[dependency]
        guard found?.state != .ok else { return }
        let (state, verb) =
            found?.state == .different
            ? ("is not in the desired state", "Update") : ("does not exist", "Create")
        throw SetupError(
            Failure(
                kind: found?.obstacle?.kind ?? .refused,
                code: "dependency-missing",
                message: "This object needs the \(dependency), but the \(dependency) \(state).",
                fix: "\(verb) the \(dependency) first."
            )
        )
    }
}

/// The failures of objects that changed after the approval of the plan.
private enum StaleObject {
    /// The maximum length of a quoted value, in characters.
    private static let longestValue = 80

    static func changed(_ object: SetupObject, since basis: SetupBasis, isStarted: Bool) -> Failure {
        failure(
            "The \(object.id) has changed since the plan was made (\(text(basis.observed, object.basis?.observed))). "
                + (isStarted
                    ? "This run had started to change the object, and stopped."
                    : "Setup did not write to the object.")
        )
    }

    static func otherConfiguration(_ id: SetupObject.ID) -> Failure {
        failure(
            "The configuration of the \(id) has changed since the plan was made. Setup did not write to the object."
        )
    }

    static func unread(_ id: SetupObject.ID) -> Failure {
        failure("The plan does not contain the state of the \(id). Setup did not write to the object.")
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
