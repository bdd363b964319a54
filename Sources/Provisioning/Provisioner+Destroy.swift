package import Federation
import Transport

// Undoing.
extension Provisioner {
    /// Removes what the set-up made, the last made first; what others made or need stays.
    ///
    /// - Parameters:
    ///   - others: What the mappings that stay need, where the configuration has some.
    ///   - confirm: Asked before each removal with what it comes to; `false` keeps the object.
    ///   - progress: Hears of every step.
    /// - Returns: What was removed, what stays and why, and what failed.
    package func destroy(
        keeping others: DesiredState?,
        confirm: @Sendable (SetupObject.ID, String) async -> Bool,
        progress: @Sendable (SetupProgress) async -> Void
    ) async -> SetupOutcome {
        var knowledge = ResolvedResources()
        _ = await plan(&knowledge, progress)
        if let others { knowledge.note(need: others) }
        var outcome = SetupOutcome()
        for part in parts.reversed() {
            guard !Task.isCancelled else { break }
            do throws(SetupFault) {
                let ending = try await remove(part, knowledge, confirm, progress)
                switch ending {
                case .removed:
                    outcome.changed.append(part.id)
                case .kept(let reason):
                    outcome.kept.append(SetupOutcome.Kept(object: part.id, reason: reason))
                default: break
                }
                await progress(SetupProgress(part.id, ending))
            } catch {
                outcome.failures.append(SetupOutcome.Failed(object: part.id, failure: error.failure))
                await progress(SetupProgress(part.id, .failed(error.failure)))
            }
        }
        return outcome
    }

    private func remove(
        _ part: any ManagedResource,
        _ knowledge: ResolvedResources,
        _ confirm: @Sendable (SetupObject.ID, String) async -> Bool,
        _ progress: @Sendable (SetupProgress) async -> Void
    ) async throws(SetupFault) -> SetupProgress.Phase {
        if let obstacle = knowledge.objects[part.id], obstacle.state == .unreadable,
            let failure = obstacle.obstacle
        {
            throw SetupFault(failure)
        }
        if part.id.kind != .role, let mapping = knowledge.needed[part.id] {
            return .kept("the mapping \(mapping) needs it")
        }
        switch try await part.removal(clouds, knowledge) {
        case .absent: return .done(changed: false)
        case .keep(let reason): return .kept(reason)
        case .remove(let question, let actions, let isGone):
            guard await confirm(part.id, question) else { return .kept("you said no") }
            try await removed(part.id, actions, isGone, progress)
            return .removed
        }
    }

    /// Writes, and looks until the object is gone twice in a row.
    private func removed(
        _ id: SetupObject.ID,
        _ actions: [SetupAction],
        _ isGone: @Sendable () async throws(SetupFault) -> Bool,
        _ progress: @Sendable (SetupProgress) async -> Void
    ) async throws(SetupFault) {
        var retry = RetryState(.replication)
        let start = time.uptime
        var written: Duration?
        var confirmations = 0
        while true {
            var reason = "still seen somewhere"
            // A replica that had not seen it yet may have taken the write for done.
            if written.map({ confirmations == 0 && time.uptime - $0 >= ReplicationDelay.removal }) ?? true {
                let fault = await perform(actions, of: id, progress)
                if let fault {
                    guard fault.isDelay else { throw fault }
                    reason = fault.failure.message
                }
                written = time.uptime
            }
            confirmations = try await isGone() ? confirmations + 1 : 0
            if confirmations == 2 { return }
            guard let pause = retry.pause(after: .pending, elapsed: time.uptime - start) else {
                throw SetupFault(
                    Failure(
                        kind: .tryAgain,
                        code: "not-settled",
                        message: "The \(id) was removed, and is still seen after 6 minutes: \(reason)",
                        fix: "Repeat the command: it goes on where this one ended."
                    )
                )
            }
            try await wait(confirmations > 0 ? .seconds(1) : pause, id, reason, progress)
        }
    }
}

extension ResolvedResources {
    /// Notes what other mappings need, so that it stays.
    mutating func note(need others: DesiredState) {
        let mapping = others.mappings.joined(separator: ", ")
        var ids = others.identities.map(SetupObject.ID.of)
        ids += others.applications.flatMap {
            [.application($0.identifierURI), .servicePrincipal($0.identifierURI)]
        }
        ids += others.assignments.map { AssignmentPart(assignment: $0).id }
        for role in others.roles {
            ids += role.managedPolicies.map { AttachedPolicyPart(role: role, policy: $0).id }
            ids += role.inlinePolicies.map { InlinePolicyPart(role: role, policy: $0).id }
            neededGrants[role.arn] = role.grants(principalIDs: principalIDs)
        }
        for id in ids { needed[id] = mapping }
        for provider in others.providers { neededAudiences[provider.arn] = provider.clientIDs }
    }
}
