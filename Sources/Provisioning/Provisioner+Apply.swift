package import Federation
import Transport

// Making what is missing.
extension Provisioner {
    /// Makes every object as it shall be, in the order of their dependence.
    ///
    /// What fails does not keep what does not hang on it from being made.
    ///
    /// - Parameters:
    ///   - selection: The objects to make, `nil` for all; the others are only read.
    ///   - progress: Hears of every step.
    /// - Returns: What was changed, and what failed.
    package func apply(
        only selection: Set<SetupObject.ID>? = nil,
        progress: @Sendable (SetupProgress) async -> Void
    ) async -> SetupOutcome {
        var knowledge = ResolvedResources()
        var outcome = SetupOutcome()
        for part in parts {
            guard !Task.isCancelled else { break }
            guard selection?.contains(part.id) ?? true else {
                _ = await assess(part, &knowledge)
                continue
            }
            do throws(SetupFault) {
                let changed = try await settle(part, &knowledge, progress)
                if changed { outcome.changed.append(part.id) }
                await progress(SetupProgress(part.id, .done(changed: changed)))
            } catch {
                outcome.failures.append(SetupOutcome.Failed(object: part.id, failure: error.failure))
                await progress(SetupProgress(part.id, .failed(error.failure)))
            }
        }
        return outcome
    }

    /// Writes and reads again until the object is as it shall be; after a write twice in a row, for replicas differ.
    private func settle(
        _ part: any ManagedResource,
        _ knowledge: inout ResolvedResources,
        _ progress: @Sendable (SetupProgress) async -> Void
    ) async throws(SetupFault) -> Bool {
        var retry = RetryState(.replication)
        let start = time.uptime
        var written: (titles: [String], at: Duration)?
        var confirmations = 0
        await progress(SetupProgress(part.id, .reading))
        while true {
            let (object, assessment, fault) = await assess(part, &knowledge)
            var cause = fault
            if let assessment, fault == nil {
                if object.state == .ok {
                    confirmations += 1
                    if written == nil || confirmations == 2 { return written != nil }
                    try await wait(.seconds(1), part.id, "seen; looking once more", progress)
                    continue
                }
                confirmations = 0
                if let obstacle = object.obstacle { throw SetupFault(obstacle) }
                if let awaited = assessment.awaited { try demand(awaited, knowledge) }
                let titles = assessment.actions.map(\.title)
                let isPending =
                    written.map { $0.titles == titles && time.uptime - $0.at < ReplicationDelay.rewrite }
                    ?? false
                if !isPending, !titles.isEmpty {
                    cause = await perform(assessment.actions, of: part.id, progress)
                    if cause == nil || cause?.isDelay == true { written = (titles, time.uptime) }
                }
            }
            if let cause, !cause.isDelay { throw cause }
            guard let pause = retry.pause(after: .pending, elapsed: time.uptime - start) else {
                throw cause ?? late(part.id)
            }
            let reason = cause?.failure.message ?? "written; looking whether it is there"
            try await wait(pause, part.id, reason, progress)
        }
    }

    /// Runs the writes of an object in their order.
    func perform(
        _ actions: [SetupAction],
        of id: SetupObject.ID,
        _ progress: @Sendable (SetupProgress) async -> Void
    ) async -> SetupFault? {
        for action in actions {
            await progress(SetupProgress(id, .writing(action.title)))
            do throws(SetupFault) {
                try await action.run()
            } catch {
                return error.naming(id.kind, .write)
            }
        }
        return nil
    }

    /// Ends at once where what the object hangs on is not there: it was to be made before, and was not.
    private func demand(
        _ awaited: SetupObject.ID,
        _ knowledge: ResolvedResources
    ) throws(SetupFault) {
        guard knowledge.objects[awaited]?.state != .ok else { return }
        throw SetupFault(
            Failure(
                kind: knowledge.objects[awaited]?.obstacle?.kind ?? .refused,
                code: "dependency-missing",
                message: "It hangs on the \(awaited), which is not there.",
                fix: "Make that first."
            )
        )
    }

    private func late(_ id: SetupObject.ID) -> SetupFault {
        SetupFault(
            Failure(
                kind: .tryAgain,
                code: "not-settled",
                message: "The \(id) was written, and is not seen everywhere after 6 minutes.",
                fix: "Repeat the command: it goes on where this one ended."
            )
        )
    }

    func wait(
        _ pause: Duration,
        _ id: SetupObject.ID,
        _ reason: String,
        _ progress: @Sendable (SetupProgress) async -> Void
    ) async throws(SetupFault) {
        await progress(SetupProgress(id, .waiting(reason, pause: pause)))
        do {
            try await time.sleep(for: pause)
        } catch {
            throw SetupFault(
                Failure(
                    kind: .refused,
                    code: "cancelled",
                    message: "It was ended before its time.",
                    fix: "Repeat the command: it goes on where this one ended."
                )
            )
        }
    }
}
