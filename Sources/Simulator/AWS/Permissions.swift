import FoundationEssentials

/// The permissions of a caller in its account.
struct Permissions: Sendable {
    private let identity: [IdentityPolicy]
    /// The session policies; `nil` if no session policy restricts the caller.
    private let session: [IdentityPolicy]?

    /// Determines the caller's current permissions.
    ///
    /// A session has the permissions of its role, restricted by the session policies, if any.
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

    /// Checks that the caller may perform an IAM action on a resource.
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

    /// Returns whether the caller's policies allow an action of STS.
    ///
    /// `isGranted` is true if the role's trust policy names the caller, and the role and the caller belong to one
    /// account. In this case, identity-based policies need not allow the action.
    func allows(_ action: String, on resource: String, isGranted: Bool) -> Bool {
        for (policies, needsAllowance) in [(identity, !isGranted), (session, true)] {
            guard let policies else { continue }
            let decisions = policies.map { $0.decision(action: action, resource: resource) }
            if decisions.contains(.explicitlyDenied) { return false }
            if needsAllowance, !decisions.contains(.allowed) { return false }
        }
        return true
    }

    private static func policies(_ documents: [String], _ managed: [String]) -> [IdentityPolicy] {
        documents.compactMap { try? IdentityPolicy(parsing: $0) }
            + managed.compactMap(ManagedPolicy.find).compactMap { try? IdentityPolicy(parsing: $0.document) }
    }
}
