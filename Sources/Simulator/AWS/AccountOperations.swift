import Federation
import TrustPolicy

extension IAMOperation {
    /// Operations on the account itself and on AWS managed policies.
    static let accountOperations = [accountSummary, accountAliases, managedPolicy]

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
        guard ARN(arn) != nil else { throw .validation("ARN \(arn) is not valid.") }
        guard let policy = ManagedPolicy.find(arn) else {
            throw .noSuchEntity("Policy \(arn) was not found.")
        }
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
}
