import Federation

/// A managed policy by its name and ARN.
package struct AttachedPolicy: Hashable, Sendable {
    package let name: String
    package let arn: String
}

/// A managed policy as IAM describes it.
package struct ManagedPolicyRecord: Hashable, Sendable {
    package let name: String
    package let arn: String
    /// `v1`, `v2`, ….
    package let defaultVersion: String
    /// Whether a role may have it.
    package let isAttachable: Bool
}

// The policies of roles. `role` is always a role's name, without its path.
extension IAMClient {
    /// Attaches a managed policy to a role; one that is attached already changes nothing.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func attachPolicy(_ arn: String, to role: String) async throws(AWSError) {
        try await tell(IAMCall("AttachRolePolicy", ["RoleName": role, "PolicyArn": arn]))
    }

    /// Detaches a managed policy from a role.
    ///
    /// - Throws: ``AWSError``; ``AWSError/isMissingEntity`` when it is not attached.
    package func detachPolicy(_ arn: String, from role: String) async throws(AWSError) {
        try await tell(IAMCall("DetachRolePolicy", ["RoleName": role, "PolicyArn": arn]))
    }

    /// All managed policies that a role has.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func attachedPolicies(of role: String) async throws(AWSError) -> [AttachedPolicy] {
        let call = IAMCall("ListAttachedRolePolicies", ["RoleName": role])
        return try await askAll(Wrapped<ListedAttachments>.self, call).map {
            AttachedPolicy(name: $0.name, arn: $0.arn)
        }
    }

    /// Writes an inline policy of a role, new or in place of the one of that name.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func putPolicy(_ name: String, of role: String, _ document: String) async throws(AWSError) {
        try await tell(
            IAMCall(
                "PutRolePolicy",
                ["RoleName": role, "PolicyName": name, "PolicyDocument": SentDocument.encode(document)]
            )
        )
    }

    /// The JSON of a role's inline policy, as it was stored.
    ///
    /// - Throws: ``AWSError``; ``AWSError/isMissingEntity`` when the role has none of that name.
    package func policy(_ name: String, of role: String) async throws(AWSError) -> String {
        let call = IAMCall("GetRolePolicy", ["RoleName": role, "PolicyName": name])
        return ReturnedDocument.decode(try await ask(Wrapped<InlinePolicy>.self, call).result.document)
    }

    /// The names of all inline policies of a role.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func policyNames(of role: String) async throws(AWSError) -> [String] {
        try await askAll(Wrapped<ListedNames>.self, IAMCall("ListRolePolicies", ["RoleName": role]))
    }

    /// Removes an inline policy of a role.
    ///
    /// - Throws: ``AWSError``; ``AWSError/isMissingEntity`` when the role has none of that name.
    package func deletePolicy(_ name: String, of role: String) async throws(AWSError) {
        try await tell(IAMCall("DeleteRolePolicy", ["RoleName": role, "PolicyName": name]))
    }

    /// Describes a managed policy.
    ///
    /// - Throws: ``AWSError``; ``AWSError/isMissingEntity`` when there is none.
    package func managedPolicy(_ arn: String) async throws(AWSError) -> ManagedPolicyRecord {
        let reply = try await ask(Wrapped<DescribedPolicy>.self, IAMCall("GetPolicy", ["PolicyArn": arn]))
        let policy = reply.result.policy
        return ManagedPolicyRecord(
            name: policy.name,
            arn: policy.arn,
            defaultVersion: policy.version ?? "v1",
            isAttachable: policy.isAttachable ?? true
        )
    }
}

private struct ListedAttachments: PagedReply {
    struct Element: Decodable {
        let name: String
        let arn: String

        enum CodingKeys: String, CodingKey {
            case name = "PolicyName"
            case arn = "PolicyArn"
        }
    }

    let policies: MemberList<Element>?
    let isTruncated: Bool?
    let marker: String?

    enum CodingKeys: String, CodingKey {
        case policies = "AttachedPolicies"
        case isTruncated = "IsTruncated"
        case marker = "Marker"
    }

    var page: Page<Element> {
        Page(elements: policies?.member ?? [], isTruncated: isTruncated ?? false, marker: marker)
    }
}

private struct ListedNames: PagedReply {
    let names: MemberList<String>?
    let isTruncated: Bool?
    let marker: String?

    enum CodingKeys: String, CodingKey {
        case names = "PolicyNames"
        case isTruncated = "IsTruncated"
        case marker = "Marker"
    }

    var page: Page<String> {
        Page(elements: names?.member ?? [], isTruncated: isTruncated ?? false, marker: marker)
    }
}

private struct InlinePolicy: Decodable {
    let document: String

    enum CodingKeys: String, CodingKey {
        case document = "PolicyDocument"
    }
}

private struct DescribedPolicy: Decodable {
    struct Policy: Decodable {
        let name: String
        let arn: String
        let version: String?
        let isAttachable: Bool?

        enum CodingKeys: String, CodingKey {
            case name = "PolicyName"
            case arn = "Arn"
            case version = "DefaultVersionId"
            case isAttachable = "IsAttachable"
        }
    }

    let policy: Policy

    enum CodingKeys: String, CodingKey {
        case policy = "Policy"
    }
}
