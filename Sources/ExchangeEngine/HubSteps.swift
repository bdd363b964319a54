import AWS
import Diagnosis
import Federation
import Transport
import TrustPolicy

// The steps of a mapping with a hub: the hub's credentials assume the mapping's role.
extension ExchangeSteps {
    /// The errors of STS about credentials that no longer work.
    private static let lapsedCodes: Set = ["ExpiredToken", "InvalidClientTokenId"]

    /// Obtains the hub's session, and assumes the mapping's role with the hub's credentials.
    func obtain(
        through hub: RoleMapping,
        _ parameters: ChainedSession,
        _ report: @escaping @Sendable (StepRecord) -> Void
    ) async -> ObtainedSession {
        var run = ExchangeRun(time: context.time, isChained: true, report: report)
        let (session, isCached) = await hubSession(hub)
        for record in session.steps where ![.trust, .exchange, .assume].contains(record.step) {
            run.adopt(isCached ? record.repeated : record)
        }
        if let record = session.steps.first(where: { $0.step == .trust }) {
            let shared = isCached ? record.repeated : record
            if session.credentials == nil {
                run.adopt(shared)
            } else if shared.outcome == .warn {
                // The warning is about the trust policy of the hub's role, not about the trust policy of this role.
                run.adopt(shared.naming(hub))
            } else {
                _ = await run.perform(.trust) {
                    await trust(through: hub) ?? .skipped("The trust policy is unknown.")
                }
            }
        }
        let wasDenied = run.steps.last?.predictsDenial ?? false
        if let record = session.steps.first(where: { $0.step == .exchange }) {
            run.adopt(isCached ? record.repeated : record)
        }
        var role: AWSAnswer<AssumedRole>?
        if let failed = session.steps.first(where: { $0.step == .assume && $0.outcome == .failed }) {
            run.adopt(failed.naming(hub))
        } else if let credentials = session.credentials {
            role = await run.perform(.assume) {
                let result = await assume(hub, parameters, credentials, isCached: isCached)
                guard wasDenied, let answer = result.value else { return result }
                return .ok(
                    answer,
                    note: "STS returned credentials, so the trust policy that was read is out of date.",
                    requestID: answer.requestID
                )
            }
        }
        return self.session(run.steps, session.facts, session.token, role)
    }

    /// Returns the hub's session; runs the hub's exchange if no usable session exists.
    private func hubSession(
        _ hub: RoleMapping,
        noOlderThan age: Duration? = nil
    ) async -> (session: ObtainedSession, isCached: Bool) {
        let steps = ExchangeSteps(
            mapping: hub,
            identity: identity,
            endpoints: endpoints,
            endpointVariant: endpointVariant,
            options: options,
            context: context,
            hubs: hubs,
            isHub: true
        )
        let limit = age ?? (options.forcesToken ? .zero : options.tokenAge)
        return await hubs.session(of: HubSessions.Key(hub, identity), noOlderThan: limit) {
            await HTTPRequest.$mapping.withValue(hub.id) { await steps.obtain { _ in } }
        }
    }

    /// Calls AssumeRole.
    ///
    /// If STS no longer accepts the hub's cached credentials, the hub's exchange runs again, and the call is repeated.
    private func assume(
        _ hub: RoleMapping,
        _ parameters: ChainedSession,
        _ credentials: SessionCredentials,
        isCached: Bool
    ) async -> StepResult<AWSAnswer<AssumedRole>> {
        let result = await call(hub, parameters, credentials)
        guard isCached, case .failed(let failure) = result.result, Self.lapsedCodes.contains(failure.code)
        else { return result }
        await hubs.remove(HubSessions.Key(hub, identity), credentials.accessKeyID)
        let (renewed, _) = await hubSession(hub)
        guard let fresh = renewed.credentials else {
            return .failed(renewed.failure?.naming(hub: hub) ?? failure)
        }
        return await call(hub, parameters, fresh)
    }

    private func call(
        _ hub: RoleMapping,
        _ parameters: ChainedSession,
        _ credentials: SessionCredentials
    ) async -> StepResult<AWSAnswer<AssumedRole>> {
        do {
            var session = try sessionRequest()
            session.duration = min(session.duration, ChainedSession.maximumDuration)
            let request = AssumeRoleRequest(session: session, chained: parameters)
            let answer = try await stsClient().assumeRole(request, as: SigningCredentials(credentials))
            return .ok(
                answer,
                note: "STS returned credentials. The request was signed with credentials of \(hub.id).",
                requestID: answer.requestID
            )
        } catch {
            return .failed(failure(of: error))
        }
    }

    /// Evaluates the role's own trust policy; returns `nil` if the policy is not known.
    private func trust(through hub: RoleMapping) async -> StepResult<Void>? {
        guard let (evidence, place) = await knownPolicy(issuer: nil),
            let request = TrustRequest(assuming: mapping, at: awsNow)
        else { return nil }
        switch evidence {
        case .unknown: return .warning((), Self.unreadable(place))
        case .refused(let error): return .warning((), Self.malformed(place, error))
        case .parsed(let policy):
            let verdict = policy.evaluate(request, then: mapping.furtherActions)
            switch verdict.decision {
            case .allow:
                return .ok((), note: "The trust policy allows the role of \(hub.id).")
            case .undetermined:
                return .ok((), note: "The trust policy depends on values that cambist does not know.")
            case .deny, .explicitDeny, .invalid: return .warning((), predicted(verdict, place))
            }
        }
    }
}

extension StepRecord {
    /// The record with a duration of zero, for a step that an earlier exchange of the hub performed.
    fileprivate var repeated: StepRecord {
        StepRecord(
            step: step,
            outcome: outcome,
            duration: .zero,
            failure: failure,
            note: step == .exchange ? "The hub's earlier session is still valid." : note,
            requestID: requestID
        )
    }

    /// Returns the record with the hub's name before the message.
    fileprivate func naming(_ hub: RoleMapping) -> StepRecord {
        StepRecord(step: step, outcome: outcome, duration: duration, failure: failure?.naming(hub: hub))
    }
}

extension Failure {
    /// Returns the failure with the hub's name before the message.
    fileprivate func naming(hub: RoleMapping) -> Failure {
        replacing(message: "\(hub.id): \(message)")
    }
}
