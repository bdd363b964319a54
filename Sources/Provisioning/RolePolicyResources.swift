import AWS
import Federation
import Transport
import TrustPolicy

/// A managed policy attached to the role.
struct AttachedPolicyResource: ManagedResource {
    let role: DesiredRole
    let policy: String
    let tag: OwnershipTag

    var id: SetupObject.ID { SetupObject.ID(.attachedPolicy, "\(role.id.name)/\(policy)") }
    var dependencies: [SetupObject.ID] { [role.id] }
    var desired: SetupBasis.Properties { ["Role": [role.arn.description], "PolicyArn": [policy]] }

    func assess(_ clouds: SetupClouds, _ resolved: ResolvedResources) async throws(SetupError) -> Assessment {
        let iam = try clouds.iam(account: role.arn.account)
        let wanted = [SetupDifference("PolicyArn", wanted: [policy])]
        guard let record = resolved.role(role.id) else { return .awaiting(role.id, wanted) }
        let ownership = PolicyOwnership(record, tag, mark: policy)
        let attached = try await callCloudIfPresent { () async throws(CloudError) in
            try await iam.attachedPolicies(of: role.name)
        }
        if attached?.contains(where: { $0.arn == policy }) == true {
            return Assessment(
                state: .ok,
                observed: ["PolicyArn": [policy]],
                isManaged: ownership.isManaged
            )
        }
        let attach = SetupAction("attach") { () async throws(SetupError) in
            try await callCloud { () async throws(CloudError) in
                try await iam.attachPolicy(policy, to: role.name)
            }
        }
        return Assessment(
            state: .missing,
            differences: wanted,
            isManaged: ownership.isManaged,
            actions: ownership.marking(iam) + [attach]
        )
    }

    func removal(
        _ clouds: SetupClouds,
        _ resolved: ResolvedResources,
        keeping retained: RetainedResources
    ) async throws(SetupError) -> Removal {
        let iam = try clouds.iam(account: role.arn.account)
        let isAttached = { @Sendable () async throws(SetupError) -> Bool in
            let attached = try await callCloudIfPresent { () async throws(CloudError) in
                try await iam.attachedPolicies(of: role.name)
            }
            return attached?.contains { $0.arn == policy } == true
        }
        guard let record = resolved.role(role.id), try await isAttached() else { return .absent }
        let ownership = PolicyOwnership(record, tag, mark: policy)
        guard ownership.isManaged else { return .keep("it was not attached by setup") }
        let detach = SetupAction("detach") { () async throws(SetupError) in
            _ = try await callCloudIfPresent { () async throws(CloudError) in
                try await iam.detachPolicy(policy, from: role.name)
            }
        }
        return .remove("Detach \(policy) from the role \(role.name)", [detach] + ownership.unmarking(iam)) {
            () async throws(SetupError) in
            try await !isAttached()
        }
    }
}

/// An inline policy of the role.
struct InlinePolicyResource: ManagedResource {
    let role: DesiredRole
    let policy: DesiredInlinePolicy
    let tag: OwnershipTag
    /// Whether the policy permits a hub's role to assume another role.
    ///
    /// Setup skips this policy if other inline policies of the hub's role allow the same actions.
    var isHubPermission = false

    var id: SetupObject.ID { SetupObject.ID(.inlinePolicy, "\(role.id.name)/\(policy.name)") }
    var dependencies: [SetupObject.ID] { [role.id] }
    var desired: SetupBasis.Properties {
        ["Role": [role.arn.description], "PolicyDocument": [policy.document.compactText]]
    }

    func assess(_ clouds: SetupClouds, _ resolved: ResolvedResources) async throws(SetupError) -> Assessment {
        let iam = try clouds.iam(account: role.arn.account)
        let text = policy.document.compactText
        let wanted = SetupDifference("PolicyDocument", wanted: [text])
        guard let record = resolved.role(role.id) else { return .awaiting(role.id, [wanted]) }
        let ownership = PolicyOwnership(record, tag, mark: policy.name)
        let found = try await document(iam)
        if let found, JSONValue(text: found)?.normalized == policy.document.normalized {
            return Assessment(
                state: .ok,
                observed: ["PolicyDocument": [found]],
                isManaged: ownership.isManaged
            )
        }
        if isHubPermission, let found, !ownership.isManaged { return foreignPolicy(found) }
        if found == nil, isHubPermission, await isAllowedElsewhere(iam) {
            let note = SetupNote(
                "permission-elsewhere",
                "Another inline policy of the role contains this permission, so setup does not add it."
            )
            return Assessment(state: .ok, notes: [note], isManaged: false)
        }
        let put = SetupAction("write") { () async throws(SetupError) in
            try await callCloud { () async throws(CloudError) in
                try await iam.putPolicy(policy.name, of: role.name, text)
            }
        }
        guard let found else {
            return Assessment(
                state: .missing,
                differences: [wanted],
                isManaged: ownership.isManaged,
                actions: ownership.marking(iam) + [put]
            )
        }
        let difference = SetupDifference(
            "PolicyDocument",
            found: [JSONValue(text: found)?.compactText ?? found],
            wanted: [text]
        )
        return Assessment(
            state: .different,
            observed: ["PolicyDocument": [found]],
            differences: [difference],
            isManaged: ownership.isManaged,
            actions: [put]
        )
    }

    /// Returns the assessment of an existing policy that has setup's policy name, but that setup did not create.
    ///
    /// Setup does not replace the existing policy, because the policy may contain further permissions.
    private func foreignPolicy(_ found: String) -> Assessment {
        let isEnough = PermissionPolicy(document: found).map { allow([$0]) } ?? false
        let failure = Failure(
            kind: .refused,
            code: "policy-foreign",
            message:
                "The role \(role.name) has an inline policy \(policy.name) that setup did not create and that lacks this "
                + "permission; a write would replace its statements.",
            fix:
                "Delete that policy if nothing needs it, or add this statement to it: "
                + policy.document.compactText
        )
        return Assessment(
            state: isEnough ? .ok : .different,
            observed: ["PolicyDocument": [found]],
            isManaged: false,
            obstacle: isEnough ? nil : failure
        )
    }

    /// Whether the given policies allow all actions of this policy.
    private func allow(_ policies: [PermissionPolicy]) -> Bool {
        guard case .array(let statements)? = policy.document["Statement"], let wanted = statements.first,
            let actions = wanted["Action"]?.strings, let resource = wanted["Resource"]?.string
        else { return false }
        return actions.allSatisfy { action in
            PermissionPolicy.decide(policies, action: action, resource: resource) == .allowed
        }
    }

    /// Whether inline policies without setup's name prefix allow the actions; `false` if a policy is unreadable.
    private func isAllowedElsewhere(_ iam: IAMClient) async -> Bool {
        guard let names = try? await iam.policyNames(of: role.name) else { return false }
        var policies: [PermissionPolicy] = []
        for name in names where !name.hasPrefix(DesiredPermission.namePrefix) {
            guard let text = try? await iam.policy(name, of: role.name),
                let other = PermissionPolicy(document: text)
            else { return false }
            policies.append(other)
        }
        return allow(policies)
    }

    private func document(_ iam: IAMClient) async throws(SetupError) -> String? {
        try await callCloudIfPresent { () async throws(CloudError) in
            try await iam.policy(policy.name, of: role.name)
        }
    }

    func removal(
        _ clouds: SetupClouds,
        _ resolved: ResolvedResources,
        keeping retained: RetainedResources
    ) async throws(SetupError) -> Removal {
        let iam = try clouds.iam(account: role.arn.account)
        guard let record = resolved.role(role.id), try await document(iam) != nil else { return .absent }
        let ownership = PolicyOwnership(record, tag, mark: policy.name)
        guard ownership.isManaged else { return .keep("it was not created by setup") }
        let delete = SetupAction("delete") { () async throws(SetupError) in
            _ = try await callCloudIfPresent { () async throws(CloudError) in
                try await iam.deletePolicy(policy.name, of: role.name)
            }
        }
        let question = "Delete the inline policy \(policy.name) of the role \(role.name)"
        return .remove(question, [delete] + ownership.unmarking(iam)) { () async throws(SetupError) in
            try await document(iam) == nil
        }
    }
}

/// Determines whether setup added a policy: setup created the role, or tagged the role for the policy.
private struct PolicyOwnership: Sendable {
    private let role: String
    private let tag: OwnershipTag
    private let isRoleManaged: Bool
    private let key: String?
    private let isMarked: Bool

    init(_ record: RoleRecord, _ tag: OwnershipTag, mark: String) {
        role = record.arn.name
        self.tag = tag
        isRoleManaged = tag.marks(record.tags)
        key = OwnershipTag.addedPolicy(mark)
        isMarked = key.map { record.tags[$0] != nil } ?? false
    }

    var isManaged: Bool { isRoleManaged || isMarked }

    /// Returns the action that tags the role, if needed.
    ///
    /// A later removal recognizes the policy by this tag.
    func marking(_ iam: IAMClient) -> [SetupAction] {
        guard !isManaged, let key else { return [] }
        return [
            SetupAction("tag the role") { () async throws(SetupError) in
                try await callCloud { () async throws(CloudError) in
                    try await iam.tagRole(role, [key: tag.value])
                }
            }
        ]
    }

    func unmarking(_ iam: IAMClient) -> [SetupAction] {
        guard isMarked, let key else { return [] }
        return [
            SetupAction("untag the role") { () async throws(SetupError) in
                try await callCloud { () async throws(CloudError) in try await iam.untagRole(role, [key]) }
            }
        ]
    }
}

extension JSONValue {
    /// The value without single-element arrays; IAM treats `"a"` and `["a"]` alike.
    fileprivate var normalized: JSONValue {
        switch self {
        case .array(let elements) where elements.count == 1: elements[0].normalized
        case .array(let elements): .array(elements.map(\.normalized))
        case .object(let members): .object(members.mapValues(\.normalized))
        default: self
        }
    }
}
