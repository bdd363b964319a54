package import Federation
package import FoundationEssentials

extension TrustRequest {
    /// Creates the request by which the mapping's hub (`via`) assumes the mapping's role; `nil` without a hub.
    package init?(assuming mapping: RoleMapping, at now: Date? = nil) {
        guard let hub = mapping.hub, let parameters = mapping.chained else { return nil }
        let session = RoleSessionPrincipal(roleARN: hub.roleARN, sessionName: hub.sessionName)
        let context = RequestContext(
            principal: session,
            roleARN: mapping.roleARN,
            sessionName: mapping.sessionName,
            session: parameters,
            inheritedIdentity: hub.sourceIdentity,
            region: mapping.region,
            at: now
        )
        self.init(action: "sts:AssumeRole", principal: .session(session), context: context)
    }
}

extension RoleMapping {
    /// The actions that the hub's call needs in the trust policy, besides sts:AssumeRole.
    package var furtherActions: [String] {
        chained?.furtherActions(inheritedIdentity: hub?.sourceIdentity) ?? []
    }
}

extension TrustPolicy {
    /// Evaluates the policy for a request and for the further actions of the call.
    ///
    /// - Returns: The first of these verdicts that exists:
    ///   - The first denial.
    ///   - The first undetermined verdict.
    ///   - The verdict on the request.
    package func evaluate(_ request: TrustRequest, then furtherActions: [String]) -> TrustVerdict {
        var request = request
        let first = evaluate(request)
        guard first.decision == .allow || first.decision == .undetermined else { return first }
        var verdicts = [first]
        for action in furtherActions {
            request.action = action
            verdicts.append(evaluate(request))
        }
        return TrustVerdict.deciding(verdicts) ?? first
    }
}

extension TrustVerdict {
    /// Returns the verdict on a call, from the verdicts on the call's actions.
    ///
    /// - Returns: The first of these verdicts that exists:
    ///   - The first denial, because no unknown value can change a denial.
    ///   - The first verdict that does not allow its action.
    ///   - The first verdict.
    package static func deciding(_ verdicts: [TrustVerdict]) -> TrustVerdict? {
        verdicts.first { $0.decision.isDenial } ?? verdicts.first { $0.decision != .allow } ?? verdicts.first
    }
}
