import AWS
import Federation

/// A managed policy that the role shall have attached.
struct AttachedPolicyPart: ManagedResource {
    let role: DesiredRole
    let policy: String

    var id: SetupObject.ID { SetupObject.ID(.attachedPolicy, "\(role.name)/\(policy)") }

    func assess(
        _ clouds: SetupClouds,
        _ knowledge: inout ResolvedResources
    ) async throws(SetupFault) -> Assessment {
        let iam = try clouds.iam(account: role.arn.account)
        let wanted = [SetupDifference("PolicyArn", wanted: [policy])]
        guard let record = knowledge.roles[role.name] else { return .awaiting(.role(role.name), wanted) }
        let ownership = PolicyOwnership(record, mark: policy)
        let attached = try await awsIfPresent { () async throws(AWSError) in
            try await iam.attachedPolicies(of: role.name)
        }
        if attached?.contains(where: { $0.arn == policy }) == true {
            return Assessment(state: .ok, isOurs: ownership.isOurs)
        }
        let attach = SetupAction("attach") { () async throws(SetupFault) in
            try await aws { () async throws(AWSError) in
                try await iam.attachPolicy(policy, to: role.name)
            }
        }
        return Assessment(
            state: .missing,
            differences: wanted,
            isOurs: ownership.isOurs,
            actions: ownership.marking(iam) + [attach]
        )
    }

    func removal(_ clouds: SetupClouds, _ knowledge: ResolvedResources) async throws(SetupFault) -> Removal {
        let iam = try clouds.iam(account: role.arn.account)
        let isAttached = { @Sendable () async throws(SetupFault) -> Bool in
            let attached = try await awsIfPresent { () async throws(AWSError) in
                try await iam.attachedPolicies(of: role.name)
            }
            return attached?.contains { $0.arn == policy } == true
        }
        guard let record = knowledge.roles[role.name], try await isAttached() else { return .absent }
        let ownership = PolicyOwnership(record, mark: policy)
        guard ownership.isOurs else { return .keep("it was not attached by the set-up") }
        let detach = SetupAction("detach") { () async throws(SetupFault) in
            _ = try await awsIfPresent { () async throws(AWSError) in
                try await iam.detachPolicy(policy, from: role.name)
            }
        }
        return .remove("Detach \(policy) from the role \(role.name)", [detach] + ownership.unmarking(iam)) {
            () async throws(SetupFault) in
            try await !isAttached()
        }
    }
}

/// A policy that shall be part of the role.
struct InlinePolicyPart: ManagedResource {
    let role: DesiredRole
    let policy: DesiredInlinePolicy

    var id: SetupObject.ID { SetupObject.ID(.inlinePolicy, "\(role.name)/\(policy.name)") }

    func assess(
        _ clouds: SetupClouds,
        _ knowledge: inout ResolvedResources
    ) async throws(SetupFault) -> Assessment {
        let iam = try clouds.iam(account: role.arn.account)
        let text = policy.document.compactText
        let wanted = SetupDifference("PolicyDocument", wanted: [text])
        guard let record = knowledge.roles[role.name] else { return .awaiting(.role(role.name), [wanted]) }
        let ownership = PolicyOwnership(record, mark: policy.name)
        let found = try await document(iam)
        if let found, JSONValue(text: found)?.normalized == policy.document.normalized {
            return Assessment(state: .ok, isOurs: ownership.isOurs)
        }
        let put = SetupAction("write") { () async throws(SetupFault) in
            try await aws { () async throws(AWSError) in
                try await iam.putPolicy(policy.name, of: role.name, text)
            }
        }
        guard let found else {
            return Assessment(
                state: .missing,
                differences: [wanted],
                isOurs: ownership.isOurs,
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
            differences: [difference],
            isOurs: ownership.isOurs,
            actions: [put]
        )
    }

    private func document(_ iam: IAMClient) async throws(SetupFault) -> String? {
        try await awsIfPresent { () async throws(AWSError) in
            try await iam.policy(policy.name, of: role.name)
        }
    }

    func removal(_ clouds: SetupClouds, _ knowledge: ResolvedResources) async throws(SetupFault) -> Removal {
        let iam = try clouds.iam(account: role.arn.account)
        guard let record = knowledge.roles[role.name], try await document(iam) != nil else { return .absent }
        let ownership = PolicyOwnership(record, mark: policy.name)
        guard ownership.isOurs else { return .keep("it was not made by the set-up") }
        let delete = SetupAction("delete") { () async throws(SetupFault) in
            _ = try await awsIfPresent { () async throws(AWSError) in
                try await iam.deletePolicy(policy.name, of: role.name)
            }
        }
        let question = "Delete the inline policy \(policy.name) of the role \(role.name)"
        return .remove(question, [delete] + ownership.unmarking(iam)) { () async throws(SetupFault) in
            try await document(iam) == nil
        }
    }
}

/// Whether a role's policy is the set-up's: because the role is, or because the role bears its mark.
private struct PolicyOwnership: Sendable {
    private let role: String
    private let isRoleOurs: Bool
    private let key: String?
    private let isMarked: Bool

    init(_ record: RoleRecord, mark: String) {
        role = record.arn.name
        isRoleOurs = record.tags[OwnershipTag.key] == OwnershipTag.value
        key = OwnershipTag.addedPolicy(mark)
        isMarked = key.map { record.tags[$0] != nil } ?? false
    }

    var isOurs: Bool { isRoleOurs || isMarked }

    /// Leaves the mark on a role of others before a policy is given to it.
    func marking(_ iam: IAMClient) -> [SetupAction] {
        guard !isOurs, let key else { return [] }
        return [
            SetupAction("tag the role") { () async throws(SetupFault) in
                try await aws { () async throws(AWSError) in
                    try await iam.tagRole(role, [key: OwnershipTag.value])
                }
            }
        ]
    }

    func unmarking(_ iam: IAMClient) -> [SetupAction] {
        guard isMarked, let key else { return [] }
        return [
            SetupAction("untag the role") { () async throws(SetupFault) in
                try await aws { () async throws(AWSError) in try await iam.untagRole(role, [key]) }
            }
        ]
    }
}

extension JSONValue {
    /// The value with lone strings in place of arrays of one, as IAM reads them alike.
    fileprivate var normalized: JSONValue {
        switch self {
        case .array(let elements) where elements.count == 1: elements[0].normalized
        case .array(let elements): .array(elements.map(\.normalized))
        case .object(let members): .object(members.mapValues(\.normalized))
        default: self
        }
    }
}
