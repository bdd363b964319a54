import Federation
import TrustPolicy

extension IAMOperation {
    /// Operations on the account itself and on AWS managed policies.
    static let accountOperations = [accountSummary, accountAliases, managedPolicy, managedPolicyVersion]

    private static let accountSummary = IAMOperation("GetAccountSummary", on: IAMResource.everything) {
        (call: inout IAMRequest) throws(AWSFault) in
        let summary = [
            ("AssumeRolePolicySizeQuota", TrustPolicy.sizeQuota),
            ("AttachedPoliciesPerRoleQuota", IAMRole.attachedQuota),
            ("GlobalEndpointTokenVersion", 1),
            ("Providers", call.account.providers.count),
            ("RolePolicySizeQuota", IAMRole.inlineQuota),
            ("Roles", call.account.roles.count),
            ("RolesQuota", IAMRole.quota),
            ("Users", call.account.users.count),
        ]
        let entries = summary.map { name, value in
            XMLElement("entry", [XMLElement("key", name), XMLElement("value", String(value))])
        }
        return [XMLElement("SummaryMap", entries)]
    }

    /// Returns an empty list, because accounts in the lab have no aliases.
    private static let accountAliases = IAMOperation("ListAccountAliases", on: IAMResource.everything) {
        (call: inout IAMRequest) throws(AWSFault) in
        var constraints = Constraints.iam
        let page = try ResultPage(call.call, &constraints)
        try constraints.check()
        return try page.cut([], by: \.self) { XMLElement("AccountAliases", members: $0) }
    }

    private static let managedPolicy = IAMOperation("GetPolicy", on: IAMResource.policy) {
        (call: inout IAMRequest) throws(AWSFault) in
        var constraints = Constraints.iam
        let arn = constraints.arn(call.call, "PolicyArn", "policyArn")
        try constraints.check()
        let policy = try ManagedPolicy.existing(arn)
        let count = call.account.roles.values(for: .iam, at: call.now).count {
            $0.attachedPolicies.contains(arn)
        }
        let content = [
            XMLElement("PolicyName", policy.name),
            XMLElement("PolicyId", UniqueID.managedPolicy(policy.name)),
            XMLElement("Arn", policy.arn),
            XMLElement("Path", policy.path),
            XMLElement("DefaultVersionId", policy.version),
            XMLElement("AttachmentCount", String(count)),
            XMLElement("PermissionsBoundaryUsageCount", "0"),
            XMLElement("IsAttachable", "true"),
            XMLElement("CreateDate", policy.created),
            XMLElement("UpdateDate", policy.updated),
        ]
        return [XMLElement("Policy", content)]
    }

    /// Returns the default version of a policy; the lab contains no other version.
    private static let managedPolicyVersion = IAMOperation("GetPolicyVersion", on: IAMResource.policy) {
        (call: inout IAMRequest) throws(AWSFault) in
        var constraints = Constraints.iam
        let arn = constraints.arn(call.call, "PolicyArn", "policyArn")
        let version = constraints.required(call.call["VersionId"], "versionId", .policyVersion)
        try constraints.check()
        let policy = try ManagedPolicy.existing(arn)
        guard version == policy.version else {
            throw .noSuchEntity("Policy \(arn) version \(version) does not exist or is not attachable.")
        }
        let content = [
            XMLElement("Document", policy.document.percentEncodedDocument),
            XMLElement("VersionId", policy.version),
            XMLElement("IsDefaultVersion", "true"),
            XMLElement("CreateDate", policy.updated),
        ]
        return [XMLElement("PolicyVersion", content)]
    }
}

extension ManagedPolicy {
    /// Returns the policy with this ARN.
    ///
    /// - Throws: IAM's error for an invalid or unknown ARN.
    fileprivate static func existing(_ arn: String) throws(AWSFault) -> ManagedPolicy {
        guard ARN(arn) != nil else { throw .validation("ARN \(arn) is not valid.") }
        guard let policy = find(arn) else { throw .noSuchEntity("Policy \(arn) was not found.") }
        return policy
    }
}
