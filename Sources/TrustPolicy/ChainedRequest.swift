package import Federation
package import FoundationEssentials

extension TrustRequest {
    /// Creates the AssumeRole request of the mapping's hub (`via`) for the mapping's role; `nil` without a hub.
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
    /// The actions besides sts:AssumeRole that the trust policy must allow for the hub's call.
    package var furtherActions: [String] {
        chained?.furtherActions(inheritedIdentity: hub?.sourceIdentity) ?? []
    }
}

extension TrustPolicy {
    /// Evaluates the policy for a request and, if it does not deny the request, for further actions of the call.
    ///
    /// - Returns: The first denial; otherwise the first undetermined verdict; otherwise the verdict on the request.
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
    /// Returns the verdict on a call, given one verdict per action.
    ///
    /// - Returns: The first denial, because no unknown value can change it; otherwise the first verdict that does not
    ///   allow the call; otherwise the first verdict, if any.
    package static func deciding(_ verdicts: [TrustVerdict]) -> TrustVerdict? {
        verdicts.first { $0.decision.isDenial } ?? verdicts.first { $0.decision != .allow } ?? verdicts.first
    }
}
