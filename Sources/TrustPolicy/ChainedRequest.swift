package import Federation
package import FoundationEssentials

extension TrustRequest {
    /// Creates the request with which a hub assumes the mapping's role; `nil` for a mapping without a hub.
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
    /// Evaluates the policy for a request and, if it allows the request, for further actions of the call.
    package func evaluate(_ request: TrustRequest, then furtherActions: [String]) -> TrustVerdict {
        var request = request
        var verdict = evaluate(request)
        for action in furtherActions where verdict.decision == .allow {
            request.action = action
            verdict = evaluate(request)
        }
        return verdict
    }
}
