import Foundation

/// A caller's permissions in its account.
struct Permissions: Sendable {
    private let identity: [IdentityPolicy]
    /// `nil` for a caller that no session policy bounds.
    private let session: [IdentityPolicy]?

    /// The permissions of a user or of a session's role as it is now.
    init(of caller: Caller, in account: IAMAccount, at now: Date) {
        switch caller {
        case .user(let user, _):
            identity = user.policies.compactMap { try? IdentityPolicy(parsing: $0) }
            session = nil
        case .session(let session):
            let role = account.role(session.roleName, for: .sts, at: now)
            identity = Self.policies(
                role.map { Array($0.inlinePolicies.values) } ?? [],
                role?.attachedPolicies ?? []
            )
            let isBounded = session.policy != nil || !session.policyARNs.isEmpty
            self.session =
                isBounded ? Self.policies(session.policy.map { [$0] } ?? [], session.policyARNs) : nil
        }
    }

    /// Checks that a caller may perform an action of IAM.
    func check(_ action: String, on resource: IAMResource, by caller: Caller) throws(AWSFault) {
        for (policies, kind) in [(identity, "identity-based"), (session, "session")] {
            guard let policies else { continue }
            let decisions = policies.map { $0.decision(action: action, resource: resource.arn) }
            let reason: String
            if decisions.contains(.explicitlyDenied) {
                reason = "with an explicit deny in \(kind == "session" ? "a" : "an") \(kind) policy"
            } else if !decisions.contains(.allowed) {
                reason = "because no \(kind) policy allows the \(action) action"
            } else {
                continue
            }
            let shown = resource.shown ?? resource.arn
            let message =
                "User: \(caller.arn) is not authorized to perform: \(action) on resource: \(shown) \(reason)"
            throw AWSFault(403, "AccessDenied", message)
        }
    }

    private static func policies(_ documents: [String], _ managed: [String]) -> [IdentityPolicy] {
        documents.compactMap { try? IdentityPolicy(parsing: $0) }
            + managed.compactMap(ManagedPolicy.find).map { IdentityPolicy(allowing: $0.iamActions) }
    }
}
